package listxml

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOddDatesAndTypesAreLeftEmpty(t *testing.T) {
	const key = `<Contents><Key>a</Key><Size>7</Size><ETag>"e"</ETag>`
	for name, entries := range map[string]string{
		"a date of HTTP's":      key + `<LastModified>Wed, 25 Nov 2026 07:38:41 GMT</LastModified></Contents>`,
		"a number for a date":   key + `<LastModified>1795592321</LastModified></Contents>`,
		"no such day":           key + `<LastModified>2026-02-30T00:00:00Z</LastModified></Contents>`,
		"an empty date":         key + `<LastModified></LastModified></Contents>`,
		"a restore of no type":  key + `<RestoreStatus><IsRestoreInProgress>no</IsRestoreInProgress></RestoreStatus></Contents>`,
		"a restore of no date":  key + `<RestoreStatus><RestoreExpiryDate>x</RestoreExpiryDate></RestoreStatus></Contents>`,
		"counts that are empty": `<KeyCount></KeyCount><MaxKeys></MaxKeys>` + key + `</Contents>`,
		"counts of no number":   `<KeyCount>many</KeyCount><MaxKeys>99999999999</MaxKeys>` + key + `</Contents>`,
		"a date and an entity":  `<Name>a&amp;b</Name>` + key + `<LastModified>x</LastModified></Contents>`,
	} {
		t.Run(name, func(t *testing.T) {
			c := client(answers{status: 200, body: []byte(last(entries))})
			want := []Object{{Key: "a", ETag: `"e"`, Size: 7}}
			for _, c := range []s3.ListObjectsV2APIClient{c, viaSDK{c}} {
				p, err := get(t, c)
				require.NoError(t, err)
				assert.Equal(t, want, p.Objects)
			}
		})
	}
	t.Run("and those beside them are kept", func(t *testing.T) {
		doc := last(`<Contents><Key>a</Key><LastModified>x</LastModified></Contents>` +
			`<Contents><Key>b</Key><LastModified>2026-11-25T07:38:41Z</LastModified></Contents>`)
		p, err := get(t, client(answers{status: 200, body: []byte(doc)}))
		require.NoError(t, err)
		assert.Zero(t, p.Objects[0].LastModified)
		assert.Equal(t, 2026, p.Objects[1].LastModified.Year())
	})
	t.Run("but a size that is none fails its page", func(t *testing.T) {
		c := client(answers{status: 200, body: []byte(last(`<Contents><Key>a</Key><Size>many</Size></Contents>`))})
		for _, c := range []s3.ListObjectsV2APIClient{c, viaSDK{c}} {
			_, err := get(t, c)
			require.Error(t, err)
		}
	})
}

// FuzzDropOdd holds that a document which the SDK accepts means the same afterwards.
func FuzzDropOdd(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(last(`<MaxKeys></MaxKeys><X><LastModified>x</LastModified></X>` +
		`<Contents><Key>a</Key><LastModified>2026-11-25T07:38:41&#90;</LastModified></Contents>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		in := &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}
		want, err := client(answers{status: 200, body: doc}).ListObjectsV2(t.Context(), in)
		if err != nil {
			return
		}
		got, err := client(answers{status: 200, body: dropOdd(doc)}).ListObjectsV2(t.Context(), in)
		require.NoError(t, err)
		want.ResultMetadata = got.ResultMetadata
		require.Equal(t, want, got)
	})
}
