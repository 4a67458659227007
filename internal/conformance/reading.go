package conformance

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// with returns a copy of headers with further ones, given as names and values in turns. An empty
// value removes a header.
func with(headers map[string]string, more ...string) map[string]string {
	headers = maps.Clone(headers)
	for i := 0; i < len(more); i += 2 {
		if headers[more[i]] = more[i+1]; more[i+1] == "" {
			delete(headers, more[i])
		}
	}
	return headers
}

// The headers of the answers: none, or those of the objects with these keys.
var (
	none   = map[string]string{}
	digits = map[string]string{
		"Accept-Ranges": "bytes", "Content-Length": "10", "Content-Type": "text/plain", "Content-Encoding": "identity",
		"Etag": `"781e5e245d69b566979b86e28d23f2c7"`, "Last-Modified": "present", "X-Amz-Meta-Team": "data",
	}
	empty = map[string]string{
		"Accept-Ranges": "bytes", "Content-Length": "0", "Content-Type": "text/plain",
		"Etag": `"d41d8cd98f00b204e9800998ecf8427e"`, "Last-Modified": "present",
	}
	parts = map[string]string{
		"Accept-Ranges": "bytes", "Content-Length": "5242960", "Content-Type": "application/x-parts",
		"Etag": `"5524629a1592e8cbb7ab5eccd02f42ee-2"`, "Last-Modified": "present",
	}
)

// read returns the input for a key of readBucket, changed by a function if there is one. ranged,
// part and checked are its most common changes.
func read(key string, change func(*s3.GetObjectInput)) s3.GetObjectInput {
	in := s3.GetObjectInput{Bucket: aws.String(readBucket), Key: &key}
	if change != nil {
		change(&in)
	}
	return in
}

func ranged(key, header string) s3.GetObjectInput {
	return read(key, func(in *s3.GetObjectInput) { in.Range = &header })
}

func part(key string, number int32) s3.GetObjectInput {
	return read(key, func(in *s3.GetObjectInput) { in.PartNumber = &number })
}

func checked(key string) s3.GetObjectInput {
	return read(key, func(in *s3.GetObjectInput) { in.ChecksumMode = types.ChecksumModeEnabled })
}

