package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A Case is something that can be wrong with a pod's identity.
type Case struct {
	Name   string
	Shows  string // in a few words
	breaks func(*Cloud) error
}

// Cases returns all that Start can break, in the order in which a pod gets its identity.
func Cases() []Case { return slices.Clone(cases) }

func (c *Cloud) breakBy(name string) error {
	if name == "" {
		return nil
	}
	for _, k := range cases {
		if k.Name == name {
			return k.breaks(c)
		}
	}
	return fmt.Errorf("no case %q", name)
}

// stsFault is a case in which STS answers with this fault.
func stsFault(f irsatest.Fault) func(*Cloud) error {
	return func(c *Cloud) error {
		c.sts.SetFault(f)
		return nil
	}
}

// variable is a case in which an environment variable has this value; none: is not set.
func variable(name string, value ...string) func(*Cloud) error {
	return func(c *Cloud) error {
		delete(c.env, name)
		for _, v := range value {
			c.env[name] = v
		}
		return nil
	}
}

// token is a case in which the token has other claims.
func token(change func(*irsatest.Claims)) func(*Cloud) error {
	return func(c *Cloud) error {
		changed := claims
		change(&changed)
		return c.remake(issuer(), changed)
	}
}

// remake gives the pod tokens of an issuer that STS knows, and of other claims.
func (c *Cloud) remake(issuer *irsatest.Issuer, claims irsatest.Claims) error {
	c.sts.AddProvider(irsatest.Provider{Issuer: issuer})
	kept := c.env
	if err := c.makePod(issuer, kept["AWS_ENDPOINT_URL_STS"], claims); err != nil {
		return err
	}
	c.env["AWS_ENDPOINT_URL_S3"] = kept["AWS_ENDPOINT_URL_S3"]
	return nil
}

func notInjected(c *Cloud) error {
	for _, name := range []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS"} {
		delete(c.env, name)
	}
	return os.RemoveAll(filepath.Dir(podfs.EKSToken(c.Context(context.Background()))))
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

func unreadable(c *Cloud) error {
	if os.Getuid() == 0 {
		return errors.New("the superuser may read every file: run this as somebody else")
	}
	return os.Chmod(c.pod.TokenFile(), 0)
}

// closedPort is an address where nobody listens: one that was just given back.
func closedPort(c *Cloud) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.env["AWS_ENDPOINT_URL_STS"] = "http://" + l.Addr().String()
	return l.Close()
}

// untrusted serves STS with a certificate of nobody's.
func untrusted(c *Cloud) error {
	server := httptest.NewUnstartedServer(c.sts)
	server.Config.ErrorLog = silent
	server.StartTLS()
	c.servers = append(c.servers, server.Config)
	c.env["AWS_ENDPOINT_URL_STS"] = server.URL
	return nil
}

// clockAhead is a node an hour ahead of everybody else, the API server included.
func clockAhead(c *Cloud) error {
	c.sts.SetFault(irsatest.Fault{Skew: -time.Hour})
	return token(func(k *irsatest.Claims) { k.IssuedAt = time.Now().Add(-time.Hour) })(c)
}
