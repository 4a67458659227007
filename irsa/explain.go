package irsa

import (
	"errors"
	"strings"
)

// An advice is how a failure is explained: what is wrong, in a sentence, and what
// to do about it, as steps and commands.
type advice struct {
	cause string
	fix   func(facts) []string
}

// An advised cause is one that nobody has to tell from others, but that has a fix.
type advised struct {
	error
	advice advice
}

// Unwrap returns the cause itself.
func (a *advised) Unwrap() error { return a.error }

// Explain says what is wrong, which facts of this pod bear on it, and what to
// change, as commands and JSON to paste: in the account, partition, issuer, namespace
// and service account that the error is about. It has several lines, and holds no
// secret. It is empty for errors that this package knows nothing of.
func Explain(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	a, ok := e.advice()
	if !ok {
		return ""
	}
	f := factsOf(e)
	var b strings.Builder
	b.WriteString(a.cause + "\n")
	if lines := f.lines(); len(lines) > 0 {
		b.WriteString("\nWhat is known here:\n" + strings.Join(lines, "\n") + "\n")
	}
	if a.fix != nil {
		b.WriteString("\nWhat to do:\n")
		for _, step := range a.fix(f) {
			b.WriteString(indent(step))
		}
	}
	return b.String()
}

// indent sets a step off from the next; commands in it keep their lines.
func indent(step string) string {
	return "- " + strings.ReplaceAll(strings.TrimRight(step, "\n"), "\n", "\n  ") + "\n"
}

// advice is what the error means: by the failure of the exchange, or by the reason.
func (e *Error) advice() (advice, bool) {
	var a *advised
	if errors.As(e.Err, &a) {
		return a.advice, true
	}
	if e.Op == opExchange || e.Op == opHop || e.Endpoint != "" || e.HTTPStatus != 0 {
		if e.Err == nil {
			return advice{}, false
		}
		return judge(e.Err, e.phase).advice, true
	}
	switch e.Reason {
	case ErrToken:
		return adviseReading(e), true
	case ErrNotConfigured:
		return adviseNotConfigured, true
	case ErrNodeRole:
		return adviseNodeRole, true
	case ErrShadowed:
		return adviseShadowed, true
	case ErrRegion:
		return adviseNoRegion, true
	case ErrIssuer:
		return advisePartition, true
	}
	return advice{}, false
}

// command sets a step's command off from its words.
func command(words string, commands ...string) string {
	return words + "\n  " + strings.ReplaceAll(strings.Join(commands, "\n"), "\n", "\n  ")
}
