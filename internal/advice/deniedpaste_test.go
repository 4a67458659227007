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
)

// replacing are the commands that put a whole policy in the place of what is there.
var replacing = regexp.MustCompile(
	`(put-(bucket|key|resource)-policy|set-(queue|topic)-attributes|update-assume-role-policy)\b.*`)

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
		script := "#!/bin/sh\n{ printf '%s\\0' " + name + " \"$@\"; printf '\\n'; } >> " + filepath.Join(dir,
			"log") + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700))
	}
	c := exec.CommandContext(t.Context(), shell, "-c", command)
	c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
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
	for _, key := range []string{
		"plain", "a'; touch PWNED; '", "$(touch PWNED)", "`touch PWNED`", "a b;c|d&e", "%s%d", "größe", "-rf", "*?${x}",
	} {
		message := no("resource-based policy", "s3:GetObject", `"arn:aws:s3:::b/`+key+`"`)
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

func TestAMergeKeepsWhatIsThereAndNothingIsPutWhereNothingWasFetched(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("there is no jq")
	}
	var fetch string
	f := deniedCall(t, "S3", "GetObject", no("resource-based policy", "s3:GetObject", object), true)
	for _, step := range advice.ResourceDenied.Steps(f) {
		for _, command := range step.Commands {
			if strings.Contains(command, "jq") {
				fetch = command
			}
		}
	}
	for present, want := range map[string]int{
		`{"Version": "2012-10-17", "Statement": [{"Sid": "a"}, {"Sid": "b"}]}`: 3,
		`{"Version": "2012-10-17", "Statement": {"Sid": "a"}}`:                 2,
		"None": 0, "": 0,
	} {
		dir := t.TempDir()
		script := "#!/bin/sh\nprintf '%s' '" + present + "'\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "aws"), []byte(script), 0o700))
		c := exec.CommandContext(t.Context(), shells(t)[0], "-c", fetch)
		c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+":"+filepath.Dir(jq)+":"+os.Getenv("PATH"))
		_ = c.Run() // jq refuses what is no document
		merged, err := os.ReadFile(filepath.Join(dir, "policy.json"))
		require.NoError(t, err)
		if want == 0 {
			assert.Empty(t, merged, "%q", present)
			continue
		}
		var policy struct {
			Version   string
			Statement []map[string]any
		}
		require.NoError(t, json.Unmarshal(merged, &policy))
		assert.Equal(t, "2012-10-17", policy.Version)
		require.Len(t, policy.Statement, want)
		assert.Equal(t, "a", policy.Statement[0]["Sid"])
		assert.Equal(t, "s3:GetObject", policy.Statement[want-1]["Action"])
	}
}

func TestAUserGetsThePolicyThatARoleWouldGet(t *testing.T) {
	message := strings.Replace(no("identity-based policy", "s3:GetObject", object),
		"sts::111122223333:assumed-role/reader/session", "iam::111122223333:user/ci", 1)
	assert.Contains(t, explain(deniedCall(t, "S3", "GetObject", message, false)),
		`aws iam put-user-policy --user-name "${USER_NAME:?}" --policy-name allow-s3-GetObject-`)
}
