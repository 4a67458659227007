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

// Files returns everything as separate files, in the order in which they are used. The scripts
// among them read the others from the current folder.
func Files(v Values) ([]File, error) {
	d, err := newDocument(v)
	if err != nil {
		return nil, err
	}
	d.TrustPolicyArg, d.ReadPolicyArg = "file://trust-policy.json", "file://read-policy.json"
	d.ServiceAccountArg, d.JobArg = "serviceaccount.yaml", "job.yaml"
	return []File{
		{"trust-policy.json", d.TrustPolicy},
		{"read-policy.json", d.ReadPolicy},
		{"serviceaccount.yaml", d.ServiceAccountYAML},
		{"job.yaml", d.JobYAML},
		{"1-aws.sh", shebang + d.render("aws.sh")},
		{"2-kubernetes.sh", shebang + d.render("kubernetes.sh")},
		{"3-check.sh", shebang + d.render("check.sh")},
	}, nil
}

// Script returns everything as one shell script that needs no other file.
func Script(v Values) (string, error) {
	d, err := newDocument(v)
	if err != nil {
		return "", err
	}
	d.TrustPolicyArg = advice.QuoteText(strings.TrimSpace(d.TrustPolicy))
	d.ReadPolicyArg = advice.QuoteText(strings.TrimSpace(d.ReadPolicy))
	d.ServiceAccountArg = "- <<'EOF'\n" + d.ServiceAccountYAML + "EOF"
	d.JobArg = "- <<'EOF'\n" + d.JobYAML + "EOF"
	return shebang + d.render("aws.sh") + d.render("kubernetes.sh") + d.render("check.sh"), nil
}

// Write writes the files into a folder, which it creates if necessary. It overwrites nothing: if
// one of the files exists, it writes none of them.
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
		mode := os.FileMode(0o666)
		if strings.HasSuffix(f.Name, ".sh") {
			mode = 0o777
		}
		name := filepath.Join(dir, f.Name)
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
