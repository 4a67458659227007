package diagnose

import (
	"errors"
	"os"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// roleARN checks the form of the role's ARN. The webhook only warns of a malformed one in its own
// log, and injects it (amazon-eks-pod-identity-webhook, pkg/cache).
func (e *evidence) roleARN() Check {
	c := Check{Name: "role"}
	if e.role == "" {
		c.Result, c.Detail = Skipped, "no role is named"
		return c
	}
	role, err := partition.ParseRoleARN(e.role)
	switch _, split := partition.SplitRoleARN(e.role); {
	case err != nil && split == nil && e.endpoint != nil && !partition.IsSTSHost(e.endpoint.Hostname()):
		c.Detail = e.role + " (not one of IAM's: for " + e.endpoint.Host + " to judge)"
		return c
	case err != nil:
		c.Result, c.Detail = Fail, err.Error()
		c.Fix = e.fix(advice.RoleARN)
		return c
	}
	c.Detail = e.role
	if _, known := partition.ByID(role.Partition); !known {
		c.Detail += " (not of AWS)"
	}
	return c
}

// region checks that there is a region, and says where it is from.
func (e *evidence) region() Check {
	c := Check{Name: "region"}
	issuer, eks := partition.Issuer{}, false
	if e.token != nil {
		issuer, eks = partition.ParseIssuer(e.token.Issuer)
	}
	from, region := e.regionVariable(), e.cfg.Region
	// Without a config only the environment is known.
	if e.loadErr != nil {
		region = os.Getenv(from)
	}
	switch {
	case region != "" && from != "":
		c.Detail = region + ", from " + from
		// Other stores (MinIO, Garage) have regions of any name; a cluster on EKS needs one of
		// AWS's.
		if _, known := partition.OfRegion(region); !known && eks {
			c.Result, c.Detail = Warn, c.Detail+": AWS has no region of this name"
			c.Fix = e.fixOf(advice.RegionMisspelt, from)
		}
	case region != "" && eks && region == issuer.Region:
		c.Detail = region + ", from the token's issuer: AWS_REGION is not set"
	case region != "":
		c.Detail = region + ", from the shared config file"
	case e.role == "" && e.file == "":
		c.Result, c.Detail = Skipped, "none: the webhook injects it along with the role"
	case e.loadErr != nil && !errors.Is(e.loadErr, irsa.ErrRegion):
		c.Result, c.Detail = Skipped, "the config does not load"
	default:
		c.Result = Fail
		c.Detail = "there is none in AWS_REGION, AWS_DEFAULT_REGION or a profile, and the token's issuer does not tell"
		c.Fix = e.fix(advice.NoRegion)
	}
	return c
}

// regionVariable returns the variable that sets the region, in the SDK's order; "" where none does.
func (e *evidence) regionVariable() string {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// partitions checks that role and region are of one AWS partition: partitions (aws, aws-cn,
// aws-us-gov, …) share no accounts. The issuer may be of another one.
func (e *evidence) partitions() Check {
	c := Check{Name: "partition"}
	found := map[string]string{} // the partition that each of them names
	var order []string
	add := func(what string, p partition.Partition, ok bool) {
		if ok {
			found[what] = p.ID
			order = append(order, what)
		}
	}
	if role, err := partition.ParseRoleARN(e.role); err == nil {
		p, ok := partition.ByID(role.Partition)
		add("role", p, ok)
	}
	region := e.cfg.Region
	if region == "" {
		region = e.env.Region
	}
	p, ok := partition.OfRegion(region)
	add("region", p, ok)
	if e.token != nil {
		issuer, ok := partition.ParseIssuer(e.token.Issuer)
		add("issuer", issuer.Partition, ok)
	}
	if len(order) < 2 {
		c.Result, c.Detail = Skipped, "fewer than two of role, region and issuer name one"
		return c
	}
	var says []string
	for _, what := range order {
		says = append(says, what+" "+found[what])
	}
	differ := func(a, b string) bool { return found[a] != "" && found[b] != "" && found[a] != found[b] }
	switch {
	case differ("role", "region"):
		c.Result, c.Fix = Fail, e.fix(advice.Partitions)
	case differ("role", "issuer"), differ("region", "issuer"):
		// The role's account may have the issuer as an identity provider: issuers are public.
		c.Result, c.Fix = Warn, e.fix(advice.ForeignIssuer)
	}
	c.Detail = strings.Join(says, ", ")
	if c.Result == OK {
		c.Detail = found[order[0]]
	}
	return c
}

// stsEndpoint says where the exchange is sent.
func (e *evidence) stsEndpoint() Check {
	c := Check{Name: "sts endpoint"}
	switch {
	case e.asksAgent():
		c.Result, c.Detail = Skipped, "none is needed: the credentials are the container's"
	case e.endpoint == nil:
		c.Result, c.Detail = Skipped, "it is not known: "+e.endpointErr.Error()
	case e.endpoint.Host == "":
		c.Result, c.Detail = Fail, "what names the endpoint is not a URL: it has no host"
		c.Fix = e.fix(advice.EndpointURL)
	default:
		c.Detail = e.endpoint.Host
	}
	// Other SDKs send it to sts.amazonaws.com then. aws-sdk-go-v2 does not read the variable.
	if strings.EqualFold(e.env.STSRegionalEndpoints, "legacy") {
		c.Detail += "; AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"
	}
	return c
}
