// Package setup generates what connects a Kubernetes service account to an IAM role that reads
// one S3 bucket: the identity provider, the policies, the role, the annotated ServiceAccount, a
// Job that lists the bucket, and a script that checks it. It is what examples/setup prints.
package setup

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Values are what the generated texts are made of. Region, Image, KMSKey and Cluster may be empty;
// everything else is required.
type Values struct {
	Issuer         string // URL of the cluster's OIDC issuer, https://…
	Account        string // of the role, 12 digits
	Role           string // its name, with its path if it has one: teams/payments/reader
	Namespace      string
	ServiceAccount string
	Bucket         string // its name, that of a directory bucket, or an access point's ARN
	KMSKey         string // ARN of the key that encrypts its objects; empty: none of the account's own
	Region         string // default: the one in an EKS issuer's URL
	Image          string // one with the AWS CLI; default: the AWS CLI's own
	Cluster        string // its name, which eksctl needs
}

// cliImage has a version of its own, so that the Job does tomorrow what it does today.
const cliImage = "amazon/aws-cli:2.37.5"

var (
	accountForm = regexp.MustCompile(`^\d{12}$`)
	roleForm    = regexp.MustCompile(`^([\w+=,.@-]+/)*[\w+=,.@][\w+=,.@-]{0,63}$`)
	labelForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	nameForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	imageForm   = regexp.MustCompile(`^[\w][\w./:@-]*$`)
	issuerForm  = regexp.MustCompile(`^https://[\w.:/~%-]+$`)
	clusterForm = regexp.MustCompile(`^[0-9A-Za-z][\w-]{0,99}$`)
)

// complete fills in the defaults, and rejects what would not work or would need quoting in a shell,
// in YAML or in HCL: everything that is wrong in one error.
func (v Values) complete() (Values, partition.Partition, place, error) {
	var wrong problems
	if u, err := url.Parse(v.Issuer); v.Issuer != "" && (err != nil || u.Host == "" || !issuerForm.MatchString(v.Issuer)) {
		wrong.add("issuer %q: not an https URL", v.Issuer)
		v.Issuer = ""
	} else if v.Issuer == "" {
		wrong.add("issuer: missing")
	}
	for _, f := range []struct {
		what, value, want string
		form              *regexp.Regexp
	}{
		{"account", v.Account, "12 digits", accountForm},
		{"role", v.Role, "a role's name that begins with no dash, with its path if it has one", roleForm},
		{"namespace", v.Namespace, "a Kubernetes namespace", labelForm},
		{"service account", v.ServiceAccount, "a Kubernetes service account", nameForm},
	} {
		switch {
		case f.value == "":
			wrong.add("%s: missing", f.what)
		case !f.form.MatchString(f.value):
			wrong.add("%s %q: not %s", f.what, f.value, f.want)
		}
	}
	p := v.inRegion(&wrong)
	b, err := parsePlace(v, p)
	wrong.join(err)
	if v.Cluster != "" && !clusterForm.MatchString(v.Cluster) {
		wrong.add("cluster %q: not the name of an EKS cluster", v.Cluster)
	}
	if v.Image == "" {
		v.Image = cliImage
	}
	if !imageForm.MatchString(v.Image) {
		wrong.add("image %q: not an image's name", v.Image)
	}
	return v, p, b, wrong.err()
}

// inRegion fills in the region, and returns its partition.
func (v *Values) inRegion(wrong *problems) partition.Partition {
	issuer, eks := partition.ParseIssuer(v.Issuer)
	if v.Region == "" && eks {
		v.Region = issuer.Region
	}
	if v.Region == "" {
		if v.Issuer == "" {
			return partition.Partition{} // a right issuer may name it
		}
		wrong.add("region: missing, and the issuer %s is not an EKS issuer that names it", v.Issuer)
		return partition.Partition{}
	}
	p, known := partition.OfRegion(v.Region)
	switch {
	case !known:
		wrong.add("region %q: in no known partition", v.Region)
	case eks && issuer.Partition.ID != p.ID:
		// The cluster may be in another region than the one given, but not in another partition:
		// the role and the bucket are in that of the region.
		wrong.add("region %s is in partition %s, the issuer %s in %s", v.Region, p.ID, v.Issuer, issuer.Partition.ID)
	}
	return p
}

// problems are all that is wrong with Values.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p *problems) join(err error) {
	if err != nil {
		p.add("%s", err)
	}
}

// err returns the problems as one line; nil without any.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return errors.New("setup: " + strings.Join(p, "; "))
}
