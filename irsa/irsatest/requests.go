package irsatest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"time"
)

// A Request is a request that the STS has received. It holds no secret.
type Request struct {
	Time      time.Time  // by the clock of whoever serves, without skew
	Action    string     // "AssumeRoleWithWebIdentity", …
	Params    url.Values // all others, with a digest in place of the token's text: it tells tokens apart
	Host      string     // that the client asked for, with the port if there was one
	UserAgent string
	AccessKey string // of whoever signed the request; empty if nobody did
	Code      string // of the error that was answered; empty for a success
}

// Requests returns the requests received so far, in their order. Those that
// failed before they were sent (see Phase) are not among them.
func (s *STS) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *STS) record(c *call) int {
	params := maps.Clone(c.params)
	action := params.Get("Action")
	for _, name := range []string{"Action", "Version", "X-Amz-Signature", "X-Amz-Security-Token"} {
		params.Del(name)
	}
	if tokens := params["WebIdentityToken"]; tokens != nil {
		redacted := make([]string, len(tokens))
		for i, token := range tokens {
			sum := sha256.Sum256([]byte(token))
			redacted[i] = "sha256:" + hex.EncodeToString(sum[:8])
		}
		params["WebIdentityToken"] = redacted
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Time: time.Now(), Action: action, Params: params, Host: c.r.Host, UserAgent: c.r.UserAgent(),
		AccessKey: signerOf(c.r),
	})
	return len(s.requests) - 1
}

func (s *STS) recordCode(i int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[i].Code = code
}
