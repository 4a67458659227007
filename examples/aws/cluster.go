package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// mounted is what Kubernetes mounts into a pod for the cluster's own API.
const mounted = "/var/run/secrets/kubernetes.io/serviceaccount"

// clusterClient fetches the documents of issuers. In a pod it also trusts the cluster's authority,
// and shows it the pod's token, since an API server tells its keys to service accounts alone
// (Kubernetes documentation, "Service account issuer discovery"). The token goes to nobody whom
// that authority hasn't certified.
func clusterClient() (*http.Client, error) {
	plain := &http.Client{Timeout: 10 * time.Second}
	pem, err := os.ReadFile(filepath.Join(mounted, "ca.crt"))
	if errors.Is(err, fs.ErrNotExist) {
		return plain, nil
	}
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	plain.Transport = &inCluster{
		cluster: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}
	return plain, nil
}

// inCluster asks as the pod first, and as anybody where the host isn't the cluster's.
type inCluster struct{ cluster *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t *inCluster) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := os.ReadFile(filepath.Join(mounted, "token")) // it is rotated
	if err != nil {
		return nil, err
	}
	if r.URL.Scheme != "https" {
		return http.DefaultTransport.RoundTrip(r)
	}
	asked := r.Clone(r.Context())
	asked.Header.Set("Authorization", "Bearer "+string(token))
	resp, err := t.cluster.RoundTrip(asked)
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return http.DefaultTransport.RoundTrip(r)
	}
	return resp, err
}
