package advice_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/pastetest"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// places are where a value from outside can be in the facts. The values that stand in commands only
// where Kubernetes or AWS can have such a name are in names.
var places = map[string]func(*advice.Facts, string){
	"issuer":              func(f *advice.Facts, v string) { f.Token.Issuer = v },
	"issuer's host":       func(f *advice.Facts, v string) { f.Token.Issuer = "https://" + v },
	"issuer's path":       func(f *advice.Facts, v string) { f.Token.Issuer = "https://oidc.example.com/" + v },
	"subject":             func(f *advice.Facts, v string) { f.Token.Subject = "system:serviceaccount:" + v },
	"audience":            func(f *advice.Facts, v string) { f.Token.Audience = []string{v} },
	"token file":          func(f *advice.Facts, v string) { f.TokenFile, f.WebhookFile = v, v },
	"profile":             func(f *advice.Facts, v string) { f.Profile = v },
	"half":                func(f *advice.Facts, v string) { f.Present = v },
	"variable":            func(f *advice.Facts, v string) { f.Variables = []string{"AWS_PROFILE", v} },
	"sts endpoint":        func(f *advice.Facts, v string) { f.STSEndpoint = v },
	"any endpoint":        func(f *advice.Facts, v string) { f.AnyEndpoint = v },
	"any endpoint's host": func(f *advice.Facts, v string) { f.AnyEndpoint = "https://" + v },
	"no proxy":            func(f *advice.Facts, v string) { f.NoProxy = v },
	"host":                func(f *advice.Facts, v string) { f.Endpoint = v },
	"a host's region":     func(f *advice.Facts, v string) { f.Endpoint = "sts." + v + "-1.amazonaws.com" },
	"scheme":              func(f *advice.Facts, v string) { f.Scheme = v },
	"proxy":               func(f *advice.Facts, v string) { f.Proxy = v },
	"code":                func(f *advice.Facts, v string) { f.Code = v },
	"message":             func(f *advice.Facts, v string) { f.Message, f.Denied.Message = v, v },
	"encoded message": func(f *advice.Facts, v string) {
		f.Denied.Message = "denied. Encoded authorization failure message: " + v
	},
	"request id":    func(f *advice.Facts, v string) { f.RequestID = v },
	"external id":   func(f *advice.Facts, v string) { f.Hop.ExternalID = v },
	"trust policy":  func(f *advice.Facts, v string) { f.Trusts = v },
	"principal":     func(f *advice.Facts, v string) { f.Denied.Principal = v },
	"policy's ARN":  func(f *advice.Facts, v string) { f.Denied.PolicyARN = v },
	"key of object": func(f *advice.Facts, v string) { f.Denied.Resource = "arn:aws:s3:::bucket/" + v },
	"operation":     func(f *advice.Facts, v string) { f.Denied.Operation = v },
	"service":       func(f *advice.Facts, v string) { f.Denied.Service = v },
}

var names = map[string]func(*advice.Facts, string){
	"namespace":       func(f *advice.Facts, v string) { f.Token.Namespace, f.Own.Namespace = v, v },
	"service account": func(f *advice.Facts, v string) { f.Token.ServiceAccount, f.Own.ServiceAccount = v, v },
	"pod":             func(f *advice.Facts, v string) { f.Token.Pod, f.Own.Pod = v, v },
	"pod of a deployment": func(f *advice.Facts, v string) {
		f.Token.Pod = v + "-7c9f4d8b6-x2x5q"
		f.Own.Pod = f.Token.Pod
	},
	"region":    func(f *advice.Facts, v string) { f.Region, f.Endpoint, f.Token.Issuer = v, "", "" },
	"role":      func(f *advice.Facts, v string) { f.RoleARN = v },
	"role name": func(f *advice.Facts, v string) { f.RoleARN = "arn:aws:iam::111122223333:role/" + v },
	"role path": func(f *advice.Facts, v string) { f.RoleARN = "arn:aws:iam::111122223333:role/x" + v + "/r" },
	"account":   func(f *advice.Facts, v string) { f.RoleARN = "arn:aws:iam::" + v + ":role/reader" },
	"assuming role": func(f *advice.Facts, v string) {
		f.Hop.From = "arn:aws:iam::111122223333:role/" + v
	},
	"caller": func(f *advice.Facts, v string) { f.Denied.Caller = "arn:aws:iam::111122223333:role/" + v },
	"action": func(f *advice.Facts, v string) { f.Denied.Action = "s3:" + v },
	"bucket": func(f *advice.Facts, v string) { f.Denied.Resource = "arn:aws:s3:::" + v },
	"key":    func(f *advice.Facts, v string) { f.Denied.Resource = "arn:aws:kms:eu-west-1:111122223333:key/" + v },
	"queue":  func(f *advice.Facts, v string) { f.Denied.Resource = "arn:aws:sqs:eu-west-1:111122223333:" + v },
	"resource's region": func(f *advice.Facts, v string) {
		f.Denied.Resource = "arn:aws:sqs:" + v + ":111122223333:orders"
	},
	"resource's account": func(f *advice.Facts, v string) { f.Denied.Resource = "arn:aws:sqs:eu-west-1:" + v + ":orders" },
	"resource's partition": func(f *advice.Facts, v string) {
		f.Denied.Resource = "arn:" + v + ":sqs:eu-west-1:111122223333:orders"
	},
}

