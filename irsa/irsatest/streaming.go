package irsatest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/awschunked"
)

// signedChunks begins the values of X-Amz-Content-Sha256 that say that each chunk is signed.
const signedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

// checkChunks verifies the signatures of a body in chunks: each covers the one before it, the first
// that of the request (S3 API reference, "Signature calculations for the Authorization header:
// transferring payload in multiple chunks").
func (s *signature) checkChunks(r *http.Request, secret, hash string) error {
	raw, err := readBody(r)
	if err != nil {
		return err
	}
	body, err := awschunked.Read(bytes.NewReader(raw))
	if err != nil {
		return refuse("IncompleteBody", "The request body terminated unexpectedly")
	}
	at := s.signed.Format(amzTime)
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	before := s.signature
	holds := func(kind, signature string, hashes ...string) bool {
		text := append([]string{kind, at, scope, before}, hashes...)
		before = hex.EncodeToString(hmacSHA256(key, strings.Join(text, "\n")))
		return subtle.ConstantTimeCompare([]byte(before), []byte(signature)) == 1
	}
	ok := true
	for _, c := range body.Chunks {
		ok = ok && holds("AWS4-HMAC-SHA256-PAYLOAD", c.Signature, sha256Hex(nil), sha256Hex(c.Data))
	}
	if strings.HasSuffix(hash, "-TRAILER") {
		ok = ok && holds("AWS4-HMAC-SHA256-TRAILER", body.Trailer.Get(awschunked.TrailerSignature),
			sha256Hex([]byte(body.RawTrailer)))
	}
	if !ok {
		return refuse("SignatureDoesNotMatch", "The request signature we calculated does not match the signature "+
			"you provided. Check your key and signing method.")
	}
	return nil
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
