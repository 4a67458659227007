package irsatest

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A session is one that this STS gave out, or a user, whose keys never end.
type session struct {
	arn            string // arn:aws:sts::111122223333:assumed-role/reader/payments.api-0
	userID         string // AROA…:payments.api-0
	partition      string
	account        string
	roleARN        string // empty for a user
	sourceIdentity string
	keys           aws.Credentials
}

// AddUser adds an IAM user with an access key: "arn:aws:iam::111122223333:user/ci".
// Its requests are authorized, and it may assume roles that trust it, without the
// cap of chained sessions.
func (s *STS) AddUser(arn, accessKeyID, secretAccessKey string) error {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 || !strings.HasPrefix(f[5], "user/") {
		return fmt.Errorf("add user: %q is not the arn of a user", arn)
	}
	s.addSession(&session{
		arn: arn, userID: uniqueID("AIDA", arn), partition: f[1], account: f[4],
		keys: aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey},
	})
	return nil
}

func (s *STS) newSession(r *role, name, sourceIdentity string, now time.Time, duration time.Duration) *session {
	if s.SessionDuration != 0 {
		duration = s.SessionDuration
	}
	_, roleName, _ := cutLast("/"+r.arn.Name, "/") // an assumed role's ARN has no path
	n := &session{
		arn:            "arn:" + r.arn.Partition + ":sts::" + r.arn.Account + ":assumed-role/" + roleName + "/" + name,
		userID:         uniqueID("AROA", r.ARN) + ":" + name,
		partition:      r.arn.Partition,
		account:        r.arn.Account,
		roleARN:        r.ARN,
		sourceIdentity: sourceIdentity,
		keys: aws.Credentials{
			AccessKeyID:     "ASIA" + randomBase32(10),
			SecretAccessKey: randomBase64(30),
			SessionToken:    randomBase64(240),
			CanExpire:       true,
			Expires:         now.Add(duration).UTC().Truncate(time.Second),
		},
	}
	s.addSession(n)
	return n
}

func (s *STS) addSession(n *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions = make(map[string]*session)
	}
	s.sessions[n.keys.AccessKeyID] = n
}

func (s *STS) session(accessKeyID string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[accessKeyID]
}

func (n *session) xml() *credentialsXML {
	return &credentialsXML{n.keys.AccessKeyID, n.keys.SecretAccessKey, n.keys.SessionToken, timestamp(n.keys.Expires)}
}
