package irsatest_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// These are the tests in the package's documentation, and one with parts made one by one.

// reports is a service that reads an object, and writes another.
type reports struct{ client *s3.Client }

func (r reports) sum(ctx context.Context, from, to string) error {
	in, err := r.client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("reports"), Key: &from})
	if err != nil {
		return err
	}
	defer in.Body.Close()
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return err
	}
	total := fmt.Sprint(len(strings.Split(string(body), ",")))
	_, err = r.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String("reports"), Key: &to, Body: strings.NewReader(total),
	})
	return err
}

func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := irsatest.NewAWS(t, irsatest.AWSOptions{})
		cloud.S3.Put("reports", "in.csv", "1,2,3")

		cfg, err := irsa.LoadConfig(t.Context(), cloud.LoadOptions)
		require.NoError(t, err)
		service := reports{s3.NewFromConfig(cfg)} // the code under test
		require.NoError(t, service.sum(t.Context(), "in.csv", "out.txt"))

		cloud.STS.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
		time.Sleep(50 * time.Minute)
		require.NoError(t, service.sum(t.Context(), "in.csv", "later.txt"), "STS is away")

		written := cloud.S3.Requests("PutObject")
		require.Len(t, written, 2)
		require.Equal(t, "later.txt", written[1].Key)
		require.Contains(t, cloud.STS.Identity(written[1].AccessKey), "assumed-role/service/")

		cloud.STS.ClearFaults()
		time.Sleep(time.Minute)
		cloud.Wait()
	})
}

func TestReport(t *testing.T) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	role := "arn:aws:iam::111122223333:role/reader"
	service := new(irsatest.STS)
	require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:payments:api"))
	irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: role,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})

	cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
	require.NoError(t, err)
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/payments.api-0", *me.Arn)
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		role := "arn:aws:iam::111122223333:role/reader"
		service := new(irsatest.STS)
		require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:default:default"))
		irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: role})
		cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
		require.NoError(t, err)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)

		service.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
		time.Sleep(10 * time.Minute)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err, "the credentials at hand are still valid")

		service.ClearFaults()
		time.Sleep(time.Minute)
		service.Wait()
	})
}
