package partition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

func TestEachRegionBelongsToOnePartition(t *testing.T) {
	for region, id := range map[string]string{
		"us-east-1": "aws", "eu-west-1": "aws", "mx-central-1": "aws", "ap-southeast-5": "aws", "il-central-1": "aws",
		"cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn",
		"us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
	} {
		p, ok := partition.OfRegion(region)
		require.True(t, ok, region)
		assert.Equal(t, id, p.ID, region)
		back, ok := partition.ByID(id)
		require.True(t, ok)
		assert.Equal(t, p, back)
		own, ok := partition.OfRegion(p.DefaultRegion)
		require.True(t, ok, "the default region of %s", p.ID)
		assert.Equal(t, p.ID, own.ID)
	}
	for _, region := range []string{"", "us-east", "mars-north-1", "US-EAST-1", "us-east-1.", "aws-global"} {
		_, ok := partition.OfRegion(region)
		assert.False(t, ok, "%q", region)
	}
	_, ok := partition.ByID("minio")
	assert.False(t, ok)
}

func TestAWSHostsAreDistinguishedFromOthers(t *testing.T) {
	for _, host := range []string{
		"sts.eu-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn", "sts.eu-west-1.api.aws",
		"STS.us-east-1.amazonaws.com.",
		"sts.us-iso-east-1.c2s.ic.gov", "sts.eusc-de-east-1.amazonaws.eu", "vpce-1.sts.us-east-1.vpce.amazonaws.com",
	} {
		assert.True(t, partition.IsAWSHost(host), host)
	}
	for _, host := range []string{
		"", "amazonaws.com", "evilamazonaws.com", "sts.amazonaws.com.evil.example",
		"minio.local", "127.0.0.1", "api.aws",
	} {
		assert.False(t, partition.IsAWSHost(host), host)
	}
}

func TestOptInRegionsAreDistinguishedFromThoseThatEveryAccountHas(t *testing.T) {
	for _, region := range []string{"af-south-1", "ap-east-1", "eu-south-2", "il-central-1", "mx-central-1"} {
		assert.True(t, partition.OptIn(region), region)
	}
	for _, region := range []string{
		"us-east-1", "eu-west-1", "ap-northeast-3", "cn-north-1",
		"us-gov-west-1", "eusc-de-east-1", "nowhere", "",
	} {
		assert.False(t, partition.OptIn(region), region)
	}
}

func TestHostsOfSTSAreToldFromWhatCustomersOwn(t *testing.T) {
	for _, host := range []string{
		"sts.amazonaws.com", "sts.eu-west-1.amazonaws.com", "STS.us-east-1.amazonaws.com.",
		"sts-fips.us-east-1.amazonaws.com",
		"sts.eu-west-1.api.aws", "sts-fips.us-east-1.api.aws", "sts.cn-north-1.amazonaws.com.cn",
		"sts.us-gov-west-1.amazonaws.com", "sts.us-iso-east-1.c2s.ic.gov", "sts.eusc-de-east-1.amazonaws.eu",
		"vpce-0123-ab.sts.us-east-1.vpce.amazonaws.com", "vpce-1.sts.cn-north-1.vpce.amazonaws.com.cn",
	} {
		assert.True(t, partition.IsSTSHost(host), host)
	}
	for _, host := range []string{
		"", "amazonaws.com", "sts", "sts.evil.example", "sts.eu-west-1.amazonaws.com.evil.example",
		"mine.s3.eu-west-1.amazonaws.com", "sts.s3.amazonaws.com", "sts.s3.eu-west-1.amazonaws.com",
		"s3.eu-west-1.amazonaws.com",
		"abc.execute-api.eu-west-1.amazonaws.com", "sts-1.eu-west-1.elb.amazonaws.com", "sts.mars-1.amazonaws.com",
		"vpce-1.vpce-svc-2.us-east-1.vpce.amazonaws.com", "sts.cn-north-1.amazonaws.com",
		"x.sts.eu-west-1.amazonaws.com",
		"sts.api.aws", "sts.amazonaws.com.cn", "evilsts.eu-west-1.amazonaws.com", "\uff53ts.eu-west-1.amazonaws.com",
	} {
		assert.False(t, partition.IsSTSHost(host), host)
	}
}

func TestRegionsWhereSTSHasAFIPSEndpoint(t *testing.T) {
	for _, region := range []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-west-1",
		"us-iso-east-1"} {
		assert.True(t, partition.HasSTSFIPS(region), region)
	}
	for _, region := range []string{"eu-west-1", "ca-central-1", "ap-south-1", "cn-north-1", "eusc-de-east-1"} {
		assert.False(t, partition.HasSTSFIPS(region), region)
	}
}

func TestTheServiceOfAnInterfaceEndpointIsNamedByItsRegion(t *testing.T) {
	assert.Equal(t, "com.amazonaws.eu-west-1.sts", partition.STSService("eu-west-1"))
	assert.Equal(t, "cn.com.amazonaws.cn-north-1.sts", partition.STSService("cn-north-1"))
}

