package s3read_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// FuzzErrorBody reads answers that are no success and hold anything at all. Their errors are one
// line without controls and marks that turn text around, and not endless.
func FuzzErrorBody(f *testing.F) {
	for status, body := range map[int]string{
		400: "<Error><Code>InvalidRequest</Code><Message>no</Message></Error>", 403: "<html>\x1b[31mno\u202e</html>",
		404: "<Error><Code>No\nSuchKey</Code><RequestId>\u2028</RequestId><HostId>\x00</HostId></Error>",
		409: "<Error><Code></Code>", 412: "", 500: "<Error><Message>" + strings.Repeat("é", 70<<10) + "</Message></Error>",
		301: "<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere</Endpoint></Error>",
		416: "<?xml version=\"1.1\"?><Error><Code>&#13;&#x202e;</Code><Message><![CDATA[\r\n]]></Message></Error>",
	} {
		f.Add(status, body, "id", "eu-west-1")
	}
	f.Add(412, "", "\x06", "0")
	f.Fuzz(func(t *testing.T, status int, body, id, region string) {
		synctest.Test(t, func(t *testing.T) {
			for name, ask := range map[string]func(*s3read.Bucket) error{
				"open": func(b *s3read.Bucket) error { _, err := b.Open(t.Context(), "key"); return err },
				"stat": func(b *s3read.Bucket) error { _, err := b.Stat(t.Context(), "key"); return err },
				"download": func(b *s3read.Bucket) error {
					_, err := b.Download(t.Context(), "key", make(memory, 0))
					return err
				},
				"list": func(b *s3read.Bucket) error { _, err := collect(t.Context(), b, ""); return err },
			} {
				once := false
				client := serve(func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["X-Amz-Request-Id"] = []string{id}
					w.Header()["X-Amz-Bucket-Region"] = []string{region}
					if once { // what is tried again is denied, so that nobody waits
						w.WriteHeader(http.StatusForbidden)
						return
					}
					once = true
					w.WriteHeader(300 + int(uint(status)%300))
					_, _ = io.WriteString(w, body)
				})
				var e *s3read.Error
				require.ErrorAs(t, ask(s3read.NewBucket(client, "bucket")), &e, name)
				for _, text := range []string{e.Error(), e.Hint, e.RequestID, e.Region} {
					require.Less(t, len(text), 80<<10, name)
					for _, r := range text {
						require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029,
							"%s: %q", name, text)
					}
				}
			}
		})
	})
}
