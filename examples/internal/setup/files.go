package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// shebang begins each script.
const shebang = "#!/bin/sh\nset -eu\n"

// A File is one of the generated texts.
type File struct {
	Name    string // without a folder
	Content string
}

// A Form is what makes the role and the service account.
type Form int

// The forms. All make the same, and the same Job checks them.
const (
	Commands  Form = iota // the AWS CLI and kubectl
	Terraform             // a configuration for Terraform and OpenTofu
	Eksctl                // a ClusterConfig, from which eksctl makes the role by CloudFormation
)

// Files returns everything as separate files, in the order in which they are used. The scripts
// among them read the others from the current folder.
func Files(v Values, form Form) ([]File, error) {
	d, err := newDocument(v)
	if err != nil {
		return nil, err
	}
	d.TrustPolicyArg, d.ReadPolicyArg = "file://trust-policy.json", "file://read-policy.json"
	d.ServiceAccountArg, d.JobArg = "serviceaccount.yaml", "job.yaml"
	check := shebang + d.render("job.sh") + d.render("check.sh")
	switch form {
	case Terraform:
		return []File{{"irsa.tf", d.render("irsa.tf")}, {"job.yaml", d.JobYAML}, {"check.sh", check}}, nil
	case Eksctl:
		if err := d.fitsEksctl(); err != nil {
			return nil, err
		}
		return []File{{"eksctl.yaml", d.render("eksctl.yaml")}, {"job.yaml", d.JobYAML}, {"check.sh", check}}, nil
	}
	return []File{
		{"trust-policy.json", d.TrustPolicy},
		{"read-policy.json", d.ReadPolicy},
		{"serviceaccount.yaml", d.ServiceAccountYAML},
		{"job.yaml", d.JobYAML},
		{"1-aws.sh", shebang + d.render("aws.sh")},
		{"2-kubernetes.sh", shebang + d.render("kubernetes.sh") + d.render("job.sh")},
		{"3-check.sh", shebang + d.render("check.sh")},
	}, nil
}

// Script returns everything as one text: a shell script that needs no other file, or the
// configuration for Terraform or eksctl, which the Job is not a part of.
func Script(v Values, form Form) (string, error) {
	d, err := newDocument(v)
	if err != nil {
		return "", err
	}
	switch form {
	case Terraform:
		return d.render("irsa.tf"), nil
	case Eksctl:
		return d.render("eksctl.yaml"), d.fitsEksctl()
	}
	d.TrustPolicyArg = advice.QuoteText(strings.TrimSpace(d.TrustPolicy))
	d.ReadPolicyArg = advice.QuoteText(strings.TrimSpace(d.ReadPolicy))
	d.ServiceAccountArg = "- <<'EOF'\n" + d.ServiceAccountYAML + "EOF"
	d.JobArg = "- <<'EOF'\n" + d.JobYAML + "EOF"
	return shebang + d.render("aws.sh") + d.render("kubernetes.sh") + d.render("job.sh") + d.render("check.sh"), nil
}

// Write writes the files into a folder, which it creates if necessary. It overwrites nothing: where
// a file exists with another content, it writes none of them. What is there already is as good as
// written.
func Write(files []File, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if have, err := os.ReadFile(name); err == nil && string(have) == f.Content {
			continue
		}
		mode := os.FileMode(0o666)
		if strings.HasSuffix(f.Name, ".sh") {
			mode = 0o777
		}
		out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return fmt.Errorf("setup: %w", err)
		}
		written = append(written, name)
		_, err = out.WriteString(f.Content)
		if err := errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("setup: %w", err)
		}
	}
	return nil
}
