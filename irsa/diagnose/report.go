package diagnose

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Result is the outcome of a check.
type Result int

const (
	OK      Result = iota // as it should be
	Warn                  // works, or may work, and is not as it should be
	Fail                  // keeps the pod from its role
	Skipped               // could not be judged, or was not asked for
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

// MarshalText returns what String does, for JSON.
func (r Result) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Result) UnmarshalText(text []byte) error {
	for _, known := range []Result{OK, Warn, Fail, Skipped} {
		if known.String() == string(text) {
			*r = known
			return nil
		}
	}
	return fmt.Errorf("diagnose: unknown result %q", text)
}

// A Check is one question and its answer.
type Check struct {
	Name   string `json:"name"`          // of the question, one or two words, stable over releases
	Result Result `json:"result"`        //
	Detail string `json:"detail"`        // what was found, one line
	Fix    string `json:"fix,omitempty"` // what to change, ready to paste; lines that start with a space are to be pasted as they are
}

// A Report is the answers to all questions, in the order in which they build on
// each other: the first Fail is usually the cause of those after it. It holds
// nothing secret.
type Report struct {
	Checks []Check `json:"checks"`
}

// Err returns nil where no check failed, else an error that names those that did.
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
		panic(err) // strings and results only: can't fail
	}
	return append(b, '\n')
}
