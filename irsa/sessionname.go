package irsa

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// STS's limits for RoleSessionName: 2 to 64 characters of [\w+=,.@-] (botocore,
// sts/2011-06-15/service-2.json).
const (
	minSessionName = 2
	maxSessionName = 64
)

// sessionName returns the name under which CloudTrail shows what this pod does: <namespace>.<pod>,
// else <namespace>.<service account>, else the token's subject, with illegal characters replaced.
// It uses no claim that changes when the token is rotated, so that all sessions of a pod have one
// name.
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

// legalSessionName replaces characters that STS refuses by "-", and shortens long names.
func legalSessionName(name string) string {
	legal := strings.Map(func(r rune) rune {
		if inSessionName(r) {
			return r
		}
		return '-'
	}, name)
	if len(legal) > maxSessionName {
		// The hash keeps two long names apart that begin alike.
		sum := sha256.Sum256([]byte(name))
		legal = legal[:maxSessionName-9] + "-" + hex.EncodeToString(sum[:4])
	}
	if len(legal) < minSessionName {
		return "irsa-" + legal
	}
	return legal
}

// checkSessionName returns an error for a name that STS would refuse. A name that somebody chose is
// not changed silently, since policies may ask for it (the condition key sts:RoleSessionName).
func checkSessionName(name string) error {
	if len(name) < minSessionName || len(name) > maxSessionName {
		return fmt.Errorf("session name %q has %d characters: sts allows %d to %d",
			text.Clip(name), len(name), minSessionName, maxSessionName)
	}
	for _, r := range name {
		if !inSessionName(r) {
			return fmt.Errorf("session name %q: sts allows letters, digits and _+=,.@- in it, not %q", name, r)
		}
	}
	return nil
}

func inSessionName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=,.@-", r)
}
