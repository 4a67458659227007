package s3read_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestServeContentCostsOneGET(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 3 << 20} {
		for _, name := range []string{"file.txt", "of a type to be found out"} {
			var fake s3readtest.Server
			data := content(size)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
			r := open(t, direct(&fake))
			w := httptest.NewRecorder()
			http.ServeContent(w, httptest.NewRequest(http.MethodGet, "/", nil), name, time.Time{}, r)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.True(t, bytes.Equal(data, w.Body.Bytes()))
			assert.Len(t, fake.Requests(), 1)
		}
	}
}

func TestAnObjectHasWhatHTTPServersNeed(t *testing.T) {
	var fake s3readtest.Server
	fake.Put("bucket", "key", "body")
	for name, value := range map[string]string{
		"Cache-Control": "no-cache", "Content-Disposition": "attachment", "Content-Language": "de",
		"Expires": "Wed, 25 Nov 2026 04:00:00 GMT",
	} {
		fake.Inject(s3readtest.Fault{Do: s3readtest.SetHeader(name, value)})
	}
	b := direct(&fake)
	stat, err := b.Stat(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, "no-cache", stat.CacheControl)
	assert.Equal(t, "attachment", stat.ContentDisposition)
	assert.Equal(t, "de", stat.ContentLanguage)
	assert.Equal(t, time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC), stat.Expires)
	assert.Equal(t, stat, open(t, b).Object())
}
