package stsclient

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A token of the form that Kubernetes issues, with a signature that nobody made.
const testToken = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImFiYyJ9." +
	"eyJhdWQiOlsic3RzLmFtYXpvbmF3cy5jb20iXSwiZXhwIjoxNzMxMDk1MjQwLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6cGF5bWVudHM6YXBpIn0." +
	"kX3vJ0m-Qp_7tZb2sLw9RcYhN5uEoD1aFgTiKrMxVyBzCqHdWnPjSlUeOfGAt4I8"

const testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY="

// survives returns a run of a secret that shows in a text.
func survives(text, secret string) string {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 128 && lower(byte(r)) != 0 {
				return rune(lower(byte(r)))
			}
			return -1
		}, s)
	}
	text, secret = letters(text), letters(secret)
	for i := 0; i+runLength <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+runLength]) {
			return secret[i : i+runLength]
		}
	}
	return ""
}

func TestNoRunOfASecretSurvives(t *testing.T) {
	third := len(testToken) / 3
	for name, quoted := range map[string]string{
		"whole":                    testToken,
		"without its end":          testToken[:len(testToken)-9],
		"without its beginning":    testToken[third:],
		"its middle":               testToken[third : 2*third],
		"twelve characters":        testToken[third : third+12],
		"twelve, and two more":     testToken[third : third+14],
		"twelve with two dashes":   testToken[strings.Index(testToken, "vJ0m-"):][:12],
		"its signature":            testToken[strings.LastIndexByte(testToken, '.')+1:],
		"a secret key":             testSecret,
		"wrapped at 20 columns":    wrap(testToken, 20, "\r\n  "),
		"a space after each":       wrap(testToken, 1, " "),
		"dashes in it":             wrap(testToken, 5, "-"),
		"in lower case":            strings.ToLower(testToken),
		"in upper case":            strings.ToUpper(testToken),
		"in a query":               url.QueryEscape(testSecret),
		"in a query of a query":    url.QueryEscape(url.QueryEscape(testSecret)),
		"each letter escaped":      percent(testToken),
		"in JSON":                  strings.ReplaceAll(strconv.Quote(testSecret), "/", `\/`),
		"in JSON, all of it":       jsonEscape(testToken),
		"in Go's hex escapes":      goEscape(testToken),
		"in XML":                   html.EscapeString(testSecret),
		"in XML, all of it":        entities(testToken),
		"in base64":                base64.StdEncoding.EncodeToString([]byte(testToken)),
		"in base64 of something":   base64.StdEncoding.EncodeToString([]byte("x" + testToken + "y")),
		"in base64, further along": base64.URLEncoding.EncodeToString([]byte("xy" + testToken)),
		"in hex":                   hex.EncodeToString([]byte(testToken)),
		"quoted":                   fmt.Sprintf("%q", testToken),
		"in pieces":                testToken[:50] + " … " + testToken[50:100] + " | " + testToken[100:],
	} {
		t.Run(name, func(t *testing.T) {
			r := newRedactor(testToken, testSecret)
			text := r.text("value '" + quoted + "' at 'webIdentityToken' is not one")
			for _, secret := range []string{
				testToken, testSecret, hex.EncodeToString([]byte(testToken)),
				base64.StdEncoding.EncodeToString([]byte(testToken)),
			} {
				assert.Empty(t, survives(text, secret), text)
			}
			assert.Contains(t, text, removed)
			assert.True(t, strings.HasPrefix(text, "value '"), text)
			assert.True(t, strings.HasSuffix(text, "at 'webIdentityToken' is not one"), text)
		})
	}
}

