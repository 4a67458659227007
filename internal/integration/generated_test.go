package integration_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"sigs.k8s.io/yaml"
)

// generated is what examples/setup writes in one form, by file name.
func generated(t *testing.T, form ...string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range runSetup(t, append(form,
		"-issuer", "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", "-account", "111122223333",
		"-role", "payments-reader", "-namespace", "payments", "-service-account", "api", "-bucket", "invoices",
		"-kms-key", "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
		"-cluster", "prod")...) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		files[filepath.Base(name)] = content
	}
	return files
}

// The configuration is read by Terraform's own parser, as it formats it, and means what the
// commands do.
func TestTerraformReadsWhatSetupGenerates(t *testing.T) {
	want, files := generated(t), generated(t, "-terraform")
	source := files["irsa.tf"]
	assert.Equal(t, string(hclwrite.Format(source)), string(source), "as terraform fmt leaves it")
	file, problems := hclsyntax.ParseConfig(source, "irsa.tf", hcl.InitialPos)
	require.False(t, problems.HasErrors(), problems)
	body, ok := file.Body.(*hclsyntax.Body)
	require.True(t, ok)

	resources := map[string]*hclsyntax.Body{}
	for _, block := range body.Blocks {
		if block.Type == "resource" {
			resources[block.Labels[0]] = block.Body
		}
	}
	require.Len(t, resources, 5)
	known := &hcl.EvalContext{
		Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc},
		Variables: map[string]cty.Value{"aws_iam_role": cty.ObjectVal(map[string]cty.Value{"pod": cty.ObjectVal(
			map[string]cty.Value{"name": cty.StringVal("payments-reader"), "arn": cty.StringVal(roleARN)})})},
	}
	attribute := func(body *hclsyntax.Body, name string) cty.Value {
		require.Contains(t, body.Attributes, name)
		value, problems := body.Attributes[name].Expr.Value(known)
		require.False(t, problems.HasErrors(), problems)
		return value
	}
	text := func(resource, name string) string { return attribute(resources[resource], name).AsString() }
	assert.JSONEq(t, string(want["trust-policy.json"]), text("aws_iam_role", "assume_role_policy"))
	assert.JSONEq(t, string(want["read-policy.json"]), text("aws_iam_role_policy", "policy"))
	assert.Equal(t, "payments-reader", text("aws_iam_role_policy", "role"))
	assert.Equal(t, "/", text("aws_iam_role", "path"))
	assert.Equal(t, "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", text("aws_iam_openid_connect_provider", "url"))
	audiences := attribute(resources["aws_iam_openid_connect_provider"], "client_id_list").AsValueSlice()
	require.Len(t, audiences, 1)
	assert.Equal(t, "sts.amazonaws.com", audiences[0].AsString())

	var account struct {
		Metadata struct{ Annotations map[string]string }
	}
	require.NoError(t, yaml.Unmarshal(want["serviceaccount.yaml"], &account))
	annotations := map[string]string{}
	for name, value := range attribute(
		resources["kubernetes_service_account_v1"].Blocks[0].Body, "annotations").AsValueMap() {
		annotations[name] = value.AsString()
	}
	assert.Equal(t, account.Metadata.Annotations, annotations)
	assert.Equal(t, want["job.yaml"], files["job.yaml"])
}

// eksctlVersion is the release whose schema eksctl's configuration is held to. Only the schema of
// it is read: a file of the module, from the module proxy.
const eksctlVersion = "v0.215.0"

func TestEksctlTakesWhatSetupGenerates(t *testing.T) {
	var module struct{ Dir string }
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/weaveworks/eksctl@"+eksctlVersion)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "GOFLAGS=")
	out, err := cmd.Output()
	require.NoError(t, err, string(out))
	require.NoError(t, json.Unmarshal(out, &module))
	schema, err := jsonschema.NewCompiler().Compile(
		filepath.Join(module.Dir, "pkg", "apis", "eksctl.io", "v1alpha5", "assets", "schema.json"))
	require.NoError(t, err)

	want, source := generated(t), generated(t, "-eksctl")["eksctl.yaml"]
	var config map[string]any
	require.NoError(t, yaml.UnmarshalStrict(source, &config))
	require.NoError(t, schema.Validate(config))
	config["iam"].(map[string]any)["serviceAccount"] = []any{}
	require.ErrorContains(t, schema.Validate(config), "serviceAccount", "the schema refuses what it doesn't know")

	var read struct {
		IAM struct {
			WithOIDC        bool
			ServiceAccounts []struct {
				Metadata     struct{ Name, Namespace string }
				RoleName     string
				AttachPolicy json.RawMessage
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(source, &read))
	assert.True(t, read.IAM.WithOIDC)
	require.Len(t, read.IAM.ServiceAccounts, 1)
	account := read.IAM.ServiceAccounts[0]
	assert.Equal(t, "payments/api payments-reader",
		account.Metadata.Namespace+"/"+account.Metadata.Name+" "+account.RoleName)
	assert.JSONEq(t, string(want["read-policy.json"]), string(account.AttachPolicy))
}
