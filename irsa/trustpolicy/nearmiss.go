package trustpolicy

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A near miss is a value that was surely meant to match, and differs by a common mistake. The
// functions here say in words what the mistake is, and return "" for a plain difference.

// clean removes what nobody types into a policy on purpose: white space and characters that don't
// show, as they come along when text is copied from a web page.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// spellingMiss says how got differs from want, if only by what is easily overlooked.
func spellingMiss(got, want string) string {
	switch {
	case got == want || got == "":
		return ""
	case clean(got) == clean(want):
		return "they differ only by white space or an invisible character"
	case strings.TrimRight(clean(got), "/") == strings.TrimRight(clean(want), "/"):
		return "they differ only by a slash at the end"
	case strings.EqualFold(clean(got), clean(want)):
		return "they differ only by upper and lower case"
	}
	return ""
}

// providerMiss compares the name of an identity provider, as found in front of a
// condition key or in a principal's ARN, with the token's issuer.
func providerMiss(got, want string) string {
	var misses []string
	switch {
	case strings.Contains(got, "$"):
		return "a variable was left in, which nobody fills in here: write the issuer without https://"
	case clean(got) == "":
		return "the issuer is missing"
	case isClusterID(lower(got)) && strings.Contains(lower(want), lower(got)):
		return fmt.Sprintf("the id alone is not the issuer: write %s", want)
	}
	if name, ok := strings.CutPrefix(got, "oidc-provider/"); ok {
		misses = append(misses, "oidc-provider/ doesn't belong there")
		got = name
	}
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
	if miss := spellingMiss(got, want); miss != "" {
		return miss
	}
	g, ok1 := partition.ParseIssuer("https://" + got)
	w, ok2 := partition.ParseIssuer("https://" + want)
	if ok1 && ok2 {
		var parts []string
		if g.Partition.ID != w.Partition.ID {
			parts = append(parts, fmt.Sprintf("it is of another partition, %s and not %s", g.Partition.ID,
				w.Partition.ID))
		}
		if g.Region != w.Region {
			parts = append(parts, fmt.Sprintf("it is of another region, %s and not %s", g.Region, w.Region))
		}
		if g.ID != w.ID {
			parts = append(parts, fmt.Sprintf("it has another cluster's issuer id, %s and not %s%s",
				g.ID, w.ID, distance(g.ID, w.ID)))
		}
		if len(parts) == 0 {
			parts = []string{"it is the other form of the same cluster's issuer, and the token has " + want}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprintf("the token's issuer is %+q%s", want, distance(got, want))
}

// principalMiss compares a Federated principal with the ARN of the provider that has to be there.
func principalMiss(id string, c requestContext) string {
	if miss := spellingMiss(id, c.arn); miss != "" {
		return miss
	}
	if strings.ContainsAny(id, "*?") {
		return "a principal is compared literally, without wildcards"
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
		misses = append(misses, fmt.Sprintf("it is in another account, %s, and the role is in %s%s",
			account, c.role.Account, distance(account, c.role.Account)))
	}
	if name != c.provider {
		misses = append(misses, providerMiss(name, c.provider))
	}
	return strings.Join(misses, "; ")
}

// kindMiss finds an identity provider that stands under the wrong kind of principal.
func kindMiss(id principalID) string {
	for _, part := range []string{"oidc-provider/", "oidc.eks.", "oidc-eks."} {
		if strings.Contains(id.id, part) {
			return "an identity provider stands under Federated, not under " + id.kind
		}
	}
	return ""
}

// actionMiss compares an action with webIdentity.
func actionMiss(name string) string {
	switch {
	case strings.EqualFold(name, "sts:AssumeRole"):
		return "sts:AssumeRole is for AWS principals; a web identity needs " + webIdentity
	case strings.EqualFold(name, "sts:AssumeRoleWithSAML"):
		return "a service account's token is no SAML assertion"
	case strings.EqualFold(clean(name), webIdentity):
		return "they differ only by white space or an invisible character"
	case edits(strings.ToLower(name), strings.ToLower(webIdentity)) <= 3:
		return fmt.Sprintf("%+q%s", name, distance(name, webIdentity))
	}
	return ""
}
