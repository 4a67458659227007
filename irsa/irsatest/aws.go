package irsatest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// AWSOptions say which AWS to make. The zero AWSOptions are a service account "default" in the
// namespace "default" of a cluster in eu-west-1, whose pods may assume one role.
type AWSOptions struct {
	Region  string // of the cluster, STS, the buckets and the pod; default "eu-west-1"
	RoleARN string // default "arn:aws:iam::111122223333:role/service", in the region's partition
	Claims  Claims // of the pod's tokens: its namespace, service account and name

	// PodIdentity gives the pod its role by EKS Pod Identity instead of a web identity.
	PodIdentity bool

	// Hosts are further hosts that clients reach, as for the function [Client]: a fake of another
	// service, say. They take precedence.
	Hosts map[string]http.Handler
}

// An AWS is a cluster with one pod, and the part of AWS that the pod needs, which know each other:
// STS trusts the issuer, the role admits the pod's service account by a web identity and by an
// association, S3 authorizes the sessions of STS, and all are in one region. Make one with [NewAWS]
// or [WriteAWS], or of parts: STS and S3 are required, the others may be nil. Its methods are safe
// for concurrent use.
type AWS struct {
	Issuer      *Issuer
	STS         *STS
	PodIdentity *PodIdentity
	S3          *s3readtest.Server
	Pod         *Pod

	// RoleARN is the pod's role.
	RoleARN string

	hosts map[string]http.Handler
}

// WriteAWS makes an AWS with a pod whose files are below dir, which must exist. The environment is
// left as it is: see [Pod.Setenv] and [Pod.Env].
func WriteAWS(dir string, options AWSOptions) (*AWS, error) {
	region := cmp.Or(options.Region, "eu-west-1")
	part, ok := partition.OfRegion(region)
	if !ok {
		return nil, fmt.Errorf("make aws: %q is no region", region)
	}
	// The id is a cluster's own: two AWSes are two clusters. ES256 keys take a thousandth of the
	// time that EKS's RSA keys take to make.
	issuer := NewIssuer("https://oidc.eks." + region + "." + part.DNSSuffix + "/id/" + strings.ToUpper(newID(32)))
	issuer.Algorithm = "ES256"
	a := &AWS{
		Issuer: issuer, STS: new(STS),
		RoleARN: cmp.Or(options.RoleARN, "arn:"+part.ID+":iam::111122223333:role/service"),
		hosts:   options.Hosts,
	}
	a.PodIdentity = &PodIdentity{STS: a.STS, Issuer: issuer}
	a.S3 = &s3readtest.Server{Region: region, Authorize: a.STS.Authorize}
	if err := a.trust(options.Claims); err != nil {
		return nil, fmt.Errorf("make aws: %w", err)
	}
	var err error
	a.Pod, err = WritePod(dir, PodOptions{
		Issuer: issuer, RoleARN: a.RoleARN, Claims: options.Claims, Region: region, PodIdentity: options.PodIdentity,
	})
	if err != nil {
		return nil, fmt.Errorf("make aws: %w", err)
	}
	return a, nil
}

// trust adds the role, which the service account gets in both ways.
func (a *AWS) trust(c Claims) error {
	arn, err := partition.SplitRoleARN(a.RoleARN)
	if err != nil {
		return err
	}
	name := partition.ProviderName(a.Issuer.URL())
	a.STS.AddProvider(OIDCProvider{Issuer: a.Issuer})
	err = a.STS.AddRole(Role{ARN: a.RoleARN, TrustPolicy: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Federated":%q},"Action":"sts:AssumeRoleWithWebIdentity",
		 "Condition":{"StringEquals":{%q:%q,%q:%q}}},
		{"Effect":"Allow","Principal":{"Service":%q},"Action":["sts:AssumeRole","sts:TagSession"]}]}`,
		partition.ProviderARN(arn.Partition, arn.Account, a.Issuer.URL()),
		name+":aud", DefaultAudience, name+":sub", c.Subject(), podIdentityAudience)})
	if err != nil {
		return err
	}
	return a.PodIdentity.Associate(Association{
		Namespace: c.Namespace, ServiceAccount: c.ServiceAccount, RoleARN: a.RoleARN,
	})
}

// NewAWS makes an AWS for a test, and lets the test run in its pod, as [NewPod] does: the pod's
// variables are set, every other that begins with AWS_ is unset, AWS_CA_BUNDLE too. It works inside
// a testing/synctest bubble, and can't be used in parallel tests.
func NewAWS(t testing.TB, options AWSOptions) *AWS {
	t.Helper()
	a, err := WriteAWS(podDir(t), options)
	if err != nil {
		t.Fatalf("irsatest: %v", err)
	}
	a.Pod.enter(t)
	return a
}

// Client returns an HTTP client that reaches all of it by AWS's own host names, in memory, as the
// function [Client]'s does: STS and S3 in every region and every form of their names, the agent by
// its addresses, and the issuer. Other names don't resolve. Faults that concern connections happen
// to the one that they were injected into.
func (a *AWS) Client() *http.Client { return memnet.ClientOf(a.hosts, a.host) }

// host is who answers at a host, nil for nobody.
func (a *AWS) host(name string) http.Handler {
	if a.Issuer != nil {
		if issuer, err := url.Parse(a.Issuer.URL()); err == nil && name == issuer.Hostname() {
			return a.Issuer
		}
	}
	if a.PodIdentity != nil && (name == agentHosts[0] || name == agentHosts[1]) {
		return a.PodIdentity
	}
	at := endpointOf(name)
	switch {
	case at.service == "sts":
		return a.STS
	case at.service == "s3", at.express:
		return a.S3
	}
	return nil
}

// LoadOptions is an option of irsa.LoadConfig, and of the SDK's config.LoadDefaultConfig: it makes
// the config, and where it fetches credentials from the agent, use [AWS.Client].
//
//	cfg, err := irsa.LoadConfig(ctx, cloud.LoadOptions)
func (a *AWS) LoadOptions(o *config.LoadOptions) error {
	client := a.Client()
	if err := config.WithHTTPClient(client)(o); err != nil {
		return err
	}
	return config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = client })(o)
}

// Wait ends the requests that faults have stall, and returns when none is in flight: see
// [STS.Wait].
func (a *AWS) Wait() {
	a.STS.Wait()
	if a.PodIdentity != nil {
		a.PodIdentity.Wait()
	}
	a.S3.Wait()
}
