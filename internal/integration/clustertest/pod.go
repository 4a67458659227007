package clustertest

import (
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace creates a namespace that admits only pods of the restricted Pod
// Security Standard, unless it exists.
func (c *Cluster) Namespace(t testing.TB, name string) {
	t.Helper()
	_, err := c.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{
			Name:   name,
			Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
		},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatalf("create namespace %s: %v", name, err)
	}
}

// Token asks the API server for a token bound to pod, as the kubelet does for a projected volume.
// The API server gives no token a life of less than ten minutes.
func (c *Cluster) Token(t testing.TB, pod *corev1.Pod, audience string, life time.Duration) string {
	t.Helper()
	seconds := int64(life / time.Second)
	r, err := c.Client.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(t.Context(), pod.Spec.ServiceAccountName,
		&authenticationv1.TokenRequest{
			Spec: authenticationv1.TokenRequestSpec{
				Audiences:         []string{audience},
				ExpirationSeconds: &seconds,
				BoundObjectRef: &authenticationv1.BoundObjectReference{
					APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID,
				},
			},
		}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("request a token for pod %s/%s: %v", pod.Namespace, pod.Name, err)
	}
	return r.Status.Token
}

// Review asks the API server whether it accepts a token for audience.
func (c *Cluster) Review(t testing.TB, token, audience string) authenticationv1.TokenReviewStatus {
	t.Helper()
	r, err := c.Client.AuthenticationV1().TokenReviews().Create(t.Context(), &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: []string{audience}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("review a token: %v", err)
	}
	return r.Status
}
