package conformance

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// list asks for one page.
func list(in s3.ListObjectsV2Input) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		if in.Bucket == nil {
			in.Bucket = aws.String(listBucket)
		}
		out, err := client.ListObjectsV2(ctx, &in)
		if err != nil {
			return failure(err)
		}
		return pageAnswer(out), nil
	}
}

// walk follows the tokens from page to page, and returns the entries of all pages and the last
// Page.
func walk(in s3.ListObjectsV2Input) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		in.Bucket = aws.String(listBucket)
		var all Answer
		for {
			out, err := client.ListObjectsV2(ctx, &in)
			if err != nil {
				return failure(err)
			}
			a := pageAnswer(out)
			a.Keys, a.Prefixes = append(all.Keys, a.Keys...), append(all.Prefixes, a.Prefixes...)
			all = a
			if in.ContinuationToken = out.NextContinuationToken; in.ContinuationToken == nil {
				return all, nil
			}
		}
	}
}

// pageAnswer turns one page into an Answer.
func pageAnswer(out *s3.ListObjectsV2Output) Answer {
	a := Answer{Status: raw(out.ResultMetadata).StatusCode, Page: Page{
		Truncated: aws.ToBool(out.IsTruncated), Token: out.NextContinuationToken != nil,
		Count: aws.ToInt32(out.KeyCount), Max: aws.ToInt32(out.MaxKeys),
		Prefix: aws.ToString(out.Prefix), Delimiter: aws.ToString(out.Delimiter),
		StartAfter: aws.ToString(out.StartAfter), Encoding: out.EncodingType,
	}}
	for _, o := range out.Contents {
		a.Keys = append(a.Keys, aws.ToString(o.Key))
	}
	for _, p := range out.CommonPrefixes {
		a.Prefixes = append(a.Prefixes, aws.ToString(p.Prefix))
	}
	return a
}

// page returns the expected answer with these keys and prefixes. Max and Count of p have defaults:
// a thousand, and what there is.
func page(p Page, keys, prefixes []string) Answer {
	if p.Max == 0 {
		p.Max = 1000
	}
	if p.Count == 0 {
		p.Count = int32(len(keys) + len(prefixes))
	}
	return Answer{Status: 200, Page: p, Keys: keys, Prefixes: prefixes}
}

// encoded are keys as encoding-type=url sends them.
var encoded = []string{
	"a+b", "a%2Bb", "a/1", "a/2/x", "a/2/y", "a/3", "a%3Db%26c", "b-c/1", "b/", "b/%2541",
	"quoted+%22%3C%26%3E%27", "z%08control", "%C3%A9", "%E6%97%A5%E6%9C%AC%E8%AA%9E", "%EF%BF%BD", "%F0%9F%98%80",
}

