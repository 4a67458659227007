// Package setup generates what connects a Kubernetes service account to an IAM role that reads
// one S3 bucket: the identity provider, the policies, the role, the annotated ServiceAccount, a
// Job that lists the bucket, and a script that checks it. It is what examples/setup prints.
package setup

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// Values are what the generated texts are made of. Image and Region may be empty; everything else
// is required.
type Values struct {
	Issuer         string // URL of the cluster's OIDC issuer, https://…
	Account        string // of the role, 12 digits
	Role           string // its name, with its path if it has one: teams/payments/reader
	Namespace      string
	ServiceAccount string
	Bucket         string
	Region         string // default: the one in an EKS issuer's URL
	Image          string // one with the AWS CLI; default: the AWS CLI's own
}

const cliImage = "amazon/aws-cli:latest"

var (
	accountForm = regexp.MustCompile(`^\d{12}$`)
	roleForm    = regexp.MustCompile(`^([\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`)
	labelForm   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	nameForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	bucketForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	imageForm   = regexp.MustCompile(`^[\w][\w./:@-]*$`)
	issuerForm  = regexp.MustCompile(`^https://[\w.:/~%-]+$`)
)

// complete fills in the defaults, and rejects what would not work or would need quoting in a
// shell or in YAML.
func (v Values) complete() (Values, partition.Partition, error) {
	fail := func(format string, args ...any) (Values, partition.Partition, error) {
		return Values{}, partition.Partition{}, fmt.Errorf("setup: "+format, args...)
	}
	if u, err := url.Parse(v.Issuer); err != nil || u.Host == "" || !issuerForm.MatchString(v.Issuer) {
		return fail("issuer %q: not an https URL", v.Issuer)
	}
	for _, f := range []struct {
		what, value, want string
		form              *regexp.Regexp
	}{
		{"account", v.Account, "12 digits", accountForm},
		{"role", v.Role, "a role's name, with its path if it has one", roleForm},
		{"namespace", v.Namespace, "a Kubernetes namespace", labelForm},
		{"service account", v.ServiceAccount, "a Kubernetes service account", nameForm},
		{"bucket", v.Bucket, "a bucket's name", bucketForm},
	} {
		if f.value == "" {
			return fail("%s: missing", f.what)
		}
		if !f.form.MatchString(f.value) {
			return fail("%s %q: not %s", f.what, f.value, f.want)
		}
	}
	issuer, eks := partition.ParseIssuer(v.Issuer)
	if v.Region == "" && eks {
		v.Region = issuer.Region
	}
	if v.Region == "" {
		return fail("region: missing, and the issuer %s is not an EKS issuer that names it", v.Issuer)
	}
	p, known := partition.OfRegion(v.Region)
	if !known {
		return fail("region %q: in no known partition", v.Region)
	}
	// The cluster may be in another region than the one given, but not in another partition: IAM
	// of one partition does not know the issuers of another.
	if eks && issuer.Partition.ID != p.ID {
		return fail("region %s is in partition %s, the issuer %s in %s",
			v.Region, p.ID, v.Issuer, issuer.Partition.ID)
	}
	if v.Image == "" {
		v.Image = cliImage
	}
	if !imageForm.MatchString(v.Image) {
		return fail("image %q: not an image's name", v.Image)
	}
	return v, p, nil
}

// FromPod fills what v leaves empty from the pod that this program runs in: issuer, namespace and
// service account from its token, account and role from AWS_ROLE_ARN if it is set. tokenFile is the
// token to read; if empty, the one that the EKS webhook injected, or else Kubernetes' own.
func FromPod(v Values, tokenFile string) (Values, error) {
	env, _ := irsa.Detect() // an incomplete identity is no error here: each half is of use
	if tokenFile == "" {
		tokenFile = env.TokenFile
	}
	if tokenFile == "" {
		tokenFile = podfs.Read().KubernetesToken
	}
	token, err := irsa.ReadToken(tokenFile)
	if err != nil {
		return Values{}, fmt.Errorf("setup: %w", err)
	}
	if token.Namespace == "" || token.ServiceAccount == "" {
		return Values{}, fmt.Errorf("setup: token %s: %w", tokenFile,
			errors.New("it names no namespace and service account"))
	}
	setDefault(&v.Issuer, token.Issuer)
	setDefault(&v.Namespace, token.Namespace)
	setDefault(&v.ServiceAccount, token.ServiceAccount)
	setDefault(&v.Region, env.Region)
	if env.RoleARN != "" && (v.Account == "" || v.Role == "") {
		role, err := partition.ParseRoleARN(env.RoleARN)
		if err != nil {
			return Values{}, fmt.Errorf("setup: AWS_ROLE_ARN: %w", err)
		}
		setDefault(&v.Account, role.Account)
		setDefault(&v.Role, role.Name)
	}
	return v, nil
}

func setDefault(value *string, to string) {
	if *value == "" {
		*value = to
	}
}
