package irsatest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// uid makes a Kubernetes object's uid of its name, so that a pod keeps its own when its token is
// rotated.
func uid(kind, namespace, name string) string {
	sum := sha256.Sum256([]byte(kind + "/" + namespace + "/" + name))
	return formatUUID([16]byte(sum[:16]))
}

// newUUID is a random UUID: a request id, or the jti of a token.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return formatUUID(b)
}

// formatUUID sets the version and variant of RFC 9562, section 5.4.
func formatUUID(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// uniqueID is an id as IAM gives its entities, the same for the same ARN. The prefix tells what it
// is: AROA a role, AIDA a user (IAM User Guide, "IAM identifiers").
func uniqueID(prefix, arn string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(uid("role", "", arn), "-", ""))[:17]
}

// newID is n random hexadecimal digits.
func newID(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)[:n]
}

// randomBase32 is n random bytes in the alphabet of access keys.
func randomBase32(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base32.StdEncoding.EncodeToString(b)
}

// randomBase64 is n random bytes in the alphabet of secret keys and session tokens.
func randomBase64(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
