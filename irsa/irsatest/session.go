package irsatest

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A session is one that this STS gave out.
type session struct {
	arn     string // arn:aws:sts::111122223333:assumed-role/reader/payments.api-0
	userID  string // AROA…:payments.api-0
	account string
	keys    aws.Credentials
}

func (s *STS) newSession(r *role, name string, now time.Time, duration time.Duration) *session {
	if s.SessionDuration != 0 {
		duration = s.SessionDuration
	}
	_, roleName, _ := cutLast("/"+r.arn.Name, "/") // an assumed role's ARN has no path
	n := &session{
		arn:     "arn:" + r.arn.Partition + ":sts::" + r.arn.Account + ":assumed-role/" + roleName + "/" + name,
		userID:  uniqueID("AROA", r.ARN) + ":" + name,
		account: r.arn.Account,
		keys: aws.Credentials{
			AccessKeyID:     "ASIA" + randomBase32(10),
			SecretAccessKey: randomBase64(30),
			SessionToken:    randomBase64(240),
			CanExpire:       true,
			Expires:         now.Add(duration).UTC().Truncate(time.Second),
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions = make(map[string]*session)
	}
	s.sessions[n.keys.AccessKeyID] = n
	return n
}

func (s *STS) session(accessKeyID string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[accessKeyID]
}

func (n *session) xml() *credentialsXML {
	return &credentialsXML{n.keys.AccessKeyID, n.keys.SecretAccessKey, n.keys.SessionToken, timestamp(n.keys.Expires)}
}

// uniqueID is an id as IAM gives its entities, the same for the same ARN.
func uniqueID(prefix, arn string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(uid("role", "", arn), "-", ""))[:17]
}

func randomBase32(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base32.StdEncoding.EncodeToString(b)
}

func randomBase64(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
