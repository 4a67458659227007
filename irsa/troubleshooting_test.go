package irsa

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// A documentedFailure is a row of TROUBLESHOOTING.md: the message that users see, and the topic
// that explains it.
type documentedFailure struct {
	message string
	topic   *advice.Topic
}

// documentedFailures are all failures that the tables of these tests bring about.
func documentedFailures(t *testing.T) []documentedFailure {
	t.Helper()
	var all []documentedFailure
	for _, r := range exchangeFailures {
		message := r.message
		if r.phase != stsclient.Unsent {
			message = r.phase.String() + " HOST: context deadline exceeded"
		}
		synctest.Test(t, func(t *testing.T) {
			e, _ := failExchange(t, r)
			all = append(all, documentedFailure{message, e.topic})
		})
	}
	for _, f := range localFailures {
		topic := f.err.topic
		if topic == nil {
			topic = topicOfReason(f.err.Reason)
		}
		all = append(all, documentedFailure{f.message, topic})
	}
	for _, f := range hopFailures {
		all = append(all, documentedFailure{f.message, f.error().topic})
	}
	return all
}

// row returns the Markdown of the row.
func (s documentedFailure) row() string {
	var steps []string
	for _, step := range s.topic.Steps(advice.Facts{}) {
		words := strings.TrimSuffix(step.Words, ":")
		if !strings.HasSuffix(words, ".") {
			words += "."
		}
		steps = append(steps, words)
	}
	return fmt.Sprintf("| `%s` | %s | %s |", s.message, s.topic.Cause, strings.Join(steps, " "))
}

// troubleshootingHead is what comes before the rows.
const troubleshootingHead = `# Troubleshooting

What you see, what it means, what to do. [Explain](https://pkg.go.dev/github.com/seed-15cba5db/irsa-go/irsa#Explain) says the
same with the facts of the pod in question, and the commands to paste; the doctor (examples/doctor) goes through all of it in the
pod. The rows are keyed by a part of the error's message.

| What you see | What it means | What to do |
|---|---|---|
`

func TestTROUBLESHOOTINGHasARowForEachMessage(t *testing.T) {
	var b strings.Builder
	b.WriteString(troubleshootingHead)
	seen := map[string]bool{}
	for _, s := range documentedFailures(t) {
		require.NotNil(t, s.topic, s.message)
		if !seen[s.row()] {
			b.WriteString(s.row() + "\n")
		}
		seen[s.row()] = true
	}
	if *update {
		require.NoError(t, os.WriteFile("TROUBLESHOOTING.md", []byte(b.String()), 0o644))
	}
	have, err := os.ReadFile("TROUBLESHOOTING.md")
	require.NoError(t, err)
	assert.Equal(t, b.String(), strings.ReplaceAll(string(have), "\r\n", "\n"))
}

// The README has some of the messages, with fewer words.
func TestTheREADMEsFailuresAreInTROUBLESHOOTING(t *testing.T) {
	all, err := os.ReadFile("TROUBLESHOOTING.md")
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(strings.ReplaceAll(string(readme), "\r\n", "\n"),
		"\n| What you see | What to look at |\n|---|---|\n")
	require.True(t, found)
	rows := 0
	for line := range strings.Lines(table) {
		message, ok := strings.CutPrefix(line, "| `")
		if !ok {
			break
		}
		rows++
		message, _, _ = strings.Cut(message, "`")
		assert.Contains(t, string(all), "\n| `"+message+"` | ")
	}
	assert.Equal(t, 8, rows)
}
