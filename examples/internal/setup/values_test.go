package setup_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
)

func TestInvalidValuesAreRefusedByName(t *testing.T) {
	type v = setup.Values
	for name, c := range map[string]struct {
		change func(*v)
		says   string
	}{
		"no issuer": {
			func(v *v) { v.Issuer = "" }, `issuer: missing`,
		},
		"an issuer without https": {
			func(v *v) { v.Issuer = "oidc.eks.eu-west-1.amazonaws.com/id/A" }, "not an https URL",
		},
		"an issuer that ends a quote": {
			func(v *v) { v.Issuer = "https://x/'; rm -rf /;'" }, "not an https URL",
		},
		"an account of eleven digits": {
			func(v *v) { v.Account = "11112222333" }, `account "11112222333": not 12 digits`,
		},
		"no role": {
			func(v *v) { v.Role = "" }, "role: missing",
		},
		"a role's ARN for its name": {
			func(v *v) { v.Role = "arn:aws:iam::111122223333:role/reader" }, "not a role's name",
		},
		"a namespace in capitals": {
			func(v *v) { v.Namespace = "Payments" }, `namespace "Payments": not a Kubernetes namespace`,
		},
		"a service account with spaces": {
			func(v *v) { v.ServiceAccount = "a b" }, "not a Kubernetes service account",
		},
		"a bucket's URL": {
			func(v *v) { v.Bucket = "s3://invoices" }, "not a bucket's name",
		},
		"an alias of an access point": {
			func(v *v) { v.Bucket = "invoices-abcdef1234567890-s3alias" }, "give its ARN",
		},
		"an access point of another partition": {
			func(v *v) { v.Bucket = "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/x-1" },
			"in partition aws-cn",
		},
		"an alias of a key": {
			func(v *v) { v.KMSKey = "alias/invoices" }, `kms key "alias/invoices": not the ARN of a key`,
		},
		"a key of another partition": {
			func(v *v) { v.KMSKey = "arn:aws-cn:kms:cn-north-1:111122223333:key/1" }, "in partition aws-cn",
		},
		"a cluster's ARN": {
			func(v *v) { v.Cluster = "arn:aws:eks:eu-west-1:111122223333:cluster/x" }, "not the name of an EKS cluster",
		},
		"an image with a quote": {
			func(v *v) { v.Image = `x" y` }, "not an image's name",
		},
		"an issuer without a region, and none given": {
			func(v *v) { v.Issuer = "https://kops.example.com" }, "region: missing",
		},
		"a region of no partition": {
			func(v *v) { v.Region = "mars-north-1" }, "in no known partition",
		},
		"a region across partitions": {
			func(v *v) { v.Region = "cn-north-1" }, "in partition aws-cn",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := values()
			c.change(&v)
			_, err := setup.Script(v, setup.Commands)
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "\n")
			_, err = setup.Files(v, setup.Commands)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, err := setup.Script(setup.Values{}, setup.Commands)
	require.EqualError(t, err, "setup: issuer: missing; account: missing; role: missing; namespace: missing; "+
		"service account: missing; bucket: missing")
	_, err = setup.Script(setup.Values{Issuer: "x", Account: "1", KMSKey: "k", Bucket: "B"}, setup.Commands)
	for _, says := range []string{
		`issuer "x": not an https URL`, `account "1": not 12 digits`, "role: missing", `bucket "B": not`, `kms key "k": not`,
	} {
		require.ErrorContains(t, err, says)
	}
}

func TestThePolicyIsOfTheKindOfBucket(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
	const point = "arn:aws:s3:eu-west-1:444455556666:accesspoint/invoices-read"
	const directory = "invoices--euw1-az1--x-s3"
	for name, c := range map[string]struct{ bucket, key, name, want string }{
		"a bucket whose objects a key encrypts": {"invoices", key, "s3-read-invoices", `
			{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
			{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::invoices"},
			{"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::invoices/*"},
			{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "` + key + `"}`},
		"a directory bucket": {directory, "", "s3-read-" + directory, `
			{"Effect": "Allow", "Action": "s3express:ListAllMyDirectoryBuckets", "Resource": "*"},
			{"Effect": "Allow", "Action": "s3express:CreateSession",
				"Resource": "arn:aws:s3express:eu-west-1:111122223333:bucket/` + directory + `"}`},
		"a directory bucket with a key": {directory, key, "s3-read-" + directory, `
			{"Effect": "Allow", "Action": "s3express:ListAllMyDirectoryBuckets", "Resource": "*"},
			{"Effect": "Allow", "Action": "s3express:CreateSession",
				"Resource": "arn:aws:s3express:eu-west-1:111122223333:bucket/` + directory + `"},
			{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "` + key + `"}`},
		"an access point of another account": {point, "", "s3-read-invoices-read", `
			{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
			{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "` + point + `"},
			{"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "` + point + `/object/*"}`},
	} {
		t.Run(name, func(t *testing.T) {
			v := values()
			v.Bucket, v.KMSKey = c.bucket, c.key
			files, err := setup.Files(v, setup.Commands)
			require.NoError(t, err)
			assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [`+c.want+`]}`, content(t, files, "read-policy.json"))
			assert.Contains(t, content(t, files, "1-aws.sh"), "--policy-name "+c.name+" ")
			assert.Contains(t, content(t, files, "job.yaml"), "--bucket "+c.bucket+" ")
		})
	}
}

func TestWhatEksctlHasNoPlaceForIsRefused(t *testing.T) {
	_, err := setup.Script(values(), setup.Eksctl)
	require.ErrorContains(t, err, "cluster: missing")
	require.ErrorContains(t, err, `role "teams/payments/reader": eksctl makes no roles with a path`)
	_, err = setup.Files(values(), setup.Eksctl)
	require.ErrorContains(t, err, "cluster: missing")
}
