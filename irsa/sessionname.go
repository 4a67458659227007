package irsa

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxSessionName is STS's limit for a role session's name, in characters.
const maxSessionName = 64

// sessionName returns the name under which CloudTrail shows what this pod does:
// <namespace>.<pod>, else <namespace>.<service account>, else the subject, made
// legal: STS takes 2 to 64 characters of [\w+=,.@-].
func sessionName(t *Token) string {
	name := t.Subject
	switch {
	case t.Namespace != "" && t.Pod != "":
		name = t.Namespace + "." + t.Pod
	case t.Namespace != "" && t.ServiceAccount != "":
		name = t.Namespace + "." + t.ServiceAccount
	}
	return legalSessionName(name)
}

func legalSessionName(name string) string {
	legal := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+=,.@-", r):
			return r
		}
		return '-'
	}, name)
	if len(legal) > maxSessionName {
		// The hash keeps two long names apart that begin alike.
		sum := sha256.Sum256([]byte(name))
		legal = legal[:maxSessionName-9] + "-" + hex.EncodeToString(sum[:4])
	}
	if len(legal) < 2 {
		return "irsa-" + legal
	}
	return legal
}
