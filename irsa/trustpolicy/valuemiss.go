package trustpolicy

import (
	"fmt"
	"strings"
)

// valueMiss says why none of a condition's values is the request's, where one is a near miss.
func (op operator) valueMiss(values []string, value string, c requestContext) string {
	for _, v := range values {
		if miss := op.oneMiss(v, value, c); miss != "" {
			return miss
		}
	}
	return ""
}

// oneMiss does that for one value.
func (op operator) oneMiss(want, value string, c requestContext) string {
	if miss := spellingMiss(want, value); miss != "" {
		return miss
	}
	if !op.like && strings.ContainsAny(want, "*?") {
		if p, ok := compile(want, true, false); ok && p.match(value) {
			return "StringEquals compares * and ? literally: use StringLike"
		}
	}
	switch {
	case value == c.Audience && isSubject(want):
		return "that is a subject: aud and sub are swapped"
	case value == c.Subject && (want == c.Audience || strings.HasPrefix(want, "sts.amazonaws.")):
		return "that is an audience: aud and sub are swapped"
	case value == c.Subject:
		return subjectMiss(want, value)
	}
	if edits(want, value) <= 2 {
		return fmt.Sprintf("%+q%s", want, distance(want, value))
	}
	return ""
}

// subjectPrefix begins the claim sub of every service account's token
// (k8s.io/apiserver/pkg/authentication/serviceaccount).
const subjectPrefix = "system:serviceaccount:"

// isSubject reports whether s was meant as a service account's subject.
func isSubject(s string) bool { return strings.HasPrefix(clean(s), subjectPrefix) }

// subjectMiss compares the subject in a policy with a token's.
func subjectMiss(want, subject string) string {
	rest, ok := strings.CutPrefix(subject, subjectPrefix)
	if !ok {
		return ""
	}
	ns, sa, _ := strings.Cut(rest, ":")
	wanted, ok := strings.CutPrefix(want, subjectPrefix)
	if !ok {
		switch {
		case want == rest || want == ns+"/"+sa || want == sa:
			return fmt.Sprintf("the subject of a service account starts with %q", subjectPrefix)
		case edits(want, subject) <= 3:
			return fmt.Sprintf("%+q%s", want, distance(want, subject))
		}
		return ""
	}
	wns, wsa, ok := strings.Cut(wanted, ":")
	switch {
	case !ok && wanted == ns+"/"+sa:
		return "namespace and service account are separated by a colon, not by a slash"
	case !ok:
		return fmt.Sprintf("a subject is %snamespace:account, and a part is missing", subjectPrefix)
	case wns == sa && wsa == ns:
		return "namespace and service account are swapped"
	case wns != ns && wsa != sa && edits(wns, ns) <= 2 && edits(wsa, sa) <= 2:
		return fmt.Sprintf("the namespace %+q and the service account %+q both nearly match", wns, wsa)
	case wns != ns && wsa == sa:
		return fmt.Sprintf("the namespace is %+q and not %+q%s", ns, wns, distance(wns, ns))
	case wns == ns && wsa != sa:
		return fmt.Sprintf("the service account is %+q and not %+q%s", sa, wsa, distance(wsa, sa))
	}
	return ""
}
