package irsatest

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A session is one that this STS gave out, or an IAM user, whose keys never expire.
type session struct {
	arn            string // arn:aws:sts::111122223333:assumed-role/reader/payments.api-0
	userID         string // AROA…:payments.api-0
	partition      string
	account        string
	roleARN        string // empty for a user
	service        string // of AWS itself, which assumes roles for others; empty for all else
	sourceIdentity string
	keys           aws.Credentials
	renew          time.Time // when the agent gets another; zero where none gave it out
}

// AddUser adds an IAM user, "arn:aws:iam::111122223333:user/ci", with an access key. Its requests
// are authorized, and it may assume roles that trust it, without the hour's limit of role chaining.
// It is an error if the ARN isn't that of a user.
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

// newSession starts a session of a role. Its ARN is one of sts, with the role's name but not its
// path; the ids of its keys begin with ASIA, which tells temporary keys from a user's (IAM User
// Guide, "IAM identifiers"), and its token is about as long as AWS's.
func (s *STS) newSession(r *role, name, sourceIdentity string, now time.Time, duration time.Duration) *session {
	_, roleName, _ := cutLast("/"+r.arn.Name, "/")
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

// lasting is how long a session lasts where so much is asked for.
func (s *STS) lasting(asked time.Duration) time.Duration {
	return cmp.Or(s.SessionDuration, asked)
}

// Identity is the ARN of who has an access key: of a session that this STS gave out, or of a user.
// It tells who sent a request that names the key, as those of s3readtest do; "" is nobody.
func (s *STS) Identity(accessKeyID string) string {
	if n := s.session(accessKeyID); n != nil {
		return n.arn
	}
	return ""
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

// xml is how an answer gives out the session's keys.
func (n *session) xml() *credentialsXML {
	return &credentialsXML{n.keys.AccessKeyID, n.keys.SecretAccessKey, n.keys.SessionToken, timestamp(n.keys.Expires)}
}
