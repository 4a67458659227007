package irsatest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A signature is what a request carries of one, by AWS Signature Version 4: in its Authorization
// header, or in its query where it is presigned.
type signature struct {
	accessKeyID, date string // date as in the credential's scope
	region, service   string
	headers           []string // the signed ones, lower case
	signature         string
	token             string // the session's
	signed            time.Time
	expires           time.Duration // of a presigned request
	presigned         bool
}

var (
	errNotSigned = errors.New("the request is not signed")
	errMalformed = errors.New("the signature is not one of AWS4-HMAC-SHA256")
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	amzTime   = "20060102T150405Z"
)

// parseSignature reads a request's signature, without judging it.
func parseSignature(r *http.Request) (*signature, error) {
	query := r.URL.Query()
	if query.Has("X-Amz-Algorithm") {
		return parsePresigned(query)
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, errNotSigned
	}
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, errMalformed
	}
	fields := make(map[string]string)
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	s := &signature{signature: fields["Signature"], token: r.Header.Get("X-Amz-Security-Token")}
	return s.parse(fields["Credential"], fields["SignedHeaders"], r.Header.Get("X-Amz-Date"))
}

func parsePresigned(query url.Values) (*signature, error) {
	if query.Get("X-Amz-Algorithm") != algorithm {
		return nil, errMalformed
	}
	// S3 takes a week at most; STS takes requests that don't say.
	const week = 7 * 24 * 60 * 60
	seconds, err := strconv.Atoi(cmp.Or(query.Get("X-Amz-Expires"), "900"))
	if err != nil || seconds < 0 || seconds > week {
		return nil, errMalformed
	}
	s := &signature{
		signature: query.Get("X-Amz-Signature"), token: query.Get("X-Amz-Security-Token"),
		presigned: true, expires: time.Duration(seconds) * time.Second,
	}
	return s.parse(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Date"))
}

func (s *signature) parse(credential, headers, at string) (*signature, error) {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || s.signature == "" || headers == "" {
		return nil, errMalformed
	}
	var err error
	if s.signed, err = time.Parse(amzTime, at); err != nil {
		return nil, errMalformed
	}
	s.accessKeyID, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	s.headers = strings.Split(headers, ";")
	if s.accessKeyID == "" || s.date != at[:8] {
		return nil, errMalformed
	}
	return s, nil
}

// matches recomputes the signature with the SDK's own signer, over those headers alone that the
// request says are signed.
func (s *signature) matches(r *http.Request, keys aws.Credentials, payloadHash string) bool {
	again := &http.Request{Method: r.Method, Host: r.Host, Header: make(http.Header)}
	u := *r.URL
	again.URL = &u
	for _, name := range s.headers {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		case "x-amz-date", "x-amz-security-token": // the signer sets them, one value each
			if len(r.Header.Values(name)) > 1 {
				return false
			}
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	asSent := func(o *v4.SignerOptions) {
		o.DisableHeaderHoisting = true               // what was hoisted is in the query already
		o.DisableURIPathEscaping = s.service == "s3" // S3's paths are escaped once, others' twice
	}
	var got string
	if s.presigned {
		query := u.Query()
		query.Del("X-Amz-Signature")
		u.RawQuery = query.Encode()
		signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), keys, again, payloadHash,
			s.service, s.region, s.signed, asSent)
		if err != nil {
			return false
		}
		_, got, _ = cutLast(signed, "X-Amz-Signature=")
	} else {
		err := v4.NewSigner().SignHTTP(context.Background(), keys, again, payloadHash,
			s.service, s.region, s.signed, asSent)
		if err != nil {
			return false
		}
		_, got, _ = cutLast(again.Header.Get("Authorization"), "Signature=")
	}
	return subtle.ConstantTimeCompare([]byte(got), []byte(s.signature)) == 1
}

// leavesOut is the name of a header that the signature has to cover and doesn't: the host, and all
// that begin with x-amz- (IAM User Guide, "Create a signed AWS API request"). What a proxy or a
// tracer adds begins otherwise.
func (s *signature) leavesOut(r *http.Request) string {
	if !slices.Contains(s.headers, "host") {
		return "host"
	}
	var missing []string
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !slices.Contains(s.headers, name) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return strings.Join(missing, ", ")
}

// signerOf is the access key that a request says it is signed with, and the region.
func signerOf(r *http.Request) (accessKeyID, region string) {
	s, err := parseSignature(r)
	if err != nil {
		return "", ""
	}
	return s.accessKeyID, s.region
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
