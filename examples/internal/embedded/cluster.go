package embedded

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// What the pod is. The issuer's URL has the form of EKS's, so that what is read
// from it (the region) is read here too; nothing is ever asked of it.
const (
	issuerURL      = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	region         = "eu-west-1"
	namespace      = "payments"
	serviceAccount = "api"
	workload       = "deployment/api"
	podName        = "api-7c9f4d8b6-x2x5q"
)

// The annotations that the EKS webhook reads.
const (
	roleAnnotation     = "eks.amazonaws.com/role-arn"
	audienceAnnotation = "eks.amazonaws.com/audience"
)

// issuer signs the tokens of every Cloud: making its key is most of what one costs.
var issuer = sync.OnceValue(func() *irsatest.Issuer { return irsatest.NewIssuer(issuerURL) })

// A cluster is what was declared to it. A pod that runs is as things were when it
// was made: see recreate.
type cluster struct {
	issuer          *irsatest.Issuer
	region          string                       // what the webhook injects; "": nothing
	serviceAccounts map[string]map[string]string // the annotations of each
	spec            spec
	association     bool          // of EKS Pod Identity, with the pod's service account
	ahead           time.Duration // the node's clock, of everybody else's
	age             time.Duration // of the token of the next pod; those after it have new ones
}

// A spec is the pod's.
type spec struct {
	serviceAccount string
	env            map[string]string
	files          map[string]string // of the image or of other volumes, below the root
	skipped        bool              // the webhook is to leave the container out
	volume         bool              // a volume of its own has the name of the webhook's
	users          bool              // the process is of another user than the containers have in common
	fsGroup        int
}

func newCluster() cluster {
	return cluster{
		issuer: issuer(), region: region,
		serviceAccounts: map[string]map[string]string{"default": {}, serviceAccount: {roleAnnotation: roleARN}},
		spec:            spec{serviceAccount: serviceAccount, env: map[string]string{}, files: map[string]string{}},
	}
}

// claims are those of a token that is issued to the pod now.
func (c *cluster) claims(audience string) irsatest.Claims {
	return irsatest.Claims{
		Namespace: namespace, ServiceAccount: c.spec.serviceAccount, Pod: podName, Node: "ip-10-0-1-7.eu-west-1.compute.internal",
		Audience: []string{audience}, IssuedAt: time.Now().Add(-c.ahead - c.age),
	}
}

// recreate makes the pod anew: the API server, the webhook and the kubelet each do
// their part.
func (c *Cloud) recreate() error {
	if err := os.RemoveAll(filepath.Join(c.root, "var")); err != nil {
		return err
	}
	c.spec.files[strings.TrimPrefix(c.kubernetesToken(), c.root)] = c.issuer.Token(c.claims("https://kubernetes.default.svc"))
	for name, content := range c.spec.files {
		if err := c.write(name, content); err != nil {
			return err
		}
	}
	c.env = map[string]string{
		"KUBERNETES_SERVICE_HOST":     "10.100.0.1",
		"AWS_CONFIG_FILE":             filepath.Join(c.root, "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(c.root, "credentials"),
		"AWS_ENDPOINT_URL_S3":         c.s3URL,
	}
	if c.spec.env["AWS_ENDPOINT_URL"] == "" && c.stsURL != "" {
		c.env["AWS_ENDPOINT_URL_STS"] = c.stsURL // where AWS's own would be found without
	}
	inject := c.injectRole
	if c.association {
		inject = c.injectPodIdentity
	}
	if err := inject(); err != nil {
		return err
	}
	maps.Copy(c.env, c.spec.env)
	c.age = 0
	return nil
}

// injectRole is what the webhook does for an annotated service account, and then
// the kubelet.
func (c *Cloud) injectRole() error {
	annotations := c.serviceAccounts[c.spec.serviceAccount]
	role := annotations[roleAnnotation]
	if role == "" || c.spec.skipped {
		return nil
	}
	audience := annotations[audienceAnnotation]
	if audience == "" {
		audience = irsatest.DefaultAudience
	}
	folder := filepath.Dir(podfs.EKSToken(c.Context(context.Background())))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	pod, err := irsatest.WritePod(folder, irsatest.PodOptions{
		Issuer: c.issuer, RoleARN: role, Claims: c.claims(audience), Region: c.region,
	})
	if err != nil {
		return err
	}
	// One of the two that the spec sets, to whatever, keeps the webhook from setting either.
	_, roleSet := c.spec.env["AWS_ROLE_ARN"]
	_, fileSet := c.spec.env["AWS_WEB_IDENTITY_TOKEN_FILE"]
	for _, entry := range pod.Env() {
		switch name, value, _ := strings.Cut(entry, "="); name {
		case "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE":
			if !roleSet && !fileSet {
				c.env[name] = value
			}
		case "AWS_REGION", "AWS_DEFAULT_REGION":
			if c.region != "" {
				c.env[name] = value
			}
		default:
			c.env[name] = value
		}
	}
	switch {
	case c.spec.volume:
		return os.RemoveAll(folder)
	case c.spec.users && c.spec.fsGroup == 0:
		return c.shut(pod.TokenFile())
	}
	return nil
}

// shut makes the file another user's.
func (c *Cloud) shut(file string) error {
	if os.Getuid() == 0 {
		return errors.New("the superuser may read every file: run this as somebody else")
	}
	return os.Chmod(file, 0)
}

// write makes a file of the pod's; below is its name there.
func (c *Cloud) write(name, content string) error {
	name = filepath.Join(c.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o600)
}

func (c *Cloud) kubernetesToken() string {
	return podfs.KubernetesToken(c.Context(context.Background()))
}