// Seven runs of twelve in a thousand have too few letters for the ten that are compared.
func TestEachTwelveCharactersOfAnyTokenAreHidden(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	sparse, standard := 0, strings.NewReplacer("-", "+", "_", "/")
	for range 20 {
		signature := make([]byte, 256)
		_, _ = random.Read(signature)
		token := testToken[:strings.LastIndexByte(testToken, '.')+1] + base64.RawURLEncoding.EncodeToString(signature)
		r := newRedactor(token)
		for i := range len(token) - 12 + 1 {
			part := token[i : i+12]
			for _, shown := range []string{part, wrap(part, 5, "\r\n "), standard.Replace(part)} {
				require.Equal(t, removed, strings.Trim(r.text("'"+shown+"'"), "'-_.+/\r\n "), part)
			}
			if len(strings.NewReplacer("-", "", "_", "", ".", "").Replace(part)) < runLength {
				sparse++
			}
		}
	}
	assert.Greater(t, sparse, 20)
	const dashes = "0Kz----____..--Ab9"
	assert.Equal(t, "'[removed]'", Redact("'----____..--'", dashes))
	assert.Equal(t, "----------------", Redact("----------------", dashes), "which are nobody's")
}

func wrap(s string, every int, with string) string {
	var parts []string
	for ; len(s) > every; s = s[every:] {
		parts = append(parts, s[:every])
	}
	return strings.Join(append(parts, s), with)
}

// each writes every character of a text by a format.
func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func percent(s string) string    { return each(s, "%%%02X") }
func jsonEscape(s string) string { return each(s, `\u%04x`) }
func goEscape(s string) string   { return each(s, `\x%02x`) }
func entities(s string) string   { return each(s, "&#x%x;") }

func TestWhatIsNoSecretStays(t *testing.T) {
	r := newRedactor(testToken, testSecret)
	for _, text := range []string{
		"", "Not authorized to perform sts:AssumeRoleWithWebIdentity",
		"arn:aws:iam::111122223333:role/teams/payments/reader",
		"https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		"100% of 3&4 \\ and & and % at the end %", "&", "%", "\\", "&#;", "&#x;", "%2", "\\u00", "\\x4", "&amp", "é世界🙂",
		testToken[:9], testSecret[:8],
	} {
		assert.Equal(t, text, r.text(text))
	}
	assert.Equal(t, "anything at all", newRedactor().text("anything at all"))
	assert.Equal(t, "hunter2", Redact("hunter2", "hunter2"), "what is that short is in every text")
	assert.Equal(t, "the secret is [removed]", Redact("the secret is hunter12", "hunter12"))
}

// Servers quote what they were sent in JSON, that in XML, and that in a URL.
func TestEscapesAroundEscapesAreUndone(t *testing.T) {
	octal := func(s string) string { return each(s, `\%03o`) }
	long := func(s string) string { return each(s, `\U%08x`) }
	xml := func(s string) string { return strings.ReplaceAll(entities(s), "&", "&amp;") }
	for name, form := range map[string]func(string) string{
		"octal": octal, "of eight digits": long, "XML in XML": xml,
		"JSON in a URL":               func(s string) string { return percent(jsonEscape(s)) },
		"XML in a URL":                func(s string) string { return percent(entities(s)) },
		"a URL in XML":                func(s string) string { return entities(percent(s)) },
		"Go in JSON in a URL":         func(s string) string { return percent(jsonEscape(goEscape(s))) },
		"only the backslashes in XML": func(s string) string { return strings.ReplaceAll(jsonEscape(s), `\`, "&#92;") },
	} {
		text := Redact("before "+form(strings.TrimSuffix(testSecret, "="))+" after", testSecret)
		assert.Equal(t, "before [removed] after", text, name)
	}
}

// A session token is base64, and begins and ends with any of its characters.
func TestWhatIsNoLetterOfASecretIsHiddenWithIt(t *testing.T) {
	for _, around := range [][2]string{{"+", "/"}, {"//", "=="}, {"/+", "-_"}, {"", ""}} {
		secret := around[0] + testSecret + around[1]
		assert.Equal(t, "token: [removed], key: [removed]\n",
			Redact("token: "+secret+", key: "+secret+"\n", secret), secret)
	}
}

func BenchmarkRedact64KiB(b *testing.B) {
	for name, text := range map[string]string{
		"nothing in it": strings.Repeat("the answer of a server that says much ", 64<<10/38),
		"tokens alone":  strings.Repeat(testToken, 64<<10/len(testToken)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_ = newRedactor(testToken, testSecret).text(text)
			}
		})
	}
}

func BenchmarkNewRedactor(b *testing.B) {
	for b.Loop() {
		_ = newRedactor(testToken, testSecret)
	}
}
