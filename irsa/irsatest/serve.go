package irsatest

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ServeHTTP serves all of it at one address, for programs in other languages: by AWS's own host
// names as [AWS.Client] has them, and at any other host by what a request asks for: the agent's
// path, the issuer's documents, an action of STS, and S3 for all else.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	h := a.host(strings.ToLower(unbracket(host)))
	switch {
	case h != nil:
	case a.PodIdentity != nil && r.URL.Path == "/v1/credentials":
		// The agent refuses to be called by other names than its own; here it has this one, too.
		served := *r
		served.Host = agentHosts[0]
		h, r = a.PodIdentity, &served
	case a.Issuer != nil && a.Issuer.serves(r.URL.Path):
		h = a.Issuer
	case asksSTS(r):
		h = a.STS
	default:
		h = a.S3
	}
	h.ServeHTTP(w, r)
}

// serves reports whether a path is of one of the issuer's documents.
func (i *Issuer) serves(path string) bool {
	u, err := url.Parse(i.url)
	return err == nil && (path == strings.TrimSuffix(u.Path, "/")+discoveryPath ||
		u.Path != "" && u.Path != "/" && strings.HasPrefix(path, strings.TrimSuffix(u.Path, "/")+"/keys"))
}

// asksSTS reports whether a request is one of STS: it is signed for STS, or has the form of the
// query protocol, which no operation of S3 has: a POST to the root, or an action in the query.
func asksSTS(r *http.Request) bool {
	if s, err := parseSignature(r); err == nil {
		return s.service == "sts"
	}
	return r.URL.Path == "/" && (r.Method == http.MethodPost || r.URL.Query().Has("Action"))
}
