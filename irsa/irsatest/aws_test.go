package irsatest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// service is what a program does in a pod: it takes its role and reads an object.
func service(ctx context.Context, optFns ...func(*config.LoadOptions) error) (string, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return "", err
	}
	out, err := s3.NewFromConfig(cfg).GetObject(ctx,
		&s3.GetObjectInput{Bucket: aws.String("reports"), Key: aws.String("k")})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

func TestOneCallGivesAWSAndAPod(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "/nowhere.pem")
	for name, options := range map[string]irsatest.AWSOptions{
		"with a web identity": {},
		"with Pod Identity":   {PodIdentity: true},
		"in China":            {Region: "cn-north-1"},
		"with another role, service account and region": {
			Region: "us-gov-west-1", RoleARN: "arn:aws-us-gov:iam::444455556666:role/teams/api",
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
		},
		"with a role of another store": {RoleARN: "arn:minio:iam:::role/bWluaW8"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := irsatest.NewAWS(t, options)
			cloud.S3.Put("reports", "k", "content")
			got, err := service(t.Context(), cloud.LoadOptions)
			require.NoError(t, err)
			assert.Equal(t, "content", got)
			read := cloud.S3.Requests("GetObject")
			require.Len(t, read, 1)
			assert.Contains(t, cloud.STS.Identity(read[0].AccessKey),
				":assumed-role/"+cloud.RoleARN[strings.LastIndex(cloud.RoleARN, "/")+1:]+"/")
			assert.Equal(t, os.Getenv("AWS_REGION"), read[0].Region)
			assert.Len(t, cloud.PodIdentity.Requests(), map[bool]int{true: 1}[options.PodIdentity])
		})
	}
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cloud := irsatest.NewAWS(t, irsatest.AWSOptions{})
			cloud.S3.Put("reports", "k", "content")
			got, err := service(t.Context(), cloud.LoadOptions)
			require.NoError(t, err)
			assert.Equal(t, "content", got)
			time.Sleep(time.Minute)
			cloud.Wait()
		})
	})
	t.Run("without a test", func(t *testing.T) {
		cloud, err := irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{})
		require.NoError(t, err)
		restore, err := cloud.Pod.Setenv()
		require.NoError(t, err)
		defer func() { assert.NoError(t, restore()) }()
		cloud.S3.Put("reports", "k", "content")
		got, err := service(t.Context(), cloud.LoadOptions)
		require.NoError(t, err)
		assert.Equal(t, "content", got)
	})
}

func TestOneClientReachesAllByTheirNames(t *testing.T) {
	other := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	cloud, err := irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{Hosts: map[string]http.Handler{
		"dynamodb.eu-west-1.amazonaws.com": other,
	}})
	require.NoError(t, err)
	for url, want := range map[string]int{
		cloud.Issuer.URL() + "/.well-known/openid-configuration":                 200,
		"https://sts.eu-west-1.amazonaws.com/":                                   400, // MissingAction
		"https://sts.amazonaws.com/":                                             400,
		"https://sts-fips.us-east-1.amazonaws.com/":                              400,
		"https://sts.cn-north-1.amazonaws.com.cn/":                               400,
		"https://s3.eu-west-1.amazonaws.com/":                                    403, // AccessDenied
		"https://b.s3.dualstack.eu-west-1.amazonaws.com/":                        403,
		"https://x--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/k": 403,
		"http://169.254.170.23/v1/credentials":                                   400,
		"http://[fd00:ec2::23]/v1/credentials":                                   400,
		"https://dynamodb.eu-west-1.amazonaws.com/":                              http.StatusTeapot,
	} {
		resp, err := cloud.Client().Get(url)
		require.NoError(t, err, url)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, want, resp.StatusCode, url)
	}
	for _, url := range []string{"https://kms.eu-west-1.amazonaws.com/", "https://example.com/",
		"http://169.254.169.254/"} {
		_, err := cloud.Client().Get(url)
		require.Error(t, err, url)
	}
	t.Run("a connection fails at the one that the fault was injected into", func(t *testing.T) {
		cloud.STS.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Resolve)})
		_, err := cloud.Client().Get("https://sts.eu-west-1.amazonaws.com/")
		require.ErrorContains(t, err, "no such host")
		resp, err := cloud.Client().Get("https://s3.eu-west-1.amazonaws.com/")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	})
	_, err = irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{Region: "mars"})
	require.ErrorContains(t, err, `"mars" is no region`)
	_, err = irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{RoleARN: "reader"})
	require.Error(t, err)
}

func TestTwoClustersAreTwo(t *testing.T) {
	one, err := irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{})
	require.NoError(t, err)
	two, err := irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{})
	require.NoError(t, err)
	in := exchange(one.Issuer.Token(irsatest.Claims{}))
	in.RoleArn = &two.RoleARN
	_, err = sts.New(sts.Options{Region: "eu-west-1",
		HTTPClient: two.Client()}).AssumeRoleWithWebIdentity(t.Context(), in)
	requireCode(t, err, "InvalidIdentityToken")
}

// A thousand tests with an AWS each take about half a second on a machine that has a file system in
// memory: -run TestAHundredTestsLeaveNothingBehind -count 10.
func TestAHundredTestsLeaveNothingBehind(t *testing.T) {
	environment := slices.Sorted(slices.Values(os.Environ()))
	var files []string
	for range 100 {
		t.Run("with an AWS of its own", func(t *testing.T) {
			cloud := irsatest.NewAWS(t, irsatest.AWSOptions{})
			token, err := os.ReadFile(os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
			require.NoError(t, err)
			require.NotEmpty(t, token)
			files = append(files, cloud.Pod.TokenFile())
		})
	}
	assert.Equal(t, environment, slices.Sorted(slices.Values(os.Environ())))
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(files))), 100, "each has a folder of its own")
	for _, file := range files {
		require.NoDirExists(t, filepath.Dir(file))
	}
}

// It measures making one, without what ends it.
func BenchmarkNewAWS(b *testing.B) {
	for b.Loop() {
		irsatest.NewAWS(b, irsatest.AWSOptions{})
	}
}

func TestOneAddressServesAll(t *testing.T) {
	cloud, err := irsatest.WriteAWS(t.TempDir(), irsatest.AWSOptions{})
	require.NoError(t, err)
	server := httptest.NewServer(cloud)
	defer server.Close()
	for target, want := range map[string]string{
		"/v1/credentials": "Service account token cannot be empty", "/?Action=GetCallerIdentity": "InvalidAction",
		"/": "AccessDenied", "/reports/k": "AccessDenied",
		strings.SplitAfter(cloud.Issuer.URL(), ".com")[1] + "/.well-known/openid-configuration": "jwks_uri",
		strings.SplitAfter(cloud.Issuer.URL(), ".com")[1] + "/keys":                             `"kid"`,
	} {
		resp, err := http.Get(server.URL + target)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, errors.Join(err, resp.Body.Close()))
		assert.Contains(t, string(body), want, target)
	}
	parts := &irsatest.AWS{STS: cloud.STS, S3: cloud.S3}
	partly := httptest.NewServer(parts)
	defer partly.Close()
	resp, err := http.Get(partly.URL + "/v1/credentials")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusForbidden, resp.StatusCode, "without an agent it is a key in a bucket")
}
