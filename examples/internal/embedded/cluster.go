package embedded

import (
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The cluster and its pod. The issuer's URL has the form of an EKS issuer, because the library
// reads the region from it; nothing ever connects to it.
const (
	issuerURL      = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	region         = "eu-west-1"
	namespace      = "payments"
	serviceAccount = "api"
	clusterName    = "example"
	workload       = "deployment/api"
	podName        = "api-7c9f4d8b6-x2x5q"
	nodeName       = "ip-10-0-1-7.eu-west-1.compute.internal"
)

// The annotations of a service account that the EKS webhook reads.
const (
	roleAnnotation     = "eks.amazonaws.com/role-arn"
	audienceAnnotation = "eks.amazonaws.com/audience"
)

// Audiences of the tokens that are not for STS.
const (
	kubernetesAudience  = "https://kubernetes.default.svc"
	podIdentityAudience = "pods.eks.amazonaws.com"
)

// issuer signs the tokens of every Cloud. It is shared because generating its key takes most of
// the time of a Start.
var issuer = sync.OnceValue(func() *irsatest.Issuer { return irsatest.NewIssuer(issuerURL) })

// A cluster is the desired state, as the API server holds it. A running pod keeps the state it
// was created with: see recreate.
type cluster struct {
	issuer          *irsatest.Issuer
	region          string                       // what the webhook injects; "" for nothing
	serviceAccounts map[string]map[string]string // name to annotations
	spec            spec
	association     bool          // the service account has an EKS Pod Identity association, for the webhook
	forgotten       bool          // which EKS knows no more when the agent asks
	ahead           time.Duration // how far the node's clock is ahead of everybody else's
	age             time.Duration // of the next pod's token; pods after it get new tokens
}

// A spec is the pod template of the workload.
type spec struct {
	serviceAccount string
	env            map[string]string
	files          map[string]string // path in the pod to content, from the image or other volumes
	skipped        bool              // annotation skip-containers names the container
	volume         bool              // has a volume of its own with the name of the webhook's
	otherUser      bool              // the process's user is not the owner of the token file
	fsGroup        int
}

func newCluster() cluster {
	return cluster{
		issuer: issuer(), region: region,
		serviceAccounts: map[string]map[string]string{
			"default":      {},
			serviceAccount: {roleAnnotation: roleARN},
		},
		spec: spec{serviceAccount: serviceAccount, env: map[string]string{}, files: map[string]string{}},
	}
}

// token issues a token to the pod now, by the node's clock.
func (c *cluster) token(audience string) string { return c.issuer.Token(c.claims(audience)) }

func (c *cluster) claims(audience string) irsatest.Claims {
	return irsatest.Claims{
		Namespace: namespace, ServiceAccount: c.spec.serviceAccount, Pod: podName, Node: nodeName,
		Audience: []string{audience}, IssuedAt: time.Now().Add(-c.ahead - c.age),
	}
}
