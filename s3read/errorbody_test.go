package s3read_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"

	"github.com/stretchr/testify/assert"
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
			status = 300 + int(uint(status)%300)
			once := false
			client := serve(func(w http.ResponseWriter, _ *http.Request) {
				if once { // what is tried again is denied, so that nobody waits
					status, body = 403, ""
				}
				once = true
				w.Header()["X-Amz-Request-Id"] = []string{id}
				w.Header()["X-Amz-Bucket-Region"] = []string{region}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			_, err := s3read.NewBucket(client, "bucket").Open(t.Context(), "key")
			var e *s3read.Error
			require.ErrorAs(t, err, &e)
			for _, text := range []string{err.Error(), e.Hint, e.RequestID, e.Region} {
				assert.Less(t, len(text), 80<<10)
				for _, r := range text {
					require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029,
						"%q", text)
				}
			}
		})
	})
}
