// Package advice is the one voice in which this module says what is wrong with a pod's identity and
// what to do about it. Facts go in; words, and commands that can be pasted, come out:
//
//	text := advice.TrustDenied.Explain(advice.Facts{RoleARN: role, Token: claims})
//
// irsa.Explain, the doctor and examples/setup fill in what they know and print what they get: a
// wrong word is mended here and nowhere else. The package decides nothing: which Topic a failure
// is, is said where the failure arises.
//
// Every value in a command comes from outside: an environment, a token, a server, a file name.
// [Quote] makes a word of it that every POSIX shell gives back as it is; [Word] leaves out what no
// command should get.
package advice

import (
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A Topic is one thing that can be wrong: its cause in a sentence or two, and what to do about it
// for the facts at hand. Topics are compared by identity.
type Topic struct {
	Cause string
	steps func(Facts) []Step
}

// A Step is one thing to do: words, and the commands that do it.
type Step struct {
	Words    string
	Commands []string
}

// say is a step without a command.
func say(words string) Step { return Step{Words: words} }

// run is a step with commands.
func run(words string, commands ...string) Step { return Step{words, commands} }

// all is the steps of a topic whose facts make no difference.
func all(steps ...Step) func(Facts) []Step {
	return func(Facts) []Step { return steps }
}

// Explain returns the cause, the facts, and the steps, in several lines. Lines of a command are
// indented by four spaces.
func (t *Topic) Explain(f Facts) string {
	var b strings.Builder
	b.WriteString(t.Cause + "\n")
	if lines := f.lines(); len(lines) > 0 {
		b.WriteString("\nWhat is known here:\n" + strings.Join(lines, "\n") + "\n")
	}
	if steps := t.Steps(f); len(steps) > 0 {
		b.WriteString("\nWhat to do:\n")
		for _, s := range steps {
			b.WriteString("- " + s.render() + "\n")
		}
	}
	return text.Lines(b.String())
}

// Fix returns the steps alone, one after the other.
func (t *Topic) Fix(f Facts) string {
	var steps []string
	for _, s := range t.Steps(f) {
		steps = append(steps, s.render())
	}
	return text.Lines(strings.Join(steps, "\n"))
}

// Steps returns what to do.
func (t *Topic) Steps(f Facts) []Step {
	if t.steps == nil {
		return nil
	}
	return t.steps(f)
}

// render sets the commands of a step off from its words.
func (s Step) render() string {
	const margin = "\n    "
	text := strings.TrimRight(s.Words, "\n")
	for _, c := range s.Commands {
		text += margin + strings.ReplaceAll(strings.TrimRight(c, "\n"), "\n", margin)
	}
	return text
}
