package denial

import (
	"regexp"
	"strings"
)

// How much of a message is looked at. A key of S3 has at most 1024 bytes, an ARN 2048, and an
// encoded message, which nobody reads here, 10 KiB.
const (
	maxMessage = 8 << 10 // all of it
	maxPrefix  = 1 << 10 // where the sentence begins
	maxAction  = 192     // a service's prefix and a name
)

// A sentence is AWS's sentence of a denial.
type sentence struct {
	principal, action, resource string
	reason                      reason
}

const (
	sessionName = `[\w+=,.@-]+`
	iamName     = `[\w+=,.@-]+`
	// An ARN of IAM or STS that can make a request: a role's session, a federated user, a user, a
	// role, an account's root.
	principalPattern = `arn:aws(?:-[a-z]+)*:(?:` +
		`sts::\d{12}:(?:assumed-role/` + iamName + `/` + sessionName + `|federated-user/` + iamName + `)|` +
		`iam::\d{12}:(?:(?:user|role)/[\w/+=,.@-]+|root))`
	actionPattern = `[A-Za-z][A-Za-z0-9-]+:[A-Za-z][A-Za-z0-9]+`
)

// A form is a way to begin the sentence: with the same parts in each, in this order, and the
// resource at the end where the form has its own place for it.
type form struct {
	begin   string // which tells the form
	pattern *regexp.Regexp
}

var forms = []form{
	{"User: ", regexp.MustCompile(`^User: (` + principalPattern + `|anonymous)` +
		` is not authorized to perform: (` + actionPattern + `)`)},
	// SES
	{"User `", regexp.MustCompile("^User `(" + principalPattern + ")' is not authorized to perform `(" +
		actionPattern + ")'(?: on resource `([^`']+)')?")},
	// SimpleDB
	{"User (", regexp.MustCompile(`^User \((` + principalPattern + `)\) does not have permission to perform \((` +
		actionPattern + `)\)(?: on resource \(([^()]+)\))?`)},
	// STS, of a web identity: it has no principal yet.
	{"Not authorized to perform sts:", regexp.MustCompile(`^Not authorized to perform ()(sts:[A-Za-z]+)`)},
}

// parseSentence reads the first sentence of a message. It is false where there is none, or where
// its principal or action are not what IAM can have.
func parseSentence(message string) (sentence, bool) {
	for at := 0; at < len(message) && at < maxPrefix; {
		f, next := nextForm(message, at)
		if f == nil {
			return sentence{}, false
		}
		if before := message[:next]; before == "" || strings.HasSuffix(before, ". ") || strings.HasSuffix(before, ": ") {
			return f.parse(message[next:])
		}
		at = next + 1
	}
	return sentence{}, false
}

// nextForm is the form that begins first, from a place in the message on.
func nextForm(message string, at int) (found *form, next int) {
	head := message[:min(len(message), maxPrefix)]
	for i := range forms {
		n := strings.Index(head[at:], forms[i].begin)
		if n >= 0 && (found == nil || at+n < next) {
			found, next = &forms[i], at+n
		}
	}
	return found, next
}

func (f *form) parse(text string) (sentence, bool) {
	m := f.pattern.FindStringSubmatchIndex(text[:min(len(text), maxMessage/2)])
	if m == nil || m[3]-m[2] > maxARN || m[5]-m[4] > maxAction {
		return sentence{}, false
	}
	s := sentence{principal: text[m[2]:m[3]], action: text[m[4]:m[5]]}
	rest := text[m[1]:]
	if rest != "" && rest[0] != ' ' && rest[0] != '.' {
		return sentence{}, false // the action goes on with what no action has
	}
	rest = withoutSuffix(rest)
	if len(m) > 6 && m[6] >= 0 {
		s.resource, s.reason = text[m[6]:m[7]], parseReason(rest, s.action)
	} else {
		s.resource, s.reason = resourceAndReason(rest, s.action)
	}
	if !fit(s.resource) {
		s.resource = ""
	}
	return s, true
}

// Where the resource begins. KMS names a key that it doesn't know, or doesn't tell, without an ARN.
const (
	quotedResource = ` on resource: "`
	plainResource  = ` on resource: `
	manyResources  = ` on resources: `
)

var unnamedResources = []string{" on this resource", " on the resource associated with this ciphertext"}

// resourceAndReason takes apart what follows the action. What lies between the two is a stranger's:
// the reason is what is behind the last quotation mark, or the last that reads like one.
func resourceAndReason(rest, action string) (string, reason) {
	if quoted, ok := strings.CutPrefix(rest, quotedResource); ok {
		end := strings.LastIndexByte(quoted, '"')
		if end < 0 {
			return "", unread
		}
		return quoted[:end], parseReason(quoted[end+1:], action)
	}
	if plain, ok := strings.CutPrefix(rest, plainResource); ok {
		return plainAndReason(plain, action)
	}
	if many, ok := strings.CutPrefix(rest, manyResources); ok {
		_, r := plainAndReason(many, action)
		return "", r
	}
	for _, unnamed := range unnamedResources {
		if behind, ok := strings.CutPrefix(rest, unnamed); ok {
			return "", parseReason(behind, action)
		}
	}
	return "", parseReason(rest, action)
}

// plainAndReason divides a resource without quotation marks from the reason behind it. A name may
// hold spaces; a reason that isn't known ends an ARN at its first.
func plainAndReason(text, action string) (string, reason) {
	at := max(strings.LastIndex(text, " because "), strings.LastIndex(text, " with an explicit deny in "))
	if at < 0 {
		at = len(text)
	}
	r := parseReason(text[at:], action)
	if r != unread && (r != none || !strings.HasPrefix(text, "arn:")) {
		return text[:at], r
	}
	resource, behind, spaced := strings.Cut(text, " ")
	switch {
	case !spaced:
		return text, none
	case strings.HasPrefix(text, "arn:"):
		return resource, parseReason(" "+behind, action)
	}
	return "", unread
}