func TestTheIssuerOfAnEKSClusterNamesItsRegion(t *testing.T) {
	const id = "EXAMPLED539D4633E53DE1B71EXAMPLE"
	for url, want := range map[string]struct{ region, partition string }{
		"https://oidc.eks.eu-west-1.amazonaws.com/id/" + id:                 {"eu-west-1", "aws"},
		"https://oidc.eks.eu-west-1.amazonaws.com/id/" + id + "/":           {"eu-west-1", "aws"},
		"https://oidc.eks.cn-north-1.amazonaws.com.cn/id/" + id:             {"cn-north-1", "aws-cn"},
		"https://oidc.eks.us-gov-west-1.amazonaws.com/id/" + id:             {"us-gov-west-1", "aws-us-gov"},
		"https://oidc-eks.eu-west-1.api.aws/id/" + id:                       {"eu-west-1", "aws"},
		"https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/" + id: {"cn-north-1", "aws-cn"},
		"https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/" + id:             {"eusc-de-east-1", "aws-eusc"},
	} {
		got, ok := partition.ParseIssuer(url)
		require.True(t, ok, url)
		assert.Equal(t, want.region, got.Region, url)
		assert.Equal(t, want.partition, got.Partition.ID, url)
		assert.Equal(t, id, got.ID, url)
	}
	for _, url := range []string{
		"", "https://kubernetes.default.svc", "http://oidc.eks.eu-west-1.amazonaws.com/id/" + id,
		"https://oidc.eks.eu-west-1.amazonaws.com/" + id, "https://oidc.eks.mars-1.amazonaws.com/id/" + id,
		"https://oidc.eks.eu-west-1.amazonaws.com.evil.example/id/" + id,
		"https://oidc.eks.cn-north-1.amazonaws.com/id/" + id,
		"https://oidc.eks.eu-west-1.api.aws/id/" + id, "https://bucket.s3.eu-west-1.amazonaws.com/cluster",
	} {
		_, ok := partition.ParseIssuer(url)
		assert.False(t, ok, url)
	}
}

func TestAProviderIsNamedByTheIssuerByteForByte(t *testing.T) {
	assert.Equal(t, "arn:aws-cn:iam::111122223333:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/A",
		partition.ProviderARN("aws-cn", "111122223333", "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/A"))
	for issuer, want := range map[string]string{
		"https://tenant.example.com":    "tenant.example.com",
		"https://tenant.example.com/":   "tenant.example.com/",
		"https://tenant.example.com//":  "tenant.example.com//",
		"https://Tenant.example.com/A":  "Tenant.example.com/A",
		"https://http://a.example.com/": "http://a.example.com/",
		"http://127.0.0.1:8080/":        "127.0.0.1:8080/",
		"HTTPS://a.example.com":         "HTTPS://a.example.com",
		"":                              "",
	} {
		assert.Equal(t, want, partition.ProviderName(issuer), issuer)
	}
}

func TestARoleARNIsSplitIntoItsPartsOrRejected(t *testing.T) {
	for arn, want := range map[string]partition.RoleARN{
		"arn:aws:iam::111122223333:role/reader": {Partition: "aws", Account: "111122223333", Name: "reader"},
		"arn:aws-cn:iam::111122223333:role/teams/pay/reader": {
			Partition: "aws-cn", Account: "111122223333", Name: "teams/pay/reader",
		},
		"arn:aws-new:iam::111122223333:role/a_b+c=d,e.f@g-h": {
			Partition: "aws-new", Account: "111122223333", Name: "a_b+c=d,e.f@g-h",
		},
		"arn:minio:iam:::role/bWluaW8tcm9sZQ": {Partition: "minio", Name: "bWluaW8tcm9sZQ"},
	} {
		got, err := partition.ParseRoleARN(arn)
		require.NoError(t, err, arn)
		assert.Equal(t, want, got, arn)
	}
	for arn, why := range map[string]string{
		"": "not 20 to 2048", "arn:aws:iam::1:role/x": "12 digits", strings.Repeat("a", 2049): "not 20 to 2048",
		"arn:aws:iam::::111122223333:role/reader": "colon too many",
		"arn:aws:iam::111122223333:user/reader":   "no role",
		"arn:aws:iam::111122223333:role/":         "no role",
		"arn:aws:iam::111122223333:role/reader/":  "characters",
		"arn:aws:sts::111122223333:role/reader":   "not iam",
		"arn:aws:iam::111122223333:role/rea der":  "characters",
		"arn:aws:iam::111122223333:role/reader\n": "characters",
		"ARN:aws:iam::111122223333:role/reader":   "form",
		"payments-reader-role-in-some-account":    "form",
	} {
		_, err := partition.ParseRoleARN(arn)
		require.Error(t, err, arn)
		assert.Contains(t, err.Error(), why, arn)
		assert.NotContains(t, err.Error(), "\n")
	}
}

func TestTheBaseNameOfARoleHasNoPath(t *testing.T) {
	for name, want := range map[string]string{
		"reader":                "reader",
		"teams/payments/reader": "reader",
		"teams/payments/":       "",
		"":                      "",
	} {
		assert.Equal(t, want, partition.RoleARN{Name: name}.BaseName(), "%q", name)
	}
	r, err := partition.ParseRoleARN("arn:aws:iam::111122223333:role/teams/payments/reader")
	require.NoError(t, err)
	assert.Equal(t, "reader", r.BaseName())
}

func FuzzParseRoleARN(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:role/reader")
	f.Add("arn:minio:iam:::role/x234567890")
	f.Fuzz(func(t *testing.T, arn string) {
		r, err := partition.ParseRoleARN(arn)
		if err != nil {
			return
		}
		require.True(t, strings.HasPrefix(arn, "arn:"+r.Partition+":"))
		require.True(t, strings.HasSuffix(arn, ":"+r.Account+":role/"+r.Name))
		require.True(t, strings.HasSuffix(r.Name, r.BaseName()))
		require.NotContains(t, r.BaseName(), "/")
	})
}

func FuzzParseIssuer(f *testing.F) {
	f.Add("https://oidc.eks.eu-west-1.amazonaws.com/id/A")
	f.Fuzz(func(t *testing.T, url string) {
		i, ok := partition.ParseIssuer(url)
		if !ok {
			return
		}
		_, known := partition.OfRegion(i.Region)
		require.True(t, known)
		require.True(t, partition.IsAWSHost(strings.Split(strings.TrimPrefix(url, "https://"), "/")[0]))
	})
}
