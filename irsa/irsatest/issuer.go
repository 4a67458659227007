package irsatest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// An Issuer signs service account tokens as a cluster's OIDC issuer does, and as an http.Handler
// serves its discovery document and its public keys, below the path of its URL. Make one with
// NewIssuer. Its methods are safe for concurrent use.
type Issuer struct {
	// Algorithm is how tokens are signed: "RS256", as EKS does, or "ES256". Empty means RS256. It
	// holds for the keys made after it was set, by the first Token and by RotateKey, and must not
	// be changed while the Issuer is in use.
	Algorithm string

	url  string
	mu   sync.Mutex // guards keys
	keys []*signingKey
}

// NewIssuer returns an issuer with this URL, the iss of its tokens. The URL may be any: that of an
// EKS cluster (https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE), or of the server that serves
// the Issuer, whose address has to be known first:
//
//	server := httptest.NewUnstartedServer(nil)
//	issuer := irsatest.NewIssuer("http://" + server.Listener.Addr().String())
//	server.Config.Handler = issuer
//	server.Start()
//
// Two issuers never share a key, even with the same URL: a token of the one is a forged token of
// the other.
func NewIssuer(url string) *Issuer {
	return &Issuer{url: url}
}

// URL is the issuer's URL as it was given to [NewIssuer], with a slash at the end if it has one:
// IAM compares it byte by byte with that of an identity provider.
func (i *Issuer) URL() string { return i.url }

// RotateKey makes a new key, with which tokens are signed from now on. The public keys of the
// earlier ones stay published, as EKS keeps them until the tokens that they signed have expired.
func (i *Issuer) RotateKey() {
	key := newSigningKey(i.Algorithm)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, key)
}

// current is the key that signs. It is made when it is first needed, since an RSA key takes about
// 50 ms, and a test may have many issuers.
func (i *Issuer) current() *signingKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.keys) == 0 {
		i.keys = append(i.keys, newSigningKey(i.Algorithm))
	}
	return i.keys[len(i.keys)-1]
}

// Token returns a token with the claims of c, signed with the current key. It panics where c.Set
// holds what JSON can't express.
func (i *Issuer) Token(c Claims) string {
	key := i.current()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(key.alg), c.claims(i.url))
	token.Header = map[string]any{"alg": key.alg, "kid": key.id} // as kube-apiserver does: no typ
	signed, err := token.SignedString(key.private)
	if err != nil {
		panic("irsatest: sign a token: " + err.Error())
	}
	return signed
}

// publicKeys are all public keys by their ids.
func (i *Issuer) publicKeys() map[string]any {
	i.current()
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := make(map[string]any, len(i.keys))
	for _, k := range i.keys {
		keys[k.id] = k.private.Public()
	}
	return keys
}

// ServeHTTP answers <URL>/.well-known/openid-configuration and <URL>/keys, which is where EKS has
// them; kube-apiserver itself has the keys at /openid/v1/jwks. All else is 404.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base := ""
	if u, err := url.Parse(i.url); err == nil {
		base = strings.TrimSuffix(u.Path, "/")
	}
	var document any
	switch r.URL.Path {
	case base + discoveryPath:
		document = map[string]any{
			"issuer":                                i.url,
			"jwks_uri":                              strings.TrimSuffix(i.url, "/") + "/keys",
			"authorization_endpoint":                "urn:kubernetes:programmatic_authorization",
			"response_types_supported":              []string{"id_token"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
			"claims_supported":                      []string{"sub", "iss"},
		}
	case base + "/keys":
		document = map[string]any{"keys": i.jwks()}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document)
}

// jwks is the JSON Web Key Set of RFC 7517, section 5.
func (i *Issuer) jwks() []jwk {
	var set []jwk
	for id, public := range i.publicKeys() {
		set = append(set, newJWK(id, public))
	}
	return set
}
