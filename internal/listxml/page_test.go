package listxml

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResponsesThatAreNoPageAreErrors(t *testing.T) {
	whole := string(page(3))
	for name, body := range map[string]string{
		"nothing":                         "",
		"white space":                     " \n",
		"a word":                          "busy",
		"a proxy's HTML":                  "<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>",
		"another document":                `<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>`,
		"a page that is cut between keys": whole[:strings.LastIndex(whole, "<Contents>")],
		"a page that is cut in a key":     whole[:strings.LastIndex(whole, "</Key>")-4],
		"a page that lacks its last byte": whole[:len(whole)-1],
		"no IsTruncated":                  strings.ReplaceAll(whole, "<IsTruncated>true</IsTruncated>", ""),
		"an entry without a key":          last(`<Contents><Size>1</Size></Contents>`),
		"an empty key":                    last(`<Contents><Key/></Contents>`),
		"an empty common prefix":          last(`<CommonPrefixes><Prefix></Prefix></CommonPrefixes>`),
		"a broken escape in a key":        last(`<EncodingType>url</EncodingType><Contents><Key>50%</Key></Contents>`),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := get(t, client(answers{status: 200, body: []byte(body)}))
			require.Error(t, err)
			assert.Empty(t, p.Objects)
			assert.Empty(t, p.Prefixes)
		})
	}
	t.Run("an entry without a key, after one with a key", func(t *testing.T) {
		_, err := get(t, client(answers{status: 200,
			body: []byte(last(`<Contents><Key>a</Key></Contents><Contents/>`))}))
		require.ErrorIs(t, err, ErrPage)
	})
}

func TestKeysAreFaithful(t *testing.T) {
	keys := map[string]string{ // as S3 encodes them: as they are
		"a%2F%2Fb": "a//b", "%2Fx": "/x", "a%2Bb": "a+b", "a+b": "a b",
		"%C3%A4%E6%97%A5": "ä日", "%26%3C%3E%22%27": `&<>"'`,
		"%08%1F%7F": "\b\x1f\x7f", "%0D%0A": "\r\n", "x/": "x/", "a%5Cb": `a\b`, "%25": "%",
		"%FF": "\xff", "*-._()": "*-._()", "]]": "]]",
	}
	for encoded, key := range keys {
		doc := last(`<Contents><Key>` + encoded + `</Key></Contents>` +
			`<CommonPrefixes><Prefix>` + encoded + `</Prefix></CommonPrefixes><EncodingType>url</EncodingType>`)
		p, err := get(t, client(answers{status: 200, body: []byte(doc)}))
		require.NoError(t, err, encoded)
		require.Len(t, p.Objects, 1)
		assert.Equal(t, key, p.Objects[0].Key)
		assert.Equal(t, []string{key}, p.Prefixes)
	}

	t.Run("names of a server that ignores the encoding are not decoded", func(t *testing.T) {
		doc := last(`<Contents><Key>100%+&amp;&#228;ä&#x2F;%20</Key></Contents>`)
		p, err := get(t, client(answers{status: 200, body: []byte(doc)}))
		require.NoError(t, err)
		assert.Equal(t, "100%+&ää/%20", p.Objects[0].Key)
	})
}
