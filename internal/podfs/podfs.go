// Package podfs finds what Kubernetes and the EKS webhook mount into a container:
// the folders by which a process knows that it runs in a pod, whatever became of
// its environment.
package podfs

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The folders below secrets that are signs of a pod. Kubernetes mounts the first
// one (unless automountServiceAccountToken is false), the EKS webhook the second,
// EKS Pod Identity the third.
const (
	kubernetes  = "kubernetes.io/serviceaccount"
	eks         = "eks.amazonaws.com/serviceaccount"
	podIdentity = "pods.eks.amazonaws.com/serviceaccount"
)

// KubernetesToken returns the path of the token for the cluster's own API.
func KubernetesToken(ctx context.Context) string {
	return filepath.Join(secrets(ctx), kubernetes, "token")
}

// EKSToken returns the path at which the EKS webhook mounts the token for STS.
func EKSToken(ctx context.Context) string {
	return filepath.Join(secrets(ctx), eks, "token")
}

// IsKubernetesAudience reports whether a token of the issuer that is for this
// audience is the one for the cluster's own API: EKS gives that one the issuer as
// audience, others the name of the API's service.
func IsKubernetesAudience(audience, issuer string) bool {
	return audience != "" && audience == issuer || strings.Contains(audience, "kubernetes.default.svc")
}

// InKubernetes reports whether there is any sign of Kubernetes: the variable that
// the kubelet sets in every container, or one of the mounted folders where the
// variable was scrubbed.
func InKubernetes(ctx context.Context) bool {
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		return true
	}
	for _, folder := range []string{kubernetes, eks, podIdentity} {
		if info, err := os.Stat(filepath.Join(secrets(ctx), folder)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

func secrets(ctx context.Context) string {
	root, _ := ctx.Value(rootKey{}).(string)
	if root == "" && runtime.GOOS == "windows" {
		root = `C:\`
	}
	return filepath.Join(root+string(filepath.Separator), "var", "run", "secrets")
}

type rootKey struct{}

// WithRoot returns a context for which a container's file system begins at the
// folder root. It serves programs that show a pod without being in one.
func WithRoot(ctx context.Context, root string) context.Context {
	return context.WithValue(ctx, rootKey{}, root)
}
