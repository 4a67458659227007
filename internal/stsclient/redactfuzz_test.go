package stsclient

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzRedact(f *testing.F) {
	f.Add("value '", "' is not one", 10, 60, 7, "\n")
	f.Add("", "", 0, 200, 1, "%20")
	f.Add("%", "\\", 100, 20, 3, ".")
	f.Fuzz(func(t *testing.T, before, after string, from, n, every int, with string) {
		from = min(max(from, 0), len(testToken))
		quoted := testToken[from:min(len(testToken), from+max(n, 0))]
		for i := range len(with) { // what stands in between is no letter
			if lower(with[i]) != 0 {
				with = "."
				break
			}
		}
		if every > 0 {
			quoted = wrap(quoted, every, with)
		}
		text := newRedactor(testToken).text(before + quoted + after)
		require.Empty(t, survives(text, testToken), "%q", text)
	})
}

// Whatever escapes are around whatever escapes, no run of the token can be had by undoing them.
func FuzzRedactEscapes(f *testing.F) {
	octal := func(s string) string { return each(s, `\%03o`) }
	long := func(s string) string { return each(s, `\U%08x`) }
	decimal := func(s string) string { return each(s, "&#%d;") }
	forms := []func(string) string{percent, jsonEscape, goEscape, entities, octal, long, decimal, url.QueryEscape}
	for i := range forms {
		f.Add("value '", "' is not one", 10, 60, uint(i))
		f.Add("", "", 0, 200, uint(len(forms)*(i+1)))
		f.Add(".", "\n", 90, 30, uint(len(forms)*len(forms)*i+7))
	}
	f.Fuzz(func(t *testing.T, before, after string, from, n int, chosen uint) {
		from = min(max(from, 0), len(testToken))
		quoted := testToken[from:min(len(testToken), from+max(n, 0))]
		// What begins or goes on with an escape of its own is another text.
		plain := strings.NewReplacer("%", "", "\\", "", "&", "", ";", "", "#", "")
		form := func(s string) string {
			for of := chosen % 1000; of > 0; of /= uint(len(forms)) {
				s = forms[of%uint(len(forms))](s)
			}
			return s
		}
		text := newRedactor(testToken).text(plain.Replace(before) + form(quoted) + plain.Replace(after))
		for at, more, n := plainly(text), true, 0; more && n <= deepest; n++ {
			require.Empty(t, survives(at.text, quoted), "%q", at.text)
			at, more = at.unescaped()
		}
		for i := 0; i+sparseLength <= len(quoted); i++ {
			require.NotContains(t, text, form(quoted[i:i+sparseLength]))
		}
	})
}

// In whatever base64 stands: no twelve characters of the token can be had by decoding it.
func FuzzRedactBase64(f *testing.F) {
	f.Add("value '", "' is not one", []byte("x"), []byte("yz"), 10, 60, 0)
	f.Add("", "", []byte{}, []byte{}, 0, 300, 76)
	f.Add("aaaa", "=", []byte{0xff, 0xfe}, []byte("=="), 200, 12, 4)
	f.Fuzz(func(t *testing.T, before, after string, prefix, suffix []byte, from, n, every int) {
		from = min(max(from, 0), len(testToken))
		quoted := testToken[from:min(len(testToken), from+max(n, 0))]
		encoded := base64.StdEncoding.EncodeToString(slices.Concat(prefix, []byte(quoted), suffix))
		if every > 0 {
			encoded = wrap(encoded, every, "\r\n")
		}
		text := newRedactor(testToken).text(before + "'" + encoded + "'" + after)
		for shown := range strings.SplitSeq(strings.NewReplacer("\r\n", "", "=", "").Replace(text), "'") {
			for skip := range min(4, len(shown)) {
				decoded, _ := base64.RawStdEncoding.DecodeString(shown[skip:]) // up to what isn't base64
				for i := 0; i+sparseLength <= len(quoted); i++ {
					require.NotContains(t, string(decoded), quoted[i:i+sparseLength], "%q", text)
				}
			}
		}
	})
}
