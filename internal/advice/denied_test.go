package advice_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

const (
	ownRole = "arn:aws:iam::111122223333:role/teams/reader"
	ownUser = "User: arn:aws:sts::111122223333:assumed-role/reader/session is not authorized to perform: "
)

// deniedCall are the facts of a call that was denied with a message; the caller is ownRole where
// known says so.
func deniedCall(t *testing.T, service, operation, message string, known bool) advice.Facts {
	t.Helper()
	d, _ := denial.Parse(message)
	x := &advice.Denied{Denial: d, Service: service, Operation: operation, Message: message}
	if known {
		x.Caller = ownRole
	}
	return advice.Facts{RoleARN: x.Caller, Denied: x, Code: "AccessDenied", Status: 403}
}

func explain(f advice.Facts) string { return advice.DeniedTopic(f.Denied, f.Code).Explain(f) }

func TestEachKindOfDenialIsExplainedByWhoseItIs(t *testing.T) {
	const (
		queue  = " on resource: arn:aws:sqs:eu-west-1:444455556666:orders"
		own    = " on resource: arn:aws:sqs:eu-west-1:111122223333:orders"
		allows = " allows the sqs:sendmessage action"
		send   = ownUser + "sqs:sendmessage"
		key    = " on resource: arn:aws:kms:eu-west-1:444455556666:key/k"
	)
	for name, tt := range map[string]struct {
		service, operation, message string
		topic                       *advice.Topic
		says, not                   []string
	}{
		"a missing statement": {"SQS", "SendMessage", send + own + " because no identity-based policy" + allows, advice.ActionMissing,
			[]string{"put-role-policy --role-name reader --policy-name allow-sqs-SendMessage-", "replaces none", `"sqs:SendMessage"`},
			[]string{"set-queue-attributes"}},
		"an own Deny": {"SQS", "SendMessage", send + own + " with an explicit deny in an identity-based policy", advice.OwnPolicyDenied,
			[]string{"No statement that allows it helps", "list-attached-role-policies --role-name reader"}, []string{"put-"}},
		"another account's queue": {"SQS", "SendMessage", send + queue + " because no resource-based policy" + allows, advice.ResourceDenied,
			[]string{`"AWS": "` + ownRole + `"`, "get-queue-attributes", "jq --argjson statement", "(in account 444455556666)", "own policy has to allow it too"}, nil},
		"another account's Deny": {"SQS", "SendMessage", send + queue + " with an explicit deny in a resource-based policy", advice.ResourceDenied,
			[]string{"narrow the Deny", "account 444455556666"}, []string{"aws ", "Allow\""}},
		"another account's bucket": {"S3", "GetObject", ownUser + `s3:GetObject on resource: "arn:aws:s3:::b/k" because no resource-based policy allows the s3:GetObject action`,
			advice.ResourceDenied, []string{"get-bucket-policy --bucket b", "put-bucket-policy --bucket b --policy file://policy.json", "put-role-policy"}, nil},
		"a key behind S3": {"S3", "GetObject", ownUser + "kms:Decrypt" + key + " because no resource-based policy allows the kms:Decrypt action", advice.KeyDenied,
			[]string{"aws/s3", `"Resource": "*"`, "get-key-policy", "account 444455556666", `"arn:aws:kms:eu-west-1:444455556666:key/k"`}, nil},
		"a boundary": {"SQS", "SendMessage", send + own + " because no permissions boundary" + allows, advice.BoundaryDenied,
			[]string{"Role.PermissionsBoundary", "The statement that the boundary lacks", "own policy has to allow the action besides"}, []string{"put-"}},
		"an organization": {"SQS", "SendMessage", send + own + " with an explicit deny in a service control policy: arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-x",
			advice.OrganizationDenied, []string{"management account", `by          "arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-x"`}, []string{"put-", "{"}},
		"an endpoint": {"SQS", "SendMessage", send + own + " because no VPC endpoint policy" + allows, advice.EndpointDenied,
			[]string{"describe-vpc-endpoints", `"aws:PrincipalArn": "` + ownRole + `"`}, []string{"put-", "modify-"}},
		"a session": {"SQS", "SendMessage", send + own + " because no session policy" + allows, advice.SessionDenied, []string{"in code, not in IAM"}, []string{"aws "}},
		"nobody":    {"SQS", "SendMessage", "User: anonymous is not authorized to perform: sqs:sendmessage" + own, advice.NotSigned, []string{"irsa.LoadConfig"}, []string{"aws iam"}},
		"a setting": {"S3", "PutObject", ownUser + `s3:PutObject on resource: "arn:aws:s3:::b/k" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.`,
			advice.NotByPolicy, []string{"BlockPublicAcls"}, []string{"put-"}},
		"an encoded message": {"EC2", "RunInstances", "You are not authorized to perform this operation. Encoded authorization failure message: Ab_c-9", advice.EncodedDenied,
			[]string{"aws sts decode-authorization-message --encoded-message Ab_c-9 ", "sts:DecodeAuthorizationMessage"}, []string{`operation. Encoded`}},
		"silence":              {"S3", "GetObject", "Access Denied", advice.S3Denied, []string{"requester pays", "not AWS's"}, nil},
		"silence of another":   {"IoT Data Plane", "Publish", "UnknownError", advice.SilentlyDenied, []string{"CloudTrail"}, nil},
		"a policy of tomorrow": {"SQS", "SendMessage", send + own + " because no galactic policy" + allows, advice.SilentlyDenied, []string{"galactic policy"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := deniedCall(t, tt.service, tt.operation, tt.message, true)
			assert.Same(t, tt.topic, advice.DeniedTopic(f.Denied, f.Code))
			text := explain(f)
			for _, s := range tt.says {
				assert.Contains(t, text, s)
			}
			_, todo, _ := strings.Cut(text, "What to do:")
			for _, s := range tt.not {
				assert.NotContains(t, todo, s)
			}
		})
	}
}

