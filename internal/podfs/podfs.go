// Package podfs finds what Kubernetes and the EKS webhook mount into a container: the folders by
// which a process knows that it runs in a pod, whatever became of its environment.
package podfs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
)

// The folders below secrets that are signs of a pod. Kubernetes mounts the first one (unless
// automountServiceAccountToken is false), the EKS webhook the second, and for EKS Pod Identity the
// third (amazon-eks-pod-identity-webhook, main.go).
const (
	kubernetes  = "kubernetes.io/serviceaccount"
	eks         = "eks.amazonaws.com/serviceaccount"
	podIdentity = "pods.eks.amazonaws.com/serviceaccount"
)

// A Pod is what was found of one.
type Pod struct {
	// InKubernetes reports whether there is any sign of Kubernetes: the variable that the kubelet
	// sets in every container, or one of the mounted folders where the variable was removed.
	InKubernetes bool

	KubernetesToken string // path of the token for the cluster's own API, there or not
	EKSToken        string // path at which the EKS webhook mounts the token for STS, there or not
	Mounted         bool   // there is a token at EKSToken
	AgentToken      string // path of the token for the EKS Pod Identity agent; "" where none is mounted
}

// Read looks at this process's container. It opens no file.
func Read() Pod {
	folder := secrets()
	p := Pod{
		InKubernetes:    os.Getenv("KUBERNETES_SERVICE_HOST") != "",
		KubernetesToken: filepath.Join(folder, kubernetes, "token"),
		EKSToken:        filepath.Join(folder, eks, "token"),
	}
	for _, name := range []string{kubernetes, eks, podIdentity} {
		info, err := os.Stat(filepath.Join(folder, name))
		p.InKubernetes = p.InKubernetes || err == nil && info.IsDir()
	}
	p.Mounted = isThere(p.EKSToken)
	if file := filepath.Join(folder, podIdentity, "eks-pod-identity-token"); isThere(file) {
		p.AgentToken = file
	}
	return p
}

func isThere(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// IsKubernetesAudience reports whether a token of the issuer that is for this audience is the one
// for the cluster's own API: EKS gives that one the issuer as audience, others the name of the
// API's service.
func IsKubernetesAudience(audience, issuer string) bool {
	return audience != "" && audience == issuer || strings.Contains(audience, "kubernetes.default.svc")
}

func secrets() string {
	top, _ := root.Load().(string)
	if top == "" && runtime.GOOS == "windows" {
		top = `C:\`
	}
	return filepath.Join(top+string(filepath.Separator), "var", "run", "secrets")
}

// root is where the container's file system begins: a property of the process, as its environment
// is, and like that one set before anything is loaded.
var root atomic.Value

// SetRoot makes the container's file system begin at a folder, for programs that show a pod without
// being in one; "" is the machine's own. It returns what undoes it.
func SetRoot(folder string) (restore func()) {
	before, _ := root.Swap(folder).(string)
	return func() { root.Store(before) }
}
