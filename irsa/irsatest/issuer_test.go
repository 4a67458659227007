package irsatest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func decode(t testing.TB, token string) (header map[string]any, claims jwt.MapClaims) {
	t.Helper()
	claims = jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(token, claims)
	require.NoError(t, err)
	return parsed.Header, claims
}

func TestATokenHasTheClaimsOfTheKubelets(t *testing.T) {
	at := time.Unix(1767225600, 0)
	header, claims := decode(t, issuer.Token(irsatest.Claims{
		Namespace: "payments", ServiceAccount: "api", Pod: "api-7c9f8-x2x4z", Node: "ip-10-1-2-3", IssuedAt: at,
	}))
	assert.Equal(t, "RS256", header["alg"])
	assert.Len(t, header["kid"], 43)
	assert.Len(t, header, 2, "kube-apiserver writes no typ")
	assert.Equal(t, eks, claims["iss"])
	assert.Equal(t, subject, claims["sub"])
	assert.Equal(t, []any{"sts.amazonaws.com"}, claims["aud"])
	assert.EqualValues(t, at.Unix(), claims["iat"])
	assert.EqualValues(t, at.Unix(), claims["nbf"])
	assert.EqualValues(t, at.Add(24*time.Hour).Unix(), claims["exp"])
	uuid := `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	assert.Regexp(t, "^"+uuid+"$", claims["jti"])
	own, err := json.Marshal(claims["kubernetes.io"])
	require.NoError(t, err)
	assert.Regexp(t, `^{"namespace":"payments","node":{"name":"ip-10-1-2-3","uid":"`+uuid+`"},"pod":{"name":"api-7c9f8-x2x4z","uid":"`+uuid+
		`"},"serviceaccount":{"name":"api","uid":"`+uuid+`"}}$`, string(own))

	t.Run("which can be replaced, added and taken out", func(t *testing.T) {
		_, claims := decode(t, issuer.Token(irsatest.Claims{Set: map[string]any{"sub": nil, "aud": "one", "extra": 1}}))
		assert.NotContains(t, claims, "sub")
		assert.Equal(t, "one", claims["aud"])
		assert.EqualValues(t, 1, claims["extra"])
	})
	t.Run("the same uids and another id in the next token", func(t *testing.T) {
		_, a := decode(t, issuer.Token(apiPod))
		_, b := decode(t, issuer.Token(apiPod))
		assert.Equal(t, a["kubernetes.io"], b["kubernetes.io"])
		assert.NotEqual(t, a["jti"], b["jti"])
	})
	t.Run("what JSON can't express is the test's mistake", func(t *testing.T) {
		assert.Panics(t, func() { issuer.Token(irsatest.Claims{Set: map[string]any{"x": func() {}}}) })
		unknown := irsatest.NewIssuer(eks)
		unknown.Algorithm = "HS256"
		assert.PanicsWithValue(t, `irsatest: issuer algorithm "HS256": neither RS256 nor ES256`,
			func() { unknown.Token(irsatest.Claims{}) })
	})
}

func TestAnSTSFetchesTheKeysOfAnIssuerItKnowsByURL(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			cluster := irsatest.NewIssuer("https://cluster.example/id/1")
			cluster.Algorithm = alg
			fetches := 0
			counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fetches++
				cluster.ServeHTTP(w, r)
			})
			s := trusting(t, cluster)
			s.HTTPClient = irsatest.Client(map[string]http.Handler{"cluster.example": counting})
			s.AddProvider(irsatest.OIDCProvider{URL: "https://cluster.example/id/1"})
			try := func(token string) error {
				_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
				return err
			}
			old := cluster.Token(apiPod)
			require.NoError(t, try(old))
			require.NoError(t, try(cluster.Token(apiPod)))
			assert.Equal(t, 2, fetches, "discovery and keys, once")
			cluster.RotateKey()
			rotated := cluster.Token(apiPod)
			before, _ := decode(t, old)
			after, _ := decode(t, rotated)
			assert.NotEqual(t, before["kid"], after["kid"])
			require.NoError(t, try(rotated))
			require.NoError(t, try(old), "its key is still published")
			assert.Equal(t, 4, fetches, "an unknown key is looked for")
			forger := irsatest.NewIssuer(cluster.URL())
			forger.Algorithm = alg
			require.ErrorContains(t, try(forger.Token(apiPod)), "Couldn't retrieve verification key")
			require.ErrorContains(t, try(old[:len(old)-8]+"AAAAAAAA"), "not a valid JWT")
		})
	}
}

