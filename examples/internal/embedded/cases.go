package embedded

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A Case is something that can be wrong with a pod's identity.
type Case struct {
	Name  string
	Shows string // in a few words

	// ByHand is empty where a command of the report repairs the case. Otherwise it is a part of
	// the report's text that says what to do without a command, which FixByHand then does.
	ByHand string

	breaks, fixes change
}

// A change changes the Cloud's desired state, or fails.
type change func(*Cloud) error

// Cases returns all cases, in the order of the steps by which a pod gets its identity.
func Cases() []Case { return slices.Clone(cases) }

func find(name string) (Case, error) {
	if name == "" {
		return Case{breaks: all()}, nil
	}
	for _, k := range cases {
		if k.Name == name {
			return k, nil
		}
	}
	return Case{}, fmt.Errorf("no case %q", name)
}

// FixByHand does what the case's ByHand asks for.
func (c *Cloud) FixByHand() error {
	if c.broken.fixes == nil {
		return fmt.Errorf("fix %s: a command does it", c.broken.Name)
	}
	if err := c.broken.fixes(c); err != nil {
		return fmt.Errorf("fix %s: %w", c.broken.Name, err)
	}
	return c.apply()
}

// do is a change that cannot fail.
func do(f func(*Cloud)) change {
	return func(c *Cloud) error {
		f(c)
		return nil
	}
}

// all makes several changes, one after the other.
func all(changes ...change) change {
	return func(c *Cloud) error {
		var errs []error
		for _, change := range changes {
			errs = append(errs, change(c))
		}
		return errors.Join(errs...)
	}
}

// setEnv sets a variable in the pod's spec.
func setEnv(name, value string) change {
	return do(func(c *Cloud) { c.spec.env[name] = value })
}

// annotate changes an annotation of the service account; "" removes its effect.
func annotate(name, value string) change {
	return do(func(c *Cloud) { c.serviceAccounts[c.spec.serviceAccount][name] = value })
}

// ownToken makes the pod's spec name the role and a token file of its own.
func ownToken(content func(*Cloud) string) change {
	const name = "/var/run/secrets/tokens/aws"
	return do(func(c *Cloud) {
		c.spec.files[filepath.FromSlash(name)] = content(c)
		c.spec.env["AWS_ROLE_ARN"] = roleARN
		c.spec.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = filepath.Join(c.root, name)
	})
}

// validToken is what a projected volume of the spec's own would hold.
func validToken(c *Cloud) string { return c.token(irsatest.DefaultAudience) }

// subjectlessToken is valid, but names no service account.
func subjectlessToken(c *Cloud) string {
	claims := c.claims(irsatest.DefaultAudience)
	claims.Set = map[string]any{"sub": nil}
	return c.issuer.Token(claims)
}

// tokenAge makes the pod's token one that was issued so long ago.
func tokenAge(age time.Duration) change { return do(func(c *Cloud) { c.age = age }) }

// stsFault makes STS answer every request with a fault; the zero Fault ends that.
func stsFault(f irsatest.Fault) change { return do(func(c *Cloud) { c.fault = f }) }

var stsRecovers = stsFault(irsatest.Fault{})

// trustOnly makes the role's trust policy admit another issuer or subject, and not the pod.
func trustOnly(issuer, subject string) change {
	return do(func(c *Cloud) { c.roles[0].TrustPolicy = trustPolicy(roleARN, issuer, subject) })
}

// associate adds an EKS Pod Identity association.
var associate = do(func(c *Cloud) { c.association = true })

// trustOfWebIdentity makes the association's role one that trusts the service account's web
// identity alone; trustOfPodIdentity is what it should be.
var (
	trustOfWebIdentity = do(func(c *Cloud) {
		c.roles = append(c.roles, irsatest.Role{
			ARN: agentRole, TrustPolicy: trustPolicy(agentRole, issuerURL, subject),
		})
	})
	trustOfPodIdentity = do(func(c *Cloud) { c.roles = c.roles[:1] })
)

// outsideEKS makes the cluster one whose issuer names no region.
func outsideEKS(c *Cloud) {
	const url = "https://cluster.example.com"
	c.issuer, c.region = irsatest.NewIssuer(url), ""
	c.providers[0].Issuer = c.issuer
	c.roles[0].TrustPolicy = trustPolicy(roleARN, url, subject)
}

// roleInOtherAccount moves the role to an account that has no provider for the cluster.
func roleInOtherAccount(c *Cloud) {
	const arn = "arn:aws:iam::444455556666:role/payments-reader"
	c.roles[0] = irsatest.Role{ARN: arn, TrustPolicy: trustPolicy(arn, issuerURL, subject)}
	c.serviceAccounts[serviceAccount][roleAnnotation] = arn
}

// closedPort names an endpoint for STS at which nothing listens.
func closedPort(c *Cloud) error {
	address, err := c.refusingAddress()
	c.spec.env["AWS_ENDPOINT_URL_STS"] = "http://" + address
	return err
}

// isolated makes the network one in which AWS's name for STS has no address.
func isolated(c *Cloud) error {
	c.stsURL = ""
	return c.resolveNothing()
}

// untrustedCertificate puts STS behind a certificate that the pod has no reason to trust.
func untrustedCertificate(c *Cloud) error {
	address, err := c.serveTLS()
	c.stsURL = "https://" + address
	return err
}

// proxied makes a proxy the only way to STS, and the proxy refuses it.
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
