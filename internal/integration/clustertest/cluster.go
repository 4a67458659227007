// Package clustertest runs a real Kubernetes API server for tests: etcd and kube-apiserver on
// loopback, without nodes. Pods there are objects that no kubelet runs ([Cluster.Run] does that).
// Their service account tokens are real, signed by the API server, which serves its OIDC discovery
// documents to everybody, as EKS does.
package clustertest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/seed-15cba5db/irsa-go/internal/integration/build"
	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

const (
	host       = "127.0.0.1"
	startLimit = 2 * time.Minute // from the first process to a ready API server
)

// A Cluster is a running control plane. Its folder and processes end with the test, also where that
// is interrupted or killed.
type Cluster struct {
	// Issuer is the issuer of service account tokens, which is the API server's own URL.
	Issuer string

	// CA is the certificate, as PEM, that the API server's is verified with.
	CA []byte

	// Config and Client act as a member of system:masters.
	Config *rest.Config
	Client *kubernetes.Clientset

	box    *sandbox.Sandbox
	claims map[string]string // the folders of persistent volume claims, by namespace/name
	agents map[string]string // of EKS Pod Identity, the URLs by namespace/service account
}

// Start starts a cluster whose discovery documents anybody may read, and waits until it is ready.
func Start(t testing.TB) *Cluster {
	t.Helper()
	programs, err := findPrograms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Where ports can't be held another process may take one a moment later: then try others.
	for range 5 {
		p := holdPorts(t)
		var box *sandbox.Sandbox
		if box, err = sandbox.New(); err != nil {
			t.Fatal(err)
		}
		var c *Cluster
		if c, err = start(t.Context(), box, programs, p); err == nil {
			t.Cleanup(func() {
				if err := box.Close(); err != nil {
					t.Error(err)
				}
			})
			return c
		}
		if err := box.Close(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	t.Fatal(err)
	return nil
}

// programs are the paths of the programs that a cluster runs.
type programs struct{ etcd, apiServer string }

func findPrograms(ctx context.Context) (p programs, err error) {
	if p.etcd, err = build.Etcd(ctx); err != nil {
		return p, err
	}
	p.apiServer, err = build.APIServer(ctx)
	return p, err
}

// ports are the ports that a cluster listens on.
type ports struct{ etcdClient, etcdPeer, apiServer int }

func holdPorts(t testing.TB) ports {
	t.Helper()
	return ports{sandbox.HoldPort(t, host), sandbox.HoldPort(t, host), sandbox.HoldPort(t, host)}
}

// start starts the processes in box; on an error the caller closes box, and
// with it whatever was started.
func start(ctx context.Context, box *sandbox.Sandbox, bin programs, p ports) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	keys, err := newKeys()
	if err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	for name, data := range keys.files() {
		if err := os.WriteFile(filepath.Join(box.Dir(), name), data, 0o600); err != nil {
			return nil, err
		}
	}
	if err := startEtcd(ctx, box, bin.etcd, p); err != nil {
		return nil, err
	}
	c := &Cluster{
		Issuer: "https://" + net.JoinHostPort(host, strconv.Itoa(p.apiServer)),
		CA:     keys.ca,
		box:    box,
		claims: map[string]string{},
		agents: map[string]string{},
	}
	c.Config = &rest.Config{
		Host:            c.Issuer,
		BearerToken:     keys.adminToken,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.CA},
		// The client's default of 5 requests a second is meant for shared clusters.
		QPS: -1,
	}
	if c.Client, err = kubernetes.NewForConfig(c.Config); err != nil {
		return nil, err
	}
	if err := startAPIServer(ctx, box, bin.apiServer, p, c); err != nil {
		return nil, err
	}
	return c, c.openDiscovery(ctx)
}

// openDiscovery lets everybody read the issuer's documents: an STS has no account in the cluster.
func (c *Cluster) openDiscovery(ctx context.Context) error {
	const role = "system:service-account-issuer-discovery"
	_, err := c.Client.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "issuer-discovery-for-everybody"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind,
			Name: "system:unauthenticated"}},
	}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("open discovery: %w", err)
	}
	return nil
}
