package diagnose

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Result is the outcome of a [Check].
type Result int

const (
	OK      Result = iota // as it should be
	Warn                  // works, or may work, but is not as it should be
	Fail                  // keeps the pod from its role
	Skipped               // could not be checked, or was not asked for
)

// String returns "ok", "warn", "fail" or "skipped".
func (r Result) String() string {
	switch r {
	case OK:
		return "ok"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	case Skipped:
		return "skipped"
	}
	return fmt.Sprintf("result(%d)", int(r))
}

// MarshalText returns what [Result.String] does, for JSON. It never fails.
func (r Result) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what [Result.MarshalText] wrote, and fails for anything else.
func (r *Result) UnmarshalText(text []byte) error {
	for _, known := range []Result{OK, Warn, Fail, Skipped} {
		if known.String() == string(text) {
			*r = known
			return nil
		}
	}
	return fmt.Errorf("diagnose: unknown result %q", text)
}

// A Check is one question about the pod's identity and its answer.
type Check struct {
	// Name is one or two words, the same in all releases: "token file".
	Name   string `json:"name"`
	Result Result `json:"result"`

	// Detail is what was found, on one line.
	Detail string `json:"detail"`

	// Fix is what to change; empty where nothing is. Lines that start with a space are commands and
	// documents to paste, the others are prose.
	Fix string `json:"fix,omitempty"`
}

// A Report holds the answers to all questions, in the order in which they build on each other: the
// first [Fail] is usually the cause of those after it. It holds no secret.
type Report struct {
	Checks []Check `json:"checks"`
}

// Err returns nil where no check failed; warnings are no failures. Else it returns an error with
// the names of the failed checks.
func (r *Report) Err() error {
	var failed []string
	for _, c := range r.Checks {
		if c.Result == Fail {
			failed = append(failed, c.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("diagnose: failed: %s", strings.Join(failed, ", "))
}

// JSON returns the report as one indented JSON object, with a line feed at the end:
//
//	{"checks": [{"name": "token file", "result": "ok", "detail": "…"}, …]}
func (r *Report) JSON() []byte {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(err) // it has strings and Results only, which can't fail
	}
	return append(b, '\n')
}
