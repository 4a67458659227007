package clustertest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func startEtcd(ctx context.Context, box *sandbox.Sandbox, program string, p ports) error {
	client := "http://" + net.JoinHostPort(host, strconv.Itoa(p.etcdClient))
	peer := "http://" + net.JoinHostPort(host, strconv.Itoa(p.etcdPeer))
	cmd := exec.Command(program,
		"--name", "etcd",
		"--data-dir", filepath.Join(box.Dir(), "etcd"),
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "etcd="+peer,
		"--unsafe-no-fsync", // the data ends with the test
	)
	cmd.Dir = box.Dir()
	cmd.Env = []string{"HOME=" + box.Dir()}
	etcd, err := box.Start("etcd", cmd)
	if err != nil {
		return err
	}
	return etcd.WaitReady(ctx, func(ctx context.Context) error {
		return healthy(ctx, http.DefaultClient, client+"/health")
	})
}

func startAPIServer(ctx context.Context, box *sandbox.Sandbox, program string, p ports, c *Cluster) error {
	file := func(name string) string { return filepath.Join(box.Dir(), name) }
	cmd := exec.Command(program,
		"--etcd-servers", "http://"+net.JoinHostPort(host, strconv.Itoa(p.etcdClient)),
		"--bind-address", host, "--secure-port", strconv.Itoa(p.apiServer),
		"--tls-cert-file", file(serverCertFile), "--tls-private-key-file", file(serverKeyFile),
		"--token-auth-file", file(adminTokenFile),
		"--authorization-mode", "RBAC",
		"--service-cluster-ip-range", "10.0.0.0/24",
		// There is no node that would reach a Service, so none gets endpoints.
		"--endpoint-reconciler-type", "none",
		"--service-account-issuer", c.Issuer,
		"--service-account-jwks-uri", c.Issuer+"/openid/v1/jwks",
		"--service-account-signing-key-file", file(tokenKeyFile),
		"--service-account-key-file", file(tokenKeyFile),
		"--api-audiences", "https://kubernetes.default.svc",
	)
	cmd.Dir = box.Dir()
	cmd.Env = []string{"HOME=" + box.Dir()}
	server, err := box.Start("kube-apiserver", cmd)
	if err != nil {
		return err
	}
	return server.WaitReady(ctx, func(ctx context.Context) error {
		return c.Client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// healthy asks url for 200 OK.
func healthy(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	return nil
}
