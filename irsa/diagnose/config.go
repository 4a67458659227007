package diagnose

import (
	"errors"
	"os"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func (s *subject) roleARN() Check {
	c := Check{Name: "role"}
	if s.role == "" {
		c.Result, c.Detail = Skipped, "no role is named"
		return c
	}
	role, err := partition.ParseRoleARN(s.role)
	if err != nil {
		c.Result, c.Detail = Fail, err.Error()
		c.Fix = paste("The webhook injects what the annotation says, right or wrong. Correct it, and recreate the pod:",
			s.pod().SetRole(mended(s.role)), s.pod().Recreate())
		return c
	}
	c.Detail = s.role
	if _, known := partition.ByID(role.Partition); !known {
		c.Detail += " (not of AWS)"
	}
	return c
}

// mended is the ARN that a misspelt one was meant to be; "" where that can't be told.
func mended(arn string) string {
	m := misspelt.FindStringSubmatch(strings.TrimSpace(arn))
	if m == nil {
		return ""
	}
	meant := "arn:" + m[1] + ":iam::" + m[2] + ":role/" + m[3]
	if _, err := partition.ParseRoleARN(meant); err != nil {
		return ""
	}
	return meant
}

// What can be told is what has a partition, an account and a name, however many
// colons and spaces there are.
var misspelt = regexp.MustCompile(`(?i)^arn:\s*(aws[a-z-]*)\s*:+\s*iam\s*:+\s*(\d{12})\s*:*\s*role\s*/+\s*(\S+)$`)

// region checks that there is one, and says where it came from.
func (s *subject) region() Check {
	c := Check{Name: "region"}
	issuer, eks := partition.Issuer{}, false
	if s.token != nil {
		issuer, eks = partition.ParseIssuer(s.token.Issuer)
	}
	from, region := s.regionVariable(), s.cfg.Region
	if s.loadErr != nil {
		region = os.Getenv(from)
	}
	switch {
	case region != "" && from != "":
		c.Detail = region + ", from " + from
		if _, known := partition.OfRegion(region); !known && eks {
			c.Result, c.Detail = Warn, c.Detail+": AWS names no region so"
			c.Fix = paste("The cluster is in "+issuer.Region+". If that is the one:", s.pod().SetEnv(from+"="+issuer.Region))
		}
	case region != "" && eks && region == issuer.Region:
		c.Detail = region + ", from the token's issuer: AWS_REGION is not set"
	case region != "":
		c.Detail = region + ", from the shared config file"
	case s.role == "" && s.file == "":
		c.Result, c.Detail = Skipped, "none: the webhook injects it along with the role"
	case s.loadErr != nil && !errors.Is(s.loadErr, irsa.ErrRegion):
		c.Result, c.Detail = Skipped, "the config does not load"
	default:
		c.Result, c.Detail = Fail, "there is none in AWS_REGION, AWS_DEFAULT_REGION or a profile, and the token's issuer does not tell"
		c.Fix = paste("Set it in the pod spec:", s.pod().SetEnv("AWS_REGION="+kubectl.Word("", "REGION")))
	}
	return c
}

func (s *subject) regionVariable() string {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// partitions checks that role, region and issuer are of one partition: IAM of one
// partition knows nothing of another.
func (s *subject) partitions() Check {
	c := Check{Name: "partition"}
	found := map[string]string{} // by what said so
	var order []string
	add := func(what string, p partition.Partition, ok bool) {
		if ok {
			found[what] = p.ID
			order = append(order, what)
		}
	}
	if role, err := partition.ParseRoleARN(s.role); err == nil {
		p, ok := partition.ByID(role.Partition)
		add("role", p, ok)
	}
	region := s.cfg.Region
	if region == "" {
		region = s.env.Region
	}
	p, ok := partition.OfRegion(region)
	add("region", p, ok)
	if s.token != nil {
		issuer, ok := partition.ParseIssuer(s.token.Issuer)
		add("issuer", issuer.Partition, ok)
	}
	if len(order) < 2 {
		c.Result, c.Detail = Skipped, "fewer than two of role, region and issuer name one"
		return c
	}
	var says []string
	for _, what := range order {
		says = append(says, what+" "+found[what])
		if found[what] != found[order[0]] {
			c.Result = Fail
			c.Fix = paste("Role, region and cluster must be in the same partition. Correct the one that is not meant; where it is the role:",
				s.pod().SetRole(""), s.pod().Recreate())
		}
	}
	c.Detail = strings.Join(says, ", ")
	if c.Result == OK {
		c.Detail = found[order[0]]
	}
	return c
}

func (s *subject) stsEndpoint() Check {
	c := Check{Name: "sts endpoint"}
	switch {
	case s.endpoint == nil:
		c.Result, c.Detail = Skipped, "it is not known: "+s.endpointErr.Error()
	case s.endpoint.Host == "":
		c.Result, c.Detail = Fail, "what names the endpoint is no URL: there is no host in it"
		c.Fix = s.leaveEndpoint("It would begin with https:// and the host. ", "")
	default:
		c.Detail = s.endpoint.Host
	}
	if strings.EqualFold(s.env.STSRegionalEndpoints, "legacy") {
		c.Detail += "; AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"
	}
	return c
}
