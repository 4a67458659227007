package s3readtest_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// ask hands the Server a request that no client need have made. It returns nil where the target is
// not even a URL.
func ask(t *testing.T, srv *s3readtest.Server, method, host, target string,
	header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	w := httptest.NewRecorder()
	r := &http.Request{Method: method, URL: u, Host: host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1}
	srv.ServeHTTP(w, r.WithContext(t.Context()))
	return w
}

func FuzzServeHTTP(f *testing.F) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "versioned", Versioning: true})
	srv.Put("reports", "a/b c+d.txt", "content")
	srv.Put("versioned", "k", "v")
	srv.Put("data--use1-az4--x-s3", "k", "v")
	const signed = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, " +
		"Signature=secretsignature"
	f.Add("GET", "reports.s3.us-east-1.amazonaws.com", "/a/b%20c+d.txt", "bytes=1-3", "", signed)
	f.Add("GET", "127.0.0.1:9000", "/reports/a/b%20c+d.txt?partNumber=1&versionId=null", "", `"e"`, "")
	f.Add("HEAD", "[::1]:9000", "/reports", "", "", signed)
	f.Add("GET", "", "/", "", "", "Credential=a/b/c/d/e")
	f.Add("GET", "s3.test", "/?max-buckets=-1&continuation-token=%00&X-Amz-Credential=a%2Fb%2Fmars-1%2Fs3%2Fx&X-Amz-Signature=secretsignature", "", "", "")
	f.Add("GET", "%zz.s3.amazonaws.com", "/%2F%00%ff?%zz", "", "", "Credential=////")
	f.Add("GET", "reports.s3", "/?list-type=2&max-keys=99999999999&continuation-token=zszs", "", "", "Credential=,,,")
	f.Add("GET", "data--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session", "", "", "")
	f.Add("GET", "versioned.s3.us-east-1.amazonaws.com", "/k?versionId=&partNumber=0", "bytes=--", "W/,*",
		"Credential=")
	f.Add("DELETE", "reports.s3.eu-west-1.amazonaws.com", "/a?location", "bytes=9223372036854775808-", "", "")
	f.Fuzz(func(t *testing.T, method, host, target, ranges, match, authorization string) {
		srv.ForgetRequests()
		header := http.Header{}
		for name, value := range map[string]string{"Range": ranges, "If-Match": match, "Authorization": authorization} {
			if value != "" {
				header.Set(name, value)
			}
		}
		w := ask(t, srv, method, host, target, header)
		if w == nil {
			return
		}
		requests := srv.Requests()
		require.Len(t, requests, 1)
		assert.Equal(t, w.Code, requests[0].Status)
		assert.NotContains(t, requests[0].Header, "Authorization")
		assert.NotContains(t, requests[0].Query, "X-Amz-Signature")
		if w.Code == http.StatusNotImplemented { // S3's word for what it doesn't do
			if method != http.MethodHead {
				assert.Contains(t, w.Body.String(), "<Message>s3readtest doesn't implement "+requests[0].Op)
			}
			return
		}
		assert.Less(t, w.Code, 500, "the request was bad, not the server")
		if w.Code >= 400 && method != http.MethodHead {
			assert.Regexp(t, `^<\?xml .*\?>\n<Error><Code>[A-Za-z]+</Code><Message>`, w.Body.String())
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, header := range []string{
		"bytes=0-0", "bytes=2-", "bytes=-3", "bytes=-0", "bytes=6-99", "bytes=7-", "bytes=5-4", "bytes=0-1,3-4",
		"bytes=+1-2", "bytes=1--2", "bytes=-", "bytes", "items=0-1", "bytes=0-9223372036854775807",
		"bytes=-9223372036854775808",
	} {
		f.Add(header, "content")
		f.Add(header, "")
	}
	f.Fuzz(func(t *testing.T, header, content string) {
		srv := new(s3readtest.Server)
		srv.Put("b", "k", content)
		w := ask(t, srv, http.MethodGet, "b.s3.us-east-1.amazonaws.com", "/k", http.Header{"Range": {header}})
		switch w.Code {
		case http.StatusOK: // a header that S3 doesn't understand is as none
			assert.Equal(t, content, w.Body.String())
		case http.StatusPartialContent:
			var from, to, size int
			_, err := fmt.Sscanf(w.Header().Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size)
			require.NoError(t, err)
			require.Equal(t, len(content), size)
			require.True(t, 0 <= from && from <= to && to < size, "%d-%d/%d", from, to, size)
			assert.Equal(t, content[from:to+1], w.Body.String())
			assert.Equal(t, strconv.Itoa(to+1-from), w.Header().Get("Content-Length"))
		default:
			assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, w.Code)
			assert.Contains(t, w.Body.String(), "<Code>InvalidRange</Code>")
		}
	})
}

// listed is an answer to ListObjectsV2, of which the url-encoded texts are decoded.
type listed struct {
	IsTruncated           bool
	NextContinuationToken string
	Contents              []struct{ Key string }
	CommonPrefixes        []struct{ Prefix string }
}

func FuzzListing(f *testing.F) {
	keys := []string{"a", "a/", "a/b", "a//b", "a/b/c", "a0", "b c+d&e", "b/\x01", "b/\x7f", "z/é/ü", "zz"}
	srv := new(s3readtest.Server)
	for _, key := range keys {
		srv.Put("b", key, "")
	}
	slices.Sort(keys)
	// token is one that the Server gave out.
	token := func(query string) string {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, httptest.NewRequest(http.MethodGet,
			"http://b.s3.us-east-1.amazonaws.com/?list-type=2&encoding-type=url&"+query, nil))
		var page listed
		require.NoError(f, xml.Unmarshal(w.Body.Bytes(), &page))
		require.NotEmpty(f, page.NextContinuationToken)
		return page.NextContinuationToken
	}
	f.Add("", "", "", 1, "")
	f.Add("a", "/", "", 2, "")
	f.Add("", "/", "a/b", 3, "")
	f.Add("a/", "b", "a/b", 1000, "")
	f.Add("\xff", "\x00", "\xfe", 1, "x")
	f.Add("", "", "", 2, token("max-keys=2"))
	f.Add("b", "/", "", 2, token("max-keys=2&delimiter=/"))
	f.Add("", "/", "", 4, token("max-keys=2&delimiter=/"))
	f.Fuzz(func(t *testing.T, prefix, delimiter, startAfter string, limit int, token string) {
		srv.ForgetRequests()
		query := url.Values{
			"list-type": {"2"}, "encoding-type": {"url"}, "prefix": {prefix}, "delimiter": {delimiter},
			"start-after": {startAfter}, "max-keys": {strconv.Itoa(limit)},
		}
		page := func() (*listed, int) {
			w := ask(t, srv, http.MethodGet, "b.s3.us-east-1.amazonaws.com", "/?"+query.Encode(), http.Header{})
			var page listed
			if w.Code == http.StatusOK {
				require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &page))
			}
			return &page, w.Code
		}
		if token != "" { // anybody's: it is read, or refused
			query.Set("continuation-token", token)
			got, status := page()
			assert.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, status)
			for _, c := range got.Contents {
				assert.True(t, strings.HasPrefix(decoded(t, c.Key), prefix))
			}
			query.Del("continuation-token")
		}
		var wantKeys, wantPrefixes []string
		for _, key := range keys {
			rest, found := strings.CutPrefix(key, prefix)
			before, _, rolled := strings.Cut(rest, delimiter)
			common := prefix + before + delimiter
			switch {
			case !found || delimiter != "" && rolled && common <= startAfter:
			case delimiter != "" && rolled:
				wantPrefixes = append(wantPrefixes, common)
			case key > startAfter:
				wantKeys = append(wantKeys, key)
			}
		}
		wantPrefixes = slices.Compact(wantPrefixes)

		var gotKeys, gotPrefixes []string
		for {
			got, status := page()
			if limit < 0 || limit > 1<<31-1 {
				require.Equal(t, http.StatusBadRequest, status)
				return
			}
			require.Equal(t, http.StatusOK, status)
			require.LessOrEqual(t, len(got.Contents)+len(got.CommonPrefixes), limit)
			for _, c := range got.Contents {
				gotKeys = append(gotKeys, decoded(t, c.Key))
			}
			for _, c := range got.CommonPrefixes {
				gotPrefixes = append(gotPrefixes, decoded(t, c.Prefix))
			}
			require.Equal(t, got.IsTruncated, got.NextContinuationToken != "")
			if !got.IsTruncated {
				break
			}
			require.LessOrEqual(t, len(gotKeys)+len(gotPrefixes), len(keys), "nothing is told twice")
			query.Set("continuation-token", got.NextContinuationToken)
		}
		if limit == 0 {
			assert.Empty(t, append(gotKeys, gotPrefixes...))
			return
		}
		assert.Equal(t, wantKeys, gotKeys)
		assert.Equal(t, wantPrefixes, gotPrefixes)
	})
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	d, err := url.QueryUnescape(s)
	require.NoError(t, err)
	return d
}
