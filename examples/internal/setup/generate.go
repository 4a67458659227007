package setup

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

//go:embed templates
var templates embed.FS

var parsed = template.Must(template.New("").Option("missingkey=error").ParseFS(templates, "templates/*"))

// A File is one of the generated texts.
type File struct {
	Name    string // without a folder
	Content string
}

// Files returns everything as separate files, in the order in which they are
// used. The scripts among them expect the others in the current folder.
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
		{"1-aws.sh", "#!/bin/sh\nset -eu\n" + d.render("aws.sh")},
		{"2-kubernetes.sh", "#!/bin/sh\nset -eu\n" + d.render("kubernetes.sh")},
		{"3-check.sh", "#!/bin/sh\nset -eu\n" + d.render("check.sh")},
	}, nil
}

// Script returns everything as one shell script that needs no other file.
func Script(v Values) (string, error) {
	d, err := newDocument(v)
	if err != nil {
		return "", err
	}
	// The policies are JSON made here, of values that hold no quote.
	d.TrustPolicyArg, d.ReadPolicyArg = "'"+strings.TrimSpace(d.TrustPolicy)+"'", "'"+strings.TrimSpace(d.ReadPolicy)+"'"
	d.ServiceAccountArg, d.JobArg = "- <<'EOF'\n"+d.ServiceAccountYAML+"EOF", "- <<'EOF'\n"+d.JobYAML+"EOF"
	return "#!/bin/sh\nset -eu\n" + d.render("aws.sh") + d.render("kubernetes.sh") + d.render("check.sh"), nil
}

// A document is what the templates see.
type document struct {
	Values
	Partition, Audience       string
	ProviderARN, RoleARN      string
	RoleName, RolePath        string
	PolicyName, JobName       string
	TrustPolicy, ReadPolicy   string
	ServiceAccountYAML        string
	JobYAML                   string
	TrustPolicyArg            string // as an argument of the AWS CLI
	ReadPolicyArg             string
	ServiceAccountArg, JobArg string // as the file that kubectl apply reads
}

func newDocument(v Values) (*document, error) {
	v, p, err := v.complete()
	if err != nil {
		return nil, err
	}
	d := &document{
		Values: v, Partition: p.ID, Audience: audience,
		ProviderARN: partition.ProviderARN(p.ID, v.Account, v.Issuer),
		RoleARN:     "arn:" + p.ID + ":iam::" + v.Account + ":role/" + v.Role,
		RoleName:    v.Role, RolePath: "/",
		PolicyName: "s3-read-" + v.Bucket,
		JobName:    "list-bucket",
	}
	if i := strings.LastIndexByte(v.Role, '/'); i >= 0 {
		d.RolePath, d.RoleName = "/"+v.Role[:i+1], v.Role[i+1:]
	}
	trust, err := trustpolicy.Generate(trustpolicy.Request{
		RoleARN: d.RoleARN, Issuer: v.Issuer, Audience: audience,
		Subject: "system:serviceaccount:" + v.Namespace + ":" + v.ServiceAccount,
	})
	if err != nil {
		return nil, fmt.Errorf("setup: trust policy: %w", err)
	}
	b, err := json.MarshalIndent(trust, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("setup: trust policy: %w", err)
	}
	d.TrustPolicy = string(b) + "\n"
	d.ReadPolicy = d.render("read-policy.json")
	d.ServiceAccountYAML = d.render("serviceaccount.yaml")
	d.JobYAML = d.render("job.yaml")
	return d, nil
}

// render fills a template in. The templates are part of the program and their
// data has every field, so that a failure is a defect here.
func (d *document) render(name string) string {
	var b bytes.Buffer
	if err := parsed.ExecuteTemplate(&b, name, d); err != nil {
		panic(err)
	}
	return b.String()
}
