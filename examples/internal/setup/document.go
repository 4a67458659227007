package setup

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
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
	roleARN := "arn:" + p.ID + ":iam::" + v.Account + ":role/" + v.Role
	role, err := partition.ParseRoleARN(roleARN)
	if err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	facts := advice.Facts{RoleARN: roleARN, Token: &advice.Token{
		Issuer: v.Issuer, Subject: "system:serviceaccount:" + v.Namespace + ":" + v.ServiceAccount,
	}}
	d := &document{
		Values: v, Partition: p.ID, Audience: advice.DefaultAudience,
		ProviderARN: facts.ProviderARN(), RoleARN: roleARN,
		RoleName: role.BaseName(), RolePath: "/" + strings.TrimSuffix(role.Name, role.BaseName()),
		PolicyName: "s3-read-" + v.Bucket,
		JobName:    "list-bucket",
	}
	trust, err := facts.TrustPolicy()
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
