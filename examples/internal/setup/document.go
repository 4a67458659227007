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

// parsed are the templates by file name.
var parsed = template.Must(template.New("").Option("missingkey=error").ParseFS(templates, "templates/*"))

// A document is the data of the templates.
type document struct {
	Values
	Partition, Audience     string
	ProviderARN, RoleARN    string
	RoleName, RolePath      string
	PolicyName, JobName     string
	TrustPolicy, ReadPolicy string
	ServiceAccountYAML      string
	JobYAML                 string

	// How the scripts pass these texts on: to an option of the AWS CLI, and to kubectl apply -f.
	TrustPolicyArg, ReadPolicyArg string
	ServiceAccountArg, JobArg     string
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

// render executes a template. The templates are part of the program and the document has all of
// their fields, so that an error is a defect of this package.
func (d *document) render(name string) string {
	var b bytes.Buffer
	if err := parsed.ExecuteTemplate(&b, name, d); err != nil {
		panic(err)
	}
	return b.String()
}