func TestAMissingKeyIsNamedAsACauseWhereTheCallerMayNotList(t *testing.T) {
	f := deniedCall(t, "S3", "GetObject", "Access Denied", true)
	f.Denied.Action, f.Denied.Resource = "s3:GetObject", "arn:aws:s3:::b/a/key"
	text := explain(f)
	assert.Contains(t, text, "S3 says 403 instead of 404")
	assert.Contains(t, text, `"Resource": "arn:aws:s3:::b/a/key"`)
	assert.Regexp(t, `"Action": "s3:ListBucket",\s+"Resource": "arn:aws:s3:::b"`, text)
}

func TestAPrincipalThatOnlyTheServiceNamesIsGrantedNothing(t *testing.T) {
	const hostile = "User: arn:aws:sts::666677778888:assumed-role/evil/session is not authorized to perform: "
	for _, message := range []string{
		hostile + `s3:GetObject on resource: "arn:aws:s3:::b/k" because no resource-based policy allows the s3:GetObject action`,
		hostile + `s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`,
		hostile + `kms:Decrypt on this resource because no resource-based policy allows the kms:Decrypt action`,
		hostile + `sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:111122223333:q because no VPC endpoint policy allows the sqs:sendmessage action`,
	} {
		_, todo, _ := strings.Cut(explain(deniedCall(t, "S3", "GetObject", message, false)), "What to do:")
		assert.NotContains(t, todo, "666677778888")
		assert.NotContains(t, todo, "evil")
		assert.Contains(t, todo, "this process doesn't know it for its own")
	}
	f := deniedCall(t, "S3", "GetObject", "User: arn:aws:sts::111122223333:assumed-role/node/i-0abcd1234ef567890 is not authorized to perform: s3:ListAllMyBuckets", false)
	assert.Contains(t, explain(f), "credentials of the node")
}

// replacing are the commands that put a whole policy in the place of what is there.
var replacing = regexp.MustCompile(`(put-bucket-policy|put-key-policy|put-resource-policy|set-queue-attributes|set-topic-attributes|update-assume-role-policy)\b.*`)

func TestNothingThatIsPastedReplacesAPolicyThatWasNotShown(t *testing.T) {
	data, err := os.ReadFile("../../irsa/denial/testdata/denials.json")
	require.NoError(t, err)
	var cases []struct{ Name, Service, Operation, Code, Message string }
	require.NoError(t, json.Unmarshal(data, &cases))
	own := regexp.MustCompile(`put-role-policy --role-name \S+ --policy-name [\w-]+-[0-9a-f]{8} `)
	for _, c := range cases {
		f := deniedCall(t, c.Service, c.Operation, c.Message, true)
		topic := advice.DeniedTopic(f.Denied, c.Code)
		require.NotNil(t, topic, c.Name)
		var before string
		for _, step := range topic.Steps(f) {
			for _, command := range step.Commands {
				if m := replacing.FindString(command); m != "" {
					assert.Regexp(t, `policy\.json`, m, c.Name)
					assert.Contains(t, before, "> policy.json && cat policy.json", c.Name)
				}
				if strings.Contains(command, "put-role-policy") {
					assert.Regexp(t, own, command, c.Name)
				}
				before += command
			}
		}
	}
}

// paste gives a command to a shell that has an aws and a jq which write down their arguments.
func paste(t *testing.T, shell, command string) [][]string {
	dir := t.TempDir()
	for _, name := range []string{"aws", "jq"} {
		script := "#!/bin/sh\nprintf '%s\\0' " + name + " \"$@\" >> " + filepath.Join(dir, "log") + "\nprintf '\\n' >> " + filepath.Join(dir, "log") + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700))
	}
	c := exec.CommandContext(t.Context(), shell, "-c", command)
	c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "VPC_ID=v", "ROLE_NAME=r", "ENCODED_MESSAGE=m")
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s\n%s", command, out)
	assert.NoFileExists(t, filepath.Join(dir, "PWNED"), command)
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	require.NoError(t, err)
	var calls [][]string
	for _, call := range strings.Split(strings.TrimSuffix(string(log), "\x00\n"), "\x00\n") {
		calls = append(calls, strings.Split(call, "\x00"))
	}
	return calls
}

func TestCommandsOfADenialDoWhatTheySayWithAnyNameInAnyShell(t *testing.T) {
	for _, key := range []string{"plain", "a'; touch PWNED; '", "$(touch PWNED)", "`touch PWNED`", "a b;c|d&e", "%s%d", "größe", "-rf", "*?${x}"} {
		message := ownUser + `s3:GetObject on resource: "arn:aws:s3:::b/` + key + `" because no resource-based policy allows the s3:GetObject action`
		f := deniedCall(t, "S3", "GetObject", message, true)
		require.Equal(t, "arn:aws:s3:::b/"+key, f.Denied.Resource)
		want := f.Denied.Denial
		want.Principal = ownRole
		statement, ok := want.Statement()
		require.True(t, ok)
		for _, shell := range shells(t) {
			seen := 0
			for _, step := range advice.ResourceDenied.Steps(f) {
				for _, command := range step.Commands {
					if !strings.HasPrefix(command, "aws ") {
						continue // a statement
					}
					for _, args := range paste(t, shell, command) {
						for i, arg := range args {
							switch arg {
							case "--argjson":
								assert.JSONEq(t, statement, args[i+2])
								seen++
							case "--policy-document":
								assert.True(t, json.Valid([]byte(args[i+1])), args[i+1])
								seen++
							}
						}
					}
				}
			}
			assert.Equal(t, 2, seen, key)
		}
	}
}