func TestAnIssuerThatCantBeReadVerifiesNothing(t *testing.T) {
	cluster := irsatest.NewIssuer("https://cluster.example")
	token := cluster.Token(apiPod)
	discovery := `{"issuer":"https://cluster.example","jwks_uri":"https://cluster.example/keys"}`
	for name, answers := range map[string][2]string{
		"no discovery document":      {"", ""},
		"discovery that is not JSON": {"<html>", ""},
		"another issuer's discovery": {strings.Replace(discovery, "cluster", "other", 1), `{"keys":[]}`},
		"a key set nowhere": {`{"issuer":"https://cluster.example","jwks_uri":"https://nowhere.invalid/"}`,
			""},
		"a key set at no URL":         {`{"issuer":"https://cluster.example","jwks_uri":"%"}`, ""},
		"an empty key set":            {discovery, `{"keys":[]}`},
		"keys of a type nobody knows": {discovery, `{"keys":[{"kty":"oct","kid":"a"}]}`},
		"an RSA key that is none": {discovery,
			`{"keys":[{"kty":"RSA","n":"","e":"AQAB"},{"kty":"RSA","n":"!"},{"kty":"RSA","n":"AQAB","e":"!"}]}`},
		"an EC key that is on no curve": {discovery,
			`{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"},{"kty":"EC","crv":"P-1"},` +
				`{"kty":"EC","crv":"P-256","x":"!"},{"kty":"EC","crv":"P-256","y":"!"}]}`},
		"the key's id with another's key": {discovery,
			`{"keys":[{"kty":"RSA","kid":"` + kid(t, token) + `","n":"AQAB","e":"AQAB"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := trusting(t, cluster)
			s.AddProvider(irsatest.OIDCProvider{URL: cluster.URL()})
			s.HTTPClient = irsatest.Client(map[string]http.Handler{"cluster.example": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := answers[1]
				if strings.HasPrefix(r.URL.Path, "/.well-known/") {
					body = answers[0]
				}
				if body == "" {
					http.NotFound(w, r)
					return
				}
				_, _ = io.WriteString(w, body)
			})})
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
			requireCode(t, err, "InvalidIdentityToken")
		})
	}
}

func kid(t testing.TB, token string) string {
	t.Helper()
	header, _ := decode(t, token)
	return header["kid"].(string)
}

func TestAnIssuerServesItselfOverHTTP(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	local := irsatest.NewIssuer("http://" + server.Listener.Addr().String())
	server.Config.Handler = local
	server.Start()
	defer server.Close()
	s := new(irsatest.STS)
	require.NoError(t, s.Trust(roleARN, local, subject))
	s.AddProvider(irsatest.OIDCProvider{URL: local.URL()})
	_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(local.Token(apiPod)))
	require.NoError(t, err, "with http.DefaultClient")
	resp, err := http.Get(local.URL() + "/elsewhere")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusNotFound, resp.StatusCode)
}

func TestKeysAreFetchedFromAnIssuerInMemory(t *testing.T) {
	cluster := irsatest.NewIssuer("https://cluster.example/id/1")
	s := trusting(t, cluster)
	s.HTTPClient = cluster.Client()
	s.AddProvider(irsatest.OIDCProvider{URL: cluster.URL()})
	_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(cluster.Token(apiPod)))
	require.NoError(t, err)
}

func FuzzKeys(f *testing.F) {
	cluster := irsatest.NewIssuer("https://cluster.example")
	token := cluster.Token(apiPod)
	id := kid(f, token)
	f.Add(`{"keys":[{"kty":"RSA","kid":"` + id + `","n":"AQAB","e":"AQAB"}]}`)
	f.Add(`{"keys":[{"kty":"RSA","kid":"` + id + `","n":"AQAB","e":"AA"}]}`)
	f.Add(`{"keys":[{"kty":"EC","kid":"` + id + `","crv":"P-256","x":"AQAB","y":""}]}`)
	f.Add(`{"keys":[{}]}`)
	f.Fuzz(func(t *testing.T, keys string) {
		s := trusting(t, cluster)
		s.AddProvider(irsatest.OIDCProvider{URL: cluster.URL()})
		s.HTTPClient = &http.Client{Transport: answering(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.well-known/") {
				cluster.ServeHTTP(w, r)
				return
			}
			_, _ = io.WriteString(w, keys)
		})}
		status, answer := post(t, s, form, url.Values{
			"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN},
			"RoleSessionName": {"api"}, "WebIdentityToken": {token},
		}.Encode())
		require.Equal(t, http.StatusBadRequest, status, "nobody guesses a key")
		require.Contains(t, answer, "<Code>InvalidIdentityToken</Code>")
	})
}

// answering is a handler without a connection to it, which would have a fuzzer see another path
// through the program each time.
type answering http.HandlerFunc

func (h answering) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result(), nil
}