// listing are the cases of ListObjectsV2.
func listing() []Case {
	slash, url := aws.String("/"), types.EncodingTypeUrl
	return []Case{
		{
			Name: "every key, in the order of its bytes, encoded",
			Ask:  list(s3.ListObjectsV2Input{EncodingType: url}),
			Want: page(Page{Encoding: url}, encoded, nil),
		},
		{
			Name: "keys are sent as they are without an encoding",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("quoted ")}),
			Want: page(Page{Prefix: "quoted "}, []string{"quoted \"<&>'"}, nil),
		},
		{
			Name: "a prefix is encoded too",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a="), EncodingType: url}),
			Want: page(Page{Prefix: "a%3D", Encoding: url}, []string{"a%3Db%26c"}, nil),
		},
		{
			Name: "a prefix is one of bytes, not of folders",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a/2")}),
			Want: page(Page{Prefix: "a/2"}, []string{"a/2/x", "a/2/y"}, nil),
		},
		{
			Name: "a prefix that no key has",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("none")}),
			Want: page(Page{Prefix: "none"}, nil, nil),
		},
		{
			Name: "a delimiter rolls keys up",
			Ask:  list(s3.ListObjectsV2Input{Delimiter: slash, EncodingType: url}),
			Want: page(Page{Delimiter: "/", Encoding: url},
				append([]string{"a+b", "a%2Bb", "a%3Db%26c"}, encoded[10:]...), []string{"a/", "b-c/", "b/"}),
		},
		{
			Name: "a delimiter below a prefix",
			Ask:  list(s3.ListObjectsV2Input{Delimiter: slash, Prefix: aws.String("a/")}),
			Want: page(Page{Delimiter: "/", Prefix: "a/"}, []string{"a/1", "a/3"}, []string{"a/2/"}),
		},
		{
			Name: "a folder's marker is a key of the folder",
			Ask:  list(s3.ListObjectsV2Input{Delimiter: slash, Prefix: aws.String("b/")}),
			Want: page(Page{Delimiter: "/", Prefix: "b/"}, []string{"b/", "b/%41"}, nil),
		},
		{
			Name: "a name that is a key and a folder is both",
			Ask:  list(s3.ListObjectsV2Input{Bucket: aws.String(clashBucket), Delimiter: slash}),
			Want: page(Page{Delimiter: "/"}, []string{"key"}, []string{"key/"}),
			Except: map[string]Exception{"MinIO": {
				Why:  "its listings don't look below a folder of its disk that holds an object",
				Want: page(Page{Delimiter: "/"}, []string{"key"}, nil),
			}},
		},
		{
			Name: "a delimiter other than a slash",
			Ask:  list(s3.ListObjectsV2Input{Delimiter: aws.String("2/"), Prefix: aws.String("a/")}),
			Want: page(Page{Delimiter: "2/", Prefix: "a/"}, []string{"a/1", "a/3"}, []string{"a/2/"}),
		},
		{
			Name: "StartAfter is exclusive",
			Ask:  list(s3.ListObjectsV2Input{StartAfter: aws.String("a/2/x"), Prefix: aws.String("a/")}),
			Want: page(Page{StartAfter: "a/2/x", Prefix: "a/"}, []string{"a/2/y", "a/3"}, nil),
		},
		{
			Name: "StartAfter need not be a key",
			Ask:  list(s3.ListObjectsV2Input{StartAfter: aws.String("a/2/xx"), Prefix: aws.String("a/")}),
			Want: page(Page{StartAfter: "a/2/xx", Prefix: "a/"}, []string{"a/2/y", "a/3"}, nil),
		},
		{
			Name: "StartAfter before the prefix",
			Ask:  list(s3.ListObjectsV2Input{StartAfter: aws.String("A"), Prefix: aws.String("a/2")}),
			Want: page(Page{StartAfter: "A", Prefix: "a/2"}, []string{"a/2/x", "a/2/y"}, nil),
		},
		{
			Name: "StartAfter after the prefix",
			Ask:  list(s3.ListObjectsV2Input{StartAfter: aws.String("b"), Prefix: aws.String("a/2")}),
			Want: page(Page{StartAfter: "b", Prefix: "a/2"}, nil, nil),
		},
		{
			Name: "StartAfter after every key",
			Ask:  list(s3.ListObjectsV2Input{StartAfter: aws.String("\U0010FFFF"), EncodingType: url}),
			Want: page(Page{StartAfter: "%F4%8F%BF%BF", Encoding: url}, nil, nil),
		},
		{
			Name: "StartAfter inside what a delimiter rolls up",
			Ask: list(s3.ListObjectsV2Input{StartAfter: aws.String("a/2/x"), Prefix: aws.String("a/"),
				Delimiter: slash}),
			Want: page(Page{StartAfter: "a/2/x", Prefix: "a/", Delimiter: "/"}, []string{"a/3"}, nil),
		},
		{
			Name: "a page of two has a token",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a/"), MaxKeys: aws.Int32(2)}),
			Want: page(Page{Prefix: "a/", Max: 2, Truncated: true, Token: true}, []string{"a/1", "a/2/x"}, nil),
		},
		{
			Name: "pages of one hold every key once",
			Ask:  walk(s3.ListObjectsV2Input{MaxKeys: aws.Int32(1), EncodingType: url}),
			Want: page(Page{Max: 1, Count: 1, Encoding: url}, encoded, nil),
			Except: map[string]Exception{"MinIO": {
				Why:  "an empty page may follow the last key",
				Want: Answer{Status: 200, Page: Page{Max: 1, Encoding: url}, Keys: encoded},
			}},
		},
		{
			Name: "pages of one hold every prefix once",
			Ask: walk(s3.ListObjectsV2Input{
				MaxKeys: aws.Int32(1), EncodingType: url, Delimiter: slash, Prefix: aws.String("a/"),
			}),
			Want: page(Page{Max: 1, Count: 1, Encoding: url, Delimiter: "/", Prefix: "a/"},
				[]string{"a/1", "a/3"}, []string{"a/2/"}),
		},
		{
			Name: "a full last page has no token",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a/"), MaxKeys: aws.Int32(4)}),
			Want: page(Page{Prefix: "a/", Max: 4}, []string{"a/1", "a/2/x", "a/2/y", "a/3"}, nil),
		},
		{
			Name: "a page of none ends the listing",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a/"), MaxKeys: aws.Int32(0)}),
			Want: Answer{Status: 200, Page: Page{Prefix: "a/"}},
		},
		{
			Name: "a page of more than 1000 is one of 1000",
			Ask:  list(s3.ListObjectsV2Input{Prefix: aws.String("a/2/"), MaxKeys: aws.Int32(5000)}),
			Want: page(Page{Prefix: "a/2/", Max: 1000}, []string{"a/2/x", "a/2/y"}, nil),
			Except: map[string]Exception{"MinIO": {
				Why:  "it repeats the number asked for",
				Want: page(Page{Prefix: "a/2/", Max: 5000}, []string{"a/2/x", "a/2/y"}, nil),
			}},
		},
		{
			Name: "a negative page size",
			Ask:  list(s3.ListObjectsV2Input{MaxKeys: aws.Int32(-1)}),
			Want: Answer{Status: 400, Code: "InvalidArgument", Header: map[string]string{}},
		},
		{
			Name: "a token that was never given out",
			Ask:  list(s3.ListObjectsV2Input{ContinuationToken: aws.String("!")}),
			Want: Answer{Status: 400, Code: "InvalidArgument", Header: map[string]string{}},
		},
		{
			Name: "an unknown encoding",
			Ask:  list(s3.ListObjectsV2Input{EncodingType: "base64"}),
			Want: Answer{Status: 400, Code: "InvalidArgument", Header: map[string]string{}},
		},
		{
			Name: "a bucket that does not exist",
			Ask:  list(s3.ListObjectsV2Input{Bucket: aws.String("conformance-none")}),
			Want: Answer{Status: 404, Code: "NoSuchBucket", Header: map[string]string{}},
		},
	}
}
