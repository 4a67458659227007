package irsa_test

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

const (
	eksIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	podClaims = `{"iss":"` + eksIssuer + `","sub":"system:serviceaccount:payments:reader",` +
		`"aud":["sts.amazonaws.com"],` +
		`"iat":1760000000,"nbf":1760000000,"exp":1760086400,"jti":"7b2f",` +
		`"kubernetes.io":{"namespace":"payments","node":{"name":"ip-10-0-0-1","uid":"n"},` +
		`"pod":{"name":"reader-7c","uid":"p"},"serviceaccount":{"name":"reader","uid":"s"}}}`
)

// jwtOf makes a token of claims, with a signature that is no signature.
func jwtOf(claims string) string { return jwtWith(`{"alg":"RS256","kid":"k"}`, claims) }

// jwtWith makes a token of a header and claims.
func jwtWith(header, claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(header)) + "." + e([]byte(claims)) + "." + e([]byte("signature-that-must-not-show"))
}

// tokenFile writes a token file.
func tokenFile(t testing.TB, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestTheClaimsOfAPodsTokenAreDecoded(t *testing.T) {
	want := &irsa.Token{
		Issuer: eksIssuer, Subject: "system:serviceaccount:payments:reader", Audience: []string{"sts.amazonaws.com"},
		IssuedAt: time.Unix(1760000000, 0), NotBefore: time.Unix(1760000000, 0), ExpiresAt: time.Unix(1760086400, 0),
		Namespace: "payments", ServiceAccount: "reader", Pod: "reader-7c", PodUID: "p", Node: "ip-10-0-0-1", ID: "7b2f",
	}
	t.Run("given as a string", func(t *testing.T) {
		got, err := irsa.ParseToken(jwtOf(podClaims))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	t.Run("read from a file with a line break at its end", func(t *testing.T) {
		got, err := irsa.ReadToken(tokenFile(t, jwtOf(podClaims)+"\r\n"))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
}

func TestTokensOfOtherMakesAreDecodedToo(t *testing.T) {
	for name, c := range map[string]struct {
		token string
		want  irsa.Token
	}{
		"one audience as a string": {
			jwtOf(`{"aud":"sts.amazonaws.com"}`),
			irsa.Token{Audience: []string{"sts.amazonaws.com"}},
		},
		"no claims at all": {jwtOf(`{}`), irsa.Token{}},
		"an algorithm that the JWT library can't do": {
			jwtWith(`{"alg":"ES256K"}`, `{"sub":"x"}`), irsa.Token{Subject: "x"},
		},
		"no algorithm": {jwtWith(`{}`, `{"sub":"x"}`), irsa.Token{Subject: "x"}},
		"a claim kubernetes.io of another shape": {
			jwtOf(`{"sub":"x","kubernetes.io":"none"}`), irsa.Token{Subject: "x"},
		},
		"a token from a secret, with its flat claims": {
			jwtOf(
				`{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"a",` +
					`"kubernetes.io/serviceaccount/service-account.name":"b"}`,
			),
			irsa.Token{Issuer: "kubernetes/serviceaccount", Namespace: "a", ServiceAccount: "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := irsa.ParseToken(c.token)
			require.NoError(t, err)
			assert.Equal(t, &c.want, got)
		})
	}
}

func TestWhatCannotBeATokenIsRefused(t *testing.T) {
	long := jwtOf(`{"sub":"` + strings.Repeat("x", 20000) + `"}`)
	for name, c := range map[string]struct{ token, why string }{
		"nothing":                              {"", "empty"},
		"white space":                          {" \n\t", "empty"},
		"more than 20000 bytes":                {long, "more than 20000 bytes"},
		"words":                                {"not-a-token-but-secret", "not a JWT"},
		"two parts":                            {"c2VjcmV0.c2VjcmV0", "not a JWT"},
		"four parts":                           {jwtOf(`{}`) + ".c2VjcmV0", "not a JWT"},
		"a header that is not base64":          {"c2VjcmV0!!.c2VjcmV0.c2VjcmV0", "not a JWT"},
		"claims that are not JSON":             {jwtOf("secret"), "not a JWT"},
		"claims of wrong types":                {jwtOf(`{"sub":{"secret":1}}`), "not a JWT"},
		"a time that is no number":             {jwtOf(`{"exp":"secret"}`), "not a JWT"},
		"two tokens, one line each":            {jwtOf(`{}`) + "\n" + jwtOf(`{}`), "not a JWT"},
		"a JWT in the JSON form that EKS uses": {`{"kind":"TokenRequest","status":{"token":"secret"}}`, "not a JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			_, parseErr := irsa.ParseToken(c.token)
			file := tokenFile(t, c.token)
			_, readErr := irsa.ReadToken(file)
			for _, err := range []error{parseErr, readErr} {
				require.ErrorIs(t, err, irsa.ErrToken)
				assert.ErrorContains(t, err, c.why)
				assert.NotContains(t, err.Error(), "\n")
				for _, leak := range []string{"secret", "c2VjcmV0", "xxxx", jwtOf(`{}`)} {
					assert.NotContains(t, strings.ReplaceAll(err.Error(), file, ""), leak)
				}
			}
			assert.ErrorContains(t, readErr, file)
		})
	}
}

func TestATokenOf20000BytesIsAccepted(t *testing.T) {
	// Four characters carry three bytes, so the padding decides the length.
	exact := func(n int) string {
		for pad := n/4*3 - 100; ; pad++ {
			if token := jwtOf(`{"sub":"` + strings.Repeat("x", pad) + `"}`); len(token) >= n {
				return token
			}
		}
	}
	token := exact(20000)
	require.Len(t, token, 20000)
	_, err := irsa.ReadToken(tokenFile(t, token+"\n"))
	require.NoError(t, err)

	_, err = irsa.ReadToken(tokenFile(t, exact(20001)))
	require.ErrorIs(t, err, irsa.ErrToken)
}

func TestATokenFileThatCannotBeReadSaysWhy(t *testing.T) {
	dir := t.TempDir()
	t.Run("because it is missing", func(t *testing.T) {
		_, err := irsa.ReadToken(filepath.Join(dir, "none"))
		require.ErrorIs(t, err, irsa.ErrToken)
		require.ErrorIs(t, err, fs.ErrNotExist)
		assert.ErrorContains(t, err, filepath.Join(dir, "none"))
	})
	t.Run("because it is a directory", func(t *testing.T) {
		_, err := irsa.ReadToken(dir)
		require.ErrorIs(t, err, irsa.ErrToken)
		assert.ErrorContains(t, err, dir)
		assert.ErrorContains(t, err, "it is not a regular file")
	})
	t.Run("because it is not readable for this user", func(t *testing.T) {
		if runtime.GOOS == "windows" || os.Geteuid() == 0 {
			t.Skip("this user may read every file")
		}
		file := tokenFile(t, jwtOf(podClaims))
		require.NoError(t, os.Chmod(file, 0))
		_, err := irsa.ReadToken(file)
		require.ErrorIs(t, err, irsa.ErrToken)
		require.ErrorIs(t, err, fs.ErrPermission)
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add(jwtOf(podClaims))
	f.Add(jwtOf(`{"aud":"a","exp":1e300,"nbf":-1,"iat":1.5}`))
	f.Add(jwtOf(`{"kubernetes.io":[]}`))
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := irsa.ParseToken(token)
		if err != nil {
			require.ErrorIs(t, err, irsa.ErrToken)
			var e *irsa.Error
			require.True(t, errors.As(err, &e))
			require.NotContains(t, err.Error(), "\n")
			for part := range strings.SplitSeq(strings.TrimSpace(token), ".") {
				require.False(t, len(part) > 20 && strings.Contains(err.Error(), part), "the error quotes the token")
			}
			return
		}
		require.NotNil(t, got)
		again, err := irsa.ParseToken(" " + token + "\n")
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

func TestALoadSeesATokenThatWasRotated(t *testing.T) {
	w := newTestbed(t)
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	for _, region := range []string{"eu-west-1", "us-east-2"} {
		require.NoError(t, w.pod.Write(jwtOf(
			`{"iss":"https://oidc.eks.`+region+`.amazonaws.com/id/A","aud":["sts.amazonaws.com"]}`,
		)))
		for range 2 {
			cfg, err := w.load(new(irsa.Loader))
			require.NoError(t, err)
			assert.Equal(t, region, cfg.Region)
		}
	}
}
