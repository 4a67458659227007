package embedded

import (
	"encoding/json"
	"net/http"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Where EKS mounts the token for the agent of Pod Identity.
var agentToken = filepath.FromSlash("/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token")

// injectPodIdentity is what the webhook does for a service account that has an
// association: it injects no role then, annotated or not.
func (c *Cloud) injectPodIdentity() error {
	url, err := c.serve(http.HandlerFunc(c.serveAgent))
	if err != nil {
		return err
	}
	if err := c.write(agentToken, c.issuer.Token(c.claims("pods.eks.amazonaws.com"))); err != nil {
		return err
	}
	c.env["AWS_REGION"], c.env["AWS_DEFAULT_REGION"] = c.region, c.region
	c.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url + "/v1/credentials"
	c.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = filepath.Join(c.root, agentToken)
	return nil
}

// serveAgent answers as the agent of EKS Pod Identity does on each node: with a
// session of the association's role.
func (c *Cloud) serveAgent(w http.ResponseWriter, r *http.Request) {
	service := c.sts.Load()
	client := sts.New(sts.Options{Region: region, HTTPClient: service.Client(), BaseEndpoint: aws.String("https://sts.amazonaws.com")})
	out, err := client.AssumeRoleWithWebIdentity(r.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(agentRole), RoleSessionName: aws.String("eks-" + serviceAccount),
		WebIdentityToken: aws.String(c.issuer.Token(c.claims(irsatest.DefaultAudience))),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"AccessKeyId": out.Credentials.AccessKeyId, "SecretAccessKey": out.Credentials.SecretAccessKey,
		"Token": out.Credentials.SessionToken, "Expiration": out.Credentials.Expiration, "AccountId": accountID,
	}) // nobody is left to tell where the answer can't be sent
}
