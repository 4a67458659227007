package main

import (
	"bufio"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// start runs the program until the test ends, and returns the variables that it prints.
func start(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), in, io.Discard)
		in.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-done)
	})
	env := map[string]string{}
	lines := bufio.NewScanner(out)
	last := "AWS_ROLE_SESSION_NAME"
	if strings.Contains(strings.Join(args, " "), "-issuer") {
		last = "AWS_DEFAULT_REGION"
	} else if strings.Contains(strings.Join(args, " "), "-tls") {
		last = "NODE_EXTRA_CA_CERTS"
	}
	for env[last] == "" && lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		env[name] = strings.Trim(value, "'")
	}
	require.NoError(t, lines.Err())
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return env
}

// enter lets the test run with the variables.
func enter(t *testing.T, env map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Setenv("AWS_CONFIG_FILE", "/nowhere")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

func read(t *testing.T, cfg aws.Config) string {
	t.Helper()
	out, err := s3.NewFromConfig(cfg).GetObject(t.Context(),
		&s3.GetObjectInput{Bucket: aws.String("reports"), Key: aws.String("2026/01.csv")})
	require.NoError(t, err)
	body, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	return string(body)
}

func TestAProgramThatSetsTheVariablesReadsTheFolder(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "reports", "2026", "01.csv"), "a,b\n")
	for _, args := range [][]string{{"-buckets", folder}, {"-buckets", folder, "-tls"},
		{"-buckets", folder, "-region", "us-east-1"}} {
		t.Run(strings.Join(args[2:], " "), func(t *testing.T) {
			env := start(t, args...)
			enter(t, env)
			cfg, err := irsa.LoadConfig(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "a,b\n", read(t, cfg))
			cfg, err = config.LoadDefaultConfig(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "a,b\n", read(t, cfg), "with the SDK's own chain, as in other languages")
			me, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/service/service", *me.Arn)
		})
	}
}

func TestRolesUsersAndAssociationsComeFromAFile(t *testing.T) {
	folder := t.TempDir()
	cluster := httptest.NewUnstartedServer(nil)
	issuer := irsatest.NewIssuer("http://" + cluster.Listener.Addr().String())
	cluster.Config.Handler = issuer
	cluster.Start()
	t.Cleanup(cluster.Close)
	account := filepath.Join(folder, "account.json")
	name := strings.TrimPrefix(issuer.URL(), "http://")
	write(t, account, `{
		"roles": [{"arn": "arn:aws:iam::111122223333:role/reader", "maxSessionHours": 12, "trustPolicy": {
			"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
			"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/`+name+`"},
			"Condition": {"StringEquals": {"`+name+`:sub": "system:serviceaccount:payments:api"}}}]}}],
		"users": [{"arn": "arn:aws:iam::111122223333:user/ci", "accessKeyId": "AKIACI", "secretAccessKey": "secret"}]}`)
	write(t, filepath.Join(folder, "buckets", "reports", "2026", "01.csv"), "a,b\n")
	env := start(t, "-issuer", issuer.URL(), "-account", account, "-buckets", filepath.Join(folder, "buckets"))
	assert.Equal(t, env["AWS_REGION"], env["AWS_DEFAULT_REGION"])
	enter(t, env)
	t.Run("a pod of the cluster whose keys are fetched", func(t *testing.T) {
		pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
			Issuer: issuer, RoleARN: "arn:aws:iam::111122223333:role/reader", Region: env["AWS_REGION"],
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
		})
		require.NoError(t, err)
		for _, entry := range pod.Env() {
			name, value, _ := strings.Cut(entry, "=")
			t.Setenv(name, value)
		}
		cfg, err := irsa.LoadConfig(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "a,b\n", read(t, cfg))
	})
	t.Run("a user", func(t *testing.T) {
		cfg, err := config.LoadDefaultConfig(t.Context(),
			config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("AKIACI", "secret", "")))
		require.NoError(t, err)
		assert.Equal(t, "a,b\n", read(t, cfg))
	})
	t.Run("a pod with an association", func(t *testing.T) {
		associated := filepath.Join(folder, "associated.json")
		write(t, associated, `{"associations": [{"namespace": "payments", "serviceAccount": "api", "roleArn": "arn:aws:iam::111122223333:role/pods"}]}`)
		env := start(t, "-issuer", issuer.URL(), "-account", associated, "-buckets", filepath.Join(folder, "buckets"))
		enter(t, env)
		pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
			Issuer: issuer, PodIdentity: true, Region: env["AWS_REGION"], Agent: env["AWS_ENDPOINT_URL_S3"] + "/v1/credentials",
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
		})
		require.NoError(t, err)
		for _, entry := range pod.Env() {
			name, value, _ := strings.Cut(entry, "=")
			t.Setenv(name, value)
		}
		cfg, err := irsa.LoadConfig(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "a,b\n", read(t, cfg))
	})
}

func TestACommandLineThatIsWrongIsAnError(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "typo.json"), `{"role": []}`)
	write(t, filepath.Join(folder, "policy.json"),
		`{"roles": [{"arn": "arn:aws:iam::111122223333:role/r", "trustPolicy": {}}]}`)
	for want, args := range map[string][]string{
		`"mars" is no region`:     {"-region", "mars"},
		"no such file":            {"-buckets", filepath.Join(folder, "none")},
		`unknown field "role"`:    {"-account", filepath.Join(folder, "typo.json")},
		"add role":                {"-account", filepath.Join(folder, "policy.json")},
		"missing port in address": {"-listen", "nowhere"},
	} {
		err := run(t.Context(), args, io.Discard, io.Discard)
		assert.ErrorContains(t, err, want)
	}
}

func TestWrongUsageNamesWhatIsWrongAndPrintsTheUsage(t *testing.T) {
	for says, arg := range map[string]string{
		`unexpected argument "x"`:                                           "x",
		"flag provided but not defined: ":                                   "-typo",
		`invalid value "oidc.example" for flag -issuer: an issuer is a URL`: "-issuer=oidc.example",
		`invalid value "file:///keys" for flag -issuer: an issuer is a URL`: "-issuer=file:///keys",
	} {
		var stderr strings.Builder
		require.ErrorIs(t, run(t.Context(), []string{arg}, io.Discard, &stderr), errUsage)
		line, usage, _ := strings.Cut(stderr.String(), "\n")
		assert.Contains(t, line, says)
		assert.Contains(t, usage, "Usage of aws:")
	}
}
