package listxml

import (
	"encoding/xml"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// seeds are documents that the one-pass decoder accepts, and ones that differ from them in what it
// does not expect.
var seeds = []string{
	string(page(2)),
	`<ListBucketResult><Name>b</Name><Prefix>a&amp;b</Prefix><StartAfter/><MaxKeys>10</MaxKeys><KeyCount>` +
		`1</KeyCount><Delimiter>/</Delimiter>` +
		`<IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>a%2F</Prefix></CommonPrefixes>` +
		`<EncodingType>url</EncodingType></ListBucketResult>`,
	`<?xml version="1.0"?> <ListBucketResult xmlns=""><IsTruncated>false</IsTruncated><Contents><Owner><ID>` +
		`1</ID><DisplayName>ä</DisplayName></Owner>` +
		`<ETag>&#34;x&#x22;</ETag><Key>k]]&gt;</Key><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>` +
		`<ChecksumType>FULL_OBJECT</ChecksumType></Contents></ListBucketResult>`,
	`<ListBucketResult><IsTruncated>1</IsTruncated><Contents><key>a</key><!-- c --><Size>+5</Size>` +
		`</Contents><![CDATA[x]]></ListBucketResult>`,
	`<ListBucketResult><IsTruncated>false</IsTruncated><X><Y>1</Y><Z/></X><Contents><Key>a</Key><UserTags>` +
		`</UserTags><LastModified>2024-02-30T00:00:00Z</LastModified></Contents></ListBucketResult>`,
	`<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><LastModified>` +
		`2024-02-29T23:59:59.123456Z</LastModified></Contents></ListBucketResult>tail`,
	`<a:ListBucketResult xmlns:a="u"><a:IsTruncated>true</a:IsTruncated></a:ListBucketResult>`,
	`<ListBucketResult><IsTruncated>false</IsTruncated><RestoreStatus/><Contents><Key >a</Key>` +
		`<RestoreStatus><IsRestoreInProgress>x</IsRestoreInProgress></RestoreStatus></Contents >` +
		`</ListBucketResult>`,
	`<html><body>sign in</body></html>`, ``, `<Error><Code>SlowDown</Code></Error>`,
}

// FuzzGet holds the one-pass decoder to the SDK's: the same response through the same client, read
// either way.
func FuzzGet(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(compare)
}

// compare requires that both decoders make the same of doc, or that both reject it. Only where the
// document is no ListBucketResult the one-pass decoder alone may, and must, reject it.
func compare(t *testing.T, doc []byte) {
	c := client(answers{status: 200, body: doc})
	fast, errFast := get(t, c)
	slow, errSlow := get(t, viaSDK{c})
	if errFast == nil {
		require.NoError(t, errSlow, "the SDK refuses what is accepted")
		require.Equal(t, slow, fast)
	} else if errSlow == nil {
		var root struct{ XMLName xml.Name }
		isPage := xml.Unmarshal(doc, &root) == nil && root.XMLName.Local == "ListBucketResult"
		require.False(t, isPage, "the SDK accepts a document that is refused: %v", errFast)
	}

	var p Page
	var out s3.ListObjectsV2Output
	if decode(doc, &out, &p) {
		want, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
		require.NoError(t, err)
		require.Len(t, p.Objects, len(want.Contents))
		require.Len(t, p.Prefixes, len(want.CommonPrefixes))
		want.Contents, want.CommonPrefixes, want.ResultMetadata = nil, nil, out.ResultMetadata
		require.Equal(t, want, &out)
	}
}

// fragments are parts of list responses, and what XML may have beside them.
var fragments = []string{
	"<Contents>", "</Contents>", "<Key>", "</Key>", "<ETag>", "</ETag>", "<Size>", "</Size>", "<StorageClass>",
	"</StorageClass>",
	"<LastModified>", "</LastModified>", "<CommonPrefixes>", "</CommonPrefixes>", "<Prefix>", "</Prefix>",
	"<Owner>", "</Owner>", "<ID>", "</ID>",
	"<EncodingType>url</EncodingType>", "<IsTruncated>false</IsTruncated>",
	"<NextContinuationToken>t</NextContinuationToken>",
	"<Contents><Key>k</Key></Contents>", "<Contents><Key>a%2Fb+c</Key><ETag>&quot;e&quot;</ETag></Contents>",
	"<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>",
	"<Size>17</Size>", "<LastModified>2026-11-23T09:45:11.000Z</LastModified>", "2026-02-29T00:00:00Z",
	"2026-02-28T24:00:00Z", "2026-02-28T00:00:00.1Z",
	"<x/>", "<x>", "</x>", "<Key/>", "<key>", "</key>", "<Size />", "<!-- -->", "<![CDATA[x]]>", "<?pi?>", "x",
	" ", "\r\n", "]]>", "]]&gt;",
	"&quot;", "&#34;", "&#x22;", "&#x8;", "&#xD800;", "&#x10FFFF;", "&nope;", "&", "%", "%2F", "+", "ä", "\xff",
	"\uFFFE", "\x00", "007", "-1", "true",
	"<KeyCount>1</KeyCount>", "<MaxKeys>1000</MaxKeys>", "<Name>", "</Name>",
	"<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>", "<RestoreStatus/>",
	"<Owner><ID>1</ID></Owner>", "<y><x>1</x></y>", "</ListBucketResult>", "<a b=\"c\">", "</a>",
	"<n:Key>k</n:Key>", "<IsTruncated>TRUE</IsTruncated>",
}

// FuzzFragments puts responses together from fragments, so that more of them come near to being
// valid than with random bytes.
func FuzzFragments(f *testing.F) {
	f.Add([]byte{0, 2, 41, 3, 26, 1, 20, 21})
	f.Add([]byte{21, 23, 24, 25, 66, 67, 20})
	f.Add([]byte{22, 0, 72, 2, 46, 3, 4, 47, 50, 5, 1, 21})
	f.Fuzz(func(t *testing.T, choice []byte) {
		doc := []byte("<ListBucketResult>")
		for _, i := range choice[:min(len(choice), 64)] {
			doc = append(doc, fragments[int(i)%len(fragments)]...)
		}
		compare(t, append(doc, "</ListBucketResult>"...))
	})
}
