package trustpolicy

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A near miss is a value that was surely meant to match, told in words. The
// functions here return "" for a plain difference.

// clean drops what nobody types on purpose into a policy: white space and
// characters that don't show.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// same explains how got differs from want by what the eye passes over.
func same(got, want string) string {
	switch {
	case got == want || got == "":
		return ""
	case clean(got) == clean(want):
		return "they differ by white space or an invisible character alone"
	case strings.TrimRight(clean(got), "/") == strings.TrimRight(clean(want), "/"):
		return "they differ by a slash at the end alone"
	case strings.EqualFold(clean(got), clean(want)):
		return "they differ by upper and lower case alone"
	}
	return ""
}

// providerMiss compares the name of an identity provider, as found in front of a
// condition key or in a principal's ARN, with the token's issuer.
func providerMiss(got, want string) string {
	var misses []string
	if strings.HasPrefix(got, "arn:") {
		misses = append(misses, "an ARN doesn't belong there, but the issuer without https://")
		if _, _, name, ok := cutProvider(got); ok {
			got = name
		} else {
			return misses[0]
		}
	}
	for _, scheme := range []string{"https://", "http://"} {
		if name, ok := strings.CutPrefix(strings.ToLower(clean(got)), scheme); ok {
			misses = append(misses, scheme+" doesn't belong there")
			got = clean(got)[len(clean(got))-len(name):]
		}
	}
	if got != want {
		misses = append(misses, issuerMiss(got, want))
	}
	return strings.Join(misses, "; ")
}

// issuerMiss compares two issuers without their scheme.
func issuerMiss(got, want string) string {
	if miss := same(got, want); miss != "" {
		return miss
	}
	g, ok1 := partition.ParseIssuer("https://" + got)
	w, ok2 := partition.ParseIssuer("https://" + want)
	if ok1 && ok2 {
		var parts []string
		if g.Partition.ID != w.Partition.ID {
			parts = append(parts, fmt.Sprintf("it is of another partition, %s and not %s", g.Partition.ID, w.Partition.ID))
		}
		if g.Region != w.Region {
			parts = append(parts, fmt.Sprintf("it is of another region, %s and not %s", g.Region, w.Region))
		}
		if g.ID != w.ID {
			parts = append(parts, fmt.Sprintf("it has another cluster's issuer id, %s and not %s%s", g.ID, w.ID, distance(g.ID, w.ID)))
		}
		if len(parts) == 0 {
			parts = []string{"it is the cluster's other form of issuer, and the token has " + want}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprintf("the token's issuer is %+q%s", want, distance(got, want))
}

// principalMiss compares a Federated principal with the provider that was wanted.
func principalMiss(id string, c context) string {
	if miss := same(id, c.arn); miss != "" {
		return miss
	}
	part, account, name, ok := cutProvider(clean(id))
	if !ok {
		if strings.Contains(id, c.provider) && !strings.HasPrefix(id, "arn:") {
			return "it is not the provider's ARN"
		}
		return "it is not the ARN of an OIDC identity provider"
	}
	var misses []string
	if part != c.role.Partition {
		misses = append(misses, fmt.Sprintf("it is in another partition, %s and not %s", part, c.role.Partition))
	}
	if account != c.role.Account {
		misses = append(misses, fmt.Sprintf("it is in another account, %s, and the role is in %s%s", account, c.role.Account, distance(account, c.role.Account)))
	}
	if name != c.provider {
		misses = append(misses, providerMiss(name, c.provider))
	}
	return strings.Join(misses, "; ")
}

func actionMiss(name string) string {
	switch {
	case strings.EqualFold(name, "sts:AssumeRole"):
		return "sts:AssumeRole is for AWS principals; a web identity needs " + webIdentity
	case strings.EqualFold(name, "sts:AssumeRoleWithSAML"):
		return "a service account's token is no SAML assertion"
	case strings.EqualFold(clean(name), webIdentity):
		return "they differ by white space or an invisible character alone"
	case edits(strings.ToLower(name), strings.ToLower(webIdentity)) <= 3:
		return fmt.Sprintf("%+q%s", name, distance(name, webIdentity))
	}
	return ""
}

// valueMiss explains why none of a condition's values is the request's.
func (op operator) valueMiss(values []string, value string, c context) string {
	for _, v := range values {
		if miss := op.oneMiss(v, value, c); miss != "" {
			return miss
		}
	}
	return ""
}

func (op operator) oneMiss(want, value string, c context) string {
	if miss := same(want, value); miss != "" {
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

const subjectPrefix = "system:serviceaccount:"

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
		return fmt.Sprintf("the namespace %+q and the service account %+q are both nearly right", wns, wsa)
	case wns != ns && wsa == sa:
		return fmt.Sprintf("the namespace is %+q and not %+q%s", ns, wns, distance(wns, ns))
	case wns == ns && wsa != sa:
		return fmt.Sprintf("the service account is %+q and not %+q%s", sa, wsa, distance(wsa, sa))
	}
	return ""
}

// distance says that two values are nearly the same, where they are.
func distance(a, b string) string {
	switch n := edits(a, b); {
	case n == 1:
		return " (one edit apart)"
	case n == 2 && max(len(a), len(b)) > 4, n == 3 && max(len(a), len(b)) > 16:
		return fmt.Sprintf(" (%d edits apart)", n)
	}
	return ""
}

// edits is the number of characters to insert, delete or replace, or to swap with
// their neighbour, that turn a into b. It gives up on long values: none of those
// is a near miss.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	const long = 256
	if len(x) > long || len(y) > long {
		return long
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
