package embedded

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A Case is something that can be wrong with a pod's identity.
type Case struct {
	Name  string
	Shows string // in a few words

	// ByHand are the report's words for what somebody has to do who is at no
	// command line, as Mend does. Empty: a command of the report mends it.
	ByHand string

	breaks, mends func(*Cloud) error
}

// Cases returns all that Start can break, in the order in which a pod gets its identity.
func Cases() []Case { return slices.Clone(cases) }

func find(name string) (Case, error) {
	if name == "" {
		return Case{breaks: func(*Cloud) error { return nil }}, nil
	}
	for _, k := range cases {
		if k.Name == name {
			return k, nil
		}
	}
	return Case{}, fmt.Errorf("no case %q", name)
}

// Mend does what the words ByHand ask for.
func (c *Cloud) Mend() error {
	if c.broken.mends == nil {
		return fmt.Errorf("mend %s: a command does it", c.broken.Name)
	}
	if err := c.broken.mends(c); err != nil {
		return fmt.Errorf("mend %s: %w", c.broken.Name, err)
	}
	return c.apply()
}

// set is a case in which the pod's spec sets a variable.
func set(name, value string) func(*Cloud) error {
	return is(func(c *Cloud) { c.spec.env[name] = value })
}

// annotated is a case in which the service account has another annotation; "" none.
func annotated(name, value string) func(*Cloud) error {
	return is(func(c *Cloud) { c.serviceAccounts[c.spec.serviceAccount][name] = value })
}

// owns is a case in which the pod's spec names a role, and a token that lies
// somewhere else.
func owns(content func(*Cloud) string) func(*Cloud) error {
	const name = "/var/run/secrets/tokens/aws"
	return is(func(c *Cloud) {
		c.spec.files[filepath.FromSlash(name)] = content(c)
		c.spec.env["AWS_ROLE_ARN"] = roleARN
		c.spec.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = filepath.Join(c.root, name)
	})
}

// projected is a token that a volume of the spec's own projects.
func projected(c *Cloud) string { return c.issuer.Token(c.claims(irsatest.DefaultAudience)) }

// is is a case in which something is as f makes it.
func is(f func(*Cloud)) func(*Cloud) error {
	return func(c *Cloud) error {
		f(c)
		return nil
	}
}

// aged is a case in which the pod's token was issued so long ago.
func aged(age time.Duration) func(*Cloud) error { return is(func(c *Cloud) { c.age = age }) }

// befalls is a case in which STS answers with this fault.
func befalls(f irsatest.Fault) func(*Cloud) error {
	return is(func(c *Cloud) { c.fault = f })
}

// passes is how such a case ends.
var passes = befalls(irsatest.Fault{})

// trustsOther is a case in which the role's trust policy is for another issuer or subject.
func trustsOther(issuer, subject string) func(*Cloud) error {
	return is(func(c *Cloud) { c.roles[0].TrustPolicy = trusts(roleARN, issuer, subject) })
}

// associated is an EKS Pod Identity association.
func associated(c *Cloud) { c.association = true }

// outsideEKS is a cluster that names no region.
func outsideEKS(c *Cloud) {
	const url = "https://cluster.example.com"
	c.issuer, c.region = irsatest.NewIssuer(url), ""
	c.providers[0].Issuer = c.issuer
	c.roles[0].TrustPolicy = trusts(roleARN, url, subject)
}

// otherAccount is a role in an account that knows nothing of the cluster.
func otherAccount(c *Cloud) {
	const arn = "arn:aws:iam::444455556666:role/payments-reader"
	c.roles[0] = irsatest.Role{ARN: arn, TrustPolicy: trusts(arn, issuerURL, subject)}
	c.serviceAccounts[serviceAccount][roleAnnotation] = arn
}

// both runs one after the other.
func both(breaks ...func(*Cloud) error) func(*Cloud) error {
	return func(c *Cloud) error {
		var errs []error
		for _, b := range breaks {
			errs = append(errs, b(c))
		}
		return errors.Join(errs...)
	}
}

// closedPort is an address where nobody listens: one that was just given back.
func closedPort(c *Cloud) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.spec.env["AWS_ENDPOINT_URL_STS"] = "http://" + l.Addr().String()
	return l.Close()
}

// private is a network in which AWS's own name for STS has no address.
func private(c *Cloud) error {
	c.stsURL = ""
	return c.resolveNothing()
}

// untrusted is an STS with a certificate of nobody's.
func untrusted(c *Cloud) error {
	address, err := c.serveTLS()
	c.stsURL = "https://" + address
	return err
}

// proxied is a network whose only way to STS is a proxy that doesn't let the pod through.
func proxied(c *Cloud) error {
	address, err := c.serveTLS()
	if err != nil {
		return err
	}
	c.stsURL = "https://sts.example.com"
	c.spec.env["AWS_CA_BUNDLE"] = c.caFile()
	c.spec.env["HTTPS_PROXY"], err = c.serveProxy(address)
	return err
}
