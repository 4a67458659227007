package embedded

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// agentToken is where EKS mounts the token for the Pod Identity agent.
var agentToken = filepath.FromSlash("/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token")

// recreate replaces the pod by a new one from the spec, and does what the API server, the
// webhook and the kubelet do when a pod is created.
func (c *Cloud) recreate() error {
	if err := os.RemoveAll(filepath.Join(c.root, "var")); err != nil {
		return err
	}
	c.spec.files[strings.TrimPrefix(c.kubernetesToken(), c.root)] = c.token(kubernetesAudience)
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
		c.env["AWS_ENDPOINT_URL_STS"] = c.stsURL // in a real pod AWS's own endpoint needs no variable
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

// injectRole does what the webhook and then the kubelet do for an annotated service account.
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
	folder := filepath.Dir(podfs.Read().EKSToken)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	pod, err := irsatest.WritePod(folder, irsatest.PodOptions{
		Issuer: c.issuer, RoleARN: role, Claims: c.claims(audience), Region: c.region,
	})
	if err != nil {
		return err
	}
	// The webhook sets neither variable where the spec already sets one of them, to any value.
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
	case c.spec.otherUser && c.spec.fsGroup == 0:
		return denyReading(pod.TokenFile())
	}
	return nil
}

// denyReading makes the file unreadable for this process.
func denyReading(file string) error {
	if os.Getuid() == 0 {
		return errors.New("the superuser can read every file: run this as another user")
	}
	return os.Chmod(file, 0)
}

// injectPodIdentity does what the webhook does for a service account that has an association: it
// then ignores the annotation.
func (c *Cloud) injectPodIdentity() error {
	url, err := c.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.agent.Load().ServeHTTP(w, r)
	}))
	if err != nil {
		return err
	}
	if err := c.write(agentToken, c.token(podIdentityAudience)); err != nil {
		return err
	}
	c.env["AWS_REGION"], c.env["AWS_DEFAULT_REGION"] = c.region, c.region
	c.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url + "/v1/credentials"
	c.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = filepath.Join(c.root, agentToken)
	return nil
}

func (c *Cloud) kubernetesToken() string {
	return podfs.Read().KubernetesToken
}