// someFacts are those of a pod of which everything is known, and of a denial of a kind.
func someFacts(resource, action string) advice.Facts {
	claims := advice.Token{
		Issuer:  "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"},
		Namespace: "payments", ServiceAccount: "api", Pod: "api-7c9f4d8b6-x2x5q",
	}
	own := claims
	return advice.Facts{
		RoleARN: "arn:aws:iam::111122223333:role/teams/reader", TokenFile: "/var/run/token", Token: &claims, Own: &own,
		Region: "eu-west-1", Endpoint: "sts.eu-west-1.amazonaws.com", Scheme: "https", Phase: "connect to",
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, Variables: []string{"AWS_PROFILE"},
		Code: "AccessDenied", Status: 403, RequestID: "r",
		Hop: &advice.Hop{Number: 1, From: "arn:aws:iam::111122223333:role/first", Tags: true, ExternalID: "e"},
		Denied: &advice.Denied{
			Denial: denial.Denial{
				Principal: "arn:aws:sts::111122223333:assumed-role/reader/s", Action: action, Resource: resource,
				PolicyType: "resource", Fix: "resource-policy",
			},
			Service: "S3", Operation: "GetObject", Caller: "arn:aws:iam::111122223333:role/teams/reader",
		},
	}
}

// program is what a command begins with; what begins otherwise is no command but a statement, Go or
// YAML to be put into a file.
var program = regexp.MustCompile(`^(\w+=\S* )*(test -s policy\.json && )?(aws|kubectl|curl|openssl|jq|eksctl|docker)\b`)

// programs are what commands may run.
var programs = []string{"aws", "kubectl", "curl", "openssl", "jq", "eksctl", "cat", "docker"}

func TestNothingIsRunButWhatACommandSays(t *testing.T) {
	topics := everyTopic(t)
	shells := pastetest.Shells(t)
	offences := map[string]struct{}{}
	all := maps.Clone(places)
	maps.Copy(all, names)
	for _, value := range pastetest.Harmful {
		commands := map[string]struct{}{}
		for _, place := range slices.Sorted(maps.Keys(all)) {
			put := all[place]
			for _, kind := range [][2]string{
				{"arn:aws:s3:::bucket/key", "s3:GetObject"},
				{"arn:aws:kms:eu-west-1:111122223333:key/k", "kms:Decrypt"},
				{"arn:aws:sqs:eu-west-1:111122223333:orders", "sqs:SendMessage"},
			} {
				f := someFacts(kind[0], kind[1])
				put(&f, value)
				for name, topic := range topics {
					for _, step := range topic.Steps(f) {
						for _, command := range step.Commands {
							if !program.MatchString(command) || !strings.Contains(command, pastetest.Mark) {
								continue
							}
							commands[command] = struct{}{}
							if names[place] != nil && !isRoleName(place, value) && strings.Contains(outsideJSON(command), pastetest.Mark) {
								offences[place+" "+strconv.Quote(value)+" "+name+": "+command] = struct{}{}
							}
						}
					}
				}
			}
		}
		for _, shell := range shells {
			calls := pastetest.Paste(t, shell, slices.Sorted(maps.Keys(commands)), programs...)
			require.NotEmpty(t, calls)
			for _, call := range calls {
				assert.NotEqual(t, pastetest.Intruder, call[0], "%q ran in %s", value, shell)
				for _, arg := range call[1:] {
					assert.False(t, strings.HasPrefix(arg, "-") && strings.Contains(arg, pastetest.Mark), "%q", call)
				}
			}
		}
	}
	assert.Empty(t, slices.Sorted(maps.Keys(offences)), "names that can't be are in commands")
}

// isRoleName reports whether IAM can have a role of this name, which may begin with a dash: in the
// middle of an ARN that means nothing.
func isRoleName(place, value string) bool {
	roles := []string{"role name", "role path", "caller", "assuming role"}
	return slices.Contains(roles, place) && roleName.MatchString(value)
}

var roleName = regexp.MustCompile(`^[\w+=,.@-]+$`)

var quotedJSON = regexp.MustCompile(`(?s)'\{.*\}'`)

// outsideJSON is a command without the documents in it, in which a name is a string that was
// quoted.
func outsideJSON(command string) string { return quotedJSON.ReplaceAllString(command, "") }

// everyTopic returns the topics of the package by their names, and fails where one is missing here.
func everyTopic(t *testing.T) map[string]*advice.Topic {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var declared []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if len(v.Values) == 1 && v.Names[0].IsExported() && isTopic(v.Values[0]) {
					declared = append(declared, v.Names[0].Name)
				}
			}
		}
	}
	require.ElementsMatch(t, declared, slices.Collect(maps.Keys(topicNames)))
	return topicNames
}

// isTopic reports whether an expression is &Topic{…}.
func isTopic(e ast.Expr) bool {
	u, ok := e.(*ast.UnaryExpr)
	if !ok {
		return false
	}
	lit, ok := u.X.(*ast.CompositeLit)
	if !ok {
		return false
	}
	name, ok := lit.Type.(*ast.Ident)
	return ok && name.Name == "Topic"
}