// reading are the cases of GET and HEAD without versions.
func reading() []Case {
	missing := Answer{Status: 404, Code: "NoSuchKey", Header: none}
	notFound := Answer{Status: 404, Code: "NotFound", Header: none}
	cases := []Case{
		{
			Name: "a GET of an object", Ask: get(read("digits", nil)),
			Want: Answer{Status: 200, Header: digits, Body: "0123456789"},
		},
		{
			Name: "a HEAD of an object", Ask: head(headInput(readBucket, "digits")),
			Want: Answer{Status: 200, Header: digits},
		},
		{Name: "a GET of an empty object", Ask: get(read("empty", nil)), Want: Answer{Status: 200, Header: empty}},
		{
			Name: "a HEAD of an empty object", Ask: head(headInput(readBucket, "empty")),
			Want: Answer{Status: 200, Header: empty},
		},
		{
			Name: "a GET of an object in parts", Ask: get(read("parts", nil)),
			Want: Answer{Status: 200, Header: parts, Body: digest(multipart)},
		},
		{Name: "a GET of a key that does not exist", Ask: get(read("none", nil)), Want: missing},
		{Name: "a HEAD of a key that does not exist", Ask: head(headInput(readBucket, "none")), Want: notFound},
		{
			Name: "a GET in a bucket that does not exist",
			Want: Answer{Status: 404, Code: "NoSuchBucket", Header: none},
			Ask:  get(s3.GetObjectInput{Bucket: aws.String("conformance-none"), Key: aws.String("k")}),
		},
		{
			Name: "a HEAD in a bucket that does not exist", Ask: head(headInput("conformance-none", "k")),
			Want: notFound,
		},

		{
			Name: "a range", Ask: get(ranged("digits", "bytes=2-4")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "3", "Content-Range", "bytes 2-4/10"),
				Body: "234"},
		},
		{
			Name: "a range without an end", Ask: get(ranged("digits", "bytes=7-")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "3", "Content-Range", "bytes 7-9/10"),
				Body: "789"},
		},
		{
			Name: "a range that ends after the object", Ask: get(ranged("digits", "bytes=7-99")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "3", "Content-Range", "bytes 7-9/10"),
				Body: "789"},
		},
		{
			Name: "the last bytes", Ask: get(ranged("digits", "bytes=-3")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "3", "Content-Range", "bytes 7-9/10"),
				Body: "789"},
		},
		{
			Name: "more last bytes than there are", Ask: get(ranged("digits", "bytes=-99")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Range", "bytes 0-9/10"), Body: "0123456789"},
		},
		{
			Name: "a range of the whole", Ask: get(ranged("digits", "bytes=0-")),
			Want: Answer{Status: 206, Header: with(digits, "Content-Range", "bytes 0-9/10"), Body: "0123456789"},
		},
		{
			Name: "a range after the end of the object", Ask: get(ranged("digits", "bytes=10-")),
			Want: Answer{Status: 416, Code: "InvalidRange", Header: none},
		},
		{
			Name: "a range of an empty object", Ask: get(ranged("empty", "bytes=0-")),
			Want: Answer{Status: 416, Code: "InvalidRange", Header: none},
		},
		{
			Name: "the last zero bytes", Ask: get(ranged("digits", "bytes=-0")),
			Want: Answer{Status: 416, Code: "InvalidRange", Header: none},
		},
		{
			Name: "a range across the parts", Ask: get(ranged("parts", "bytes=5242872-5242887")),
			Want: Answer{
				Status: 206,
				Header: with(parts, "Content-Length", "16", "Content-Range", "bytes 5242872-5242887/5242960"),
				Body:   "irsa-go irsa-go ",
			},
		},
		{
			Name: "a range that ends before it starts is ignored", Ask: get(ranged("digits", "bytes=4-2")),
			Want: Answer{Status: 200, Header: digits, Body: "0123456789"},
			Except: map[string]Exception{"MinIO": {
				Why:  "it takes an end before the start for a range that can't be satisfied",
				Want: Answer{Status: 416, Code: "InvalidRange", Header: none},
			}},
		},
		{
			Name: "a unit other than bytes is ignored", Ask: get(ranged("digits", "lines=1-2")),
			Want: Answer{Status: 200, Header: digits, Body: "0123456789"},
		},

		{
			Name: "the first part of two", Ask: get(part("parts", 1)),
			Want: Answer{
				Status: 206,
				Header: with(parts, "Content-Length", "5242880", "Content-Range", "bytes 0-5242879/5242960",
					"X-Amz-Mp-Parts-Count", "2"),
				Body: digest(multipart[:partSize]),
			},
		},
		{
			Name: "the last part of two", Ask: get(part("parts", 2)),
			Want: Answer{
				Status: 206,
				Header: with(parts, "Content-Length", "80", "Content-Range", "bytes 5242880-5242959/5242960",
					"X-Amz-Mp-Parts-Count", "2"),
				Body: digest(multipart[partSize:]),
			},
		},
		{
			Name: "a part that does not exist", Ask: get(part("parts", 3)),
			Want: Answer{Status: 416, Code: "InvalidPartNumber", Header: none},
		},
		{
			Name: "the only part", Ask: get(part("digits", 1)),
			Want: Answer{Status: 206, Header: with(digits, "Content-Range", "bytes 0-9/10"), Body: "0123456789"},
		},

		{
			Name: "a checksum that is asked for", Ask: get(checked("digits")),
			Want: Answer{
				Status: 200,
				Header: with(
					digits, "X-Amz-Checksum-Crc64nvme", "Ffmx7kz9nB0=", "X-Amz-Checksum-Type", "FULL_OBJECT",
				),
				Body: "0123456789",
			},
		},
		{
			Name: "another algorithm's", Ask: get(checked("empty")),
			Want: Answer{
				Status: 200,
				Header: with(
					empty, "X-Amz-Checksum-Sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
					"X-Amz-Checksum-Type", "FULL_OBJECT",
				),
			},
		},
		{
			Name: "the whole object's checksum over parts", Ask: get(checked("parts")),
			Want: Answer{
				Status: 200,
				Header: with(
					parts, "X-Amz-Checksum-Crc64nvme", "ETwp8Ol3DW8=", "X-Amz-Checksum-Type", "FULL_OBJECT",
				),
				Body: digest(multipart),
			},
		},
		{
			Name: "a checksum of the parts' checksums", Ask: get(checked("composite")),
			Want: Answer{
				Status: 200,
				Header: with(
					parts, "X-Amz-Checksum-Sha256", "2j7LACLtvc2rrB1uSE4Q+2UCI7E2+YqZELj6pIp8nd4=-2",
					"X-Amz-Checksum-Type", "COMPOSITE",
				),
				Body: digest(multipart),
			},
		},
		{
			Name: "a checksum with a HEAD", Want: Answer{
				Status: 200,
				Header: with(
					digits, "X-Amz-Checksum-Crc64nvme", "Ffmx7kz9nB0=", "X-Amz-Checksum-Type", "FULL_OBJECT",
				),
			},
			Ask: head(s3.HeadObjectInput{
				Bucket: aws.String(readBucket), Key: aws.String("digits"), ChecksumMode: types.ChecksumModeEnabled,
			}),
		},
		{
			Name: "no checksum of a range",
			Ask: get(read("digits", func(in *s3.GetObjectInput) {
				in.ChecksumMode, in.Range = types.ChecksumModeEnabled, aws.String("bytes=2-4")
			})),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "3", "Content-Range", "bytes 2-4/10"),
				Body: "234"},
		},
	}
	return append(cases, conditional()...)
}

// headInput returns the input of a HEAD.
func headInput(bucket, key string) s3.HeadObjectInput {
	return s3.HeadObjectInput{Bucket: &bucket, Key: &key}
}
