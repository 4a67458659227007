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
var parsed = template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
	"quote": func(text string) string { return advice.QuoteText(strings.TrimSpace(text)) },
	// JSON is YAML too, where its lines are indented deeper than the key that it belongs to, and an
	// expression of HCL, written as "terraform fmt" does.
	"yaml": func(json string) string { return strings.ReplaceAll(strings.TrimSpace(json), "\n", "\n        ") },
	"hcl": func(json string) string {
		return strings.NewReplacer("\n", "\n  ", `": `, `" : `).Replace(strings.TrimSpace(json))
	},
}).ParseFS(templates, "templates/*"))

// A document is the data of the templates.
type document struct {
	Values
	Partition, Audience     string
	ProviderARN, RoleARN    string
	RoleName, RolePath      string
	PolicyName, JobName     string
	TrustPolicy, ReadPolicy string
	TrustsQuery             string // for aws iam get-role: how many statements admit the service account
	ServiceAccountYAML      string
	JobYAML                 string

	// How the scripts pass these texts on: to an option of the AWS CLI, and to kubectl apply -f.
	TrustPolicyArg, ReadPolicyArg string
	ServiceAccountArg, JobArg     string
}

func newDocument(v Values) (*document, error) {
	v, p, b, err := v.complete()
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
		PolicyName: "s3-read-" + b.name,
		JobName:    "list-bucket",
	}
	trust, err := facts.TrustPolicy()
	if err != nil {
		return nil, fmt.Errorf("setup: trust policy: %w", err)
	}
	j, err := json.MarshalIndent(trust, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("setup: trust policy: %w", err)
	}
	d.TrustPolicy = string(j) + "\n"
	if d.ReadPolicy, err = b.policy(); err != nil {
		return nil, fmt.Errorf("setup: read policy: %w", err)
	}
	d.TrustsQuery = advice.QuoteText(fmt.Sprintf(
		"length(Role.AssumeRolePolicyDocument.Statement[?Principal.Federated==`%q` && Condition.StringEquals.%q==`%q`])",
		d.ProviderARN, strings.TrimPrefix(v.Issuer, "https://")+":sub", facts.Token.Subject))
	d.ServiceAccountYAML = d.render("serviceaccount.yaml")
	d.JobYAML = d.render("job.yaml")
	return d, nil
}

// fitsEksctl reports what eksctl has no place for.
func (d *document) fitsEksctl() error {
	var wrong problems
	if d.Cluster == "" {
		wrong.add("cluster: missing, and eksctl knows clusters by their names")
	}
	if d.RolePath != "/" {
		wrong.add("role %q: eksctl makes no roles with a path", d.Role)
	}
	return wrong.err()
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
