package denial_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

var (
	roleOfSession = regexp.MustCompile(`^(arn:[^:]+):sts::(\d+):assumed-role/([^/]+)/.*$`)
	escaped       = regexp.MustCompile(`\$\{([*?$])\}`)
)

func FuzzParse(f *testing.F) {
	for _, c := range deniedCases(f) {
		if len(c.Message) < 4<<10 {
			f.Add(c.Message)
		}
	}
	f.Fuzz(func(t *testing.T, message string) {
		d, ok := denial.Parse(message)
		if !ok {
			require.Equal(t, denial.Denial{PolicyType: "unknown", Fix: "unknown"}, d)
			return
		}
		statement, ok := d.Statement()
		if !ok {
			return
		}
		require.Contains(t, message, d.Principal)
		require.Contains(t, strings.ToLower(message), strings.ToLower(d.Action))
		require.Contains(t, message, d.Resource)
		var s map[string]any
		require.NoError(t, json.Unmarshal([]byte(statement), &s), statement)
		role := roleOfSession.ReplaceAllString(d.Principal, "$1:iam::$2:role/$3")
		for _, text := range texts(s) {
			text = escaped.ReplaceAllString(text, "$1")
			require.Contains(t, []string{"Allow", "*", d.Action, d.Resource, role}, text)
		}
	})
}

// texts are all strings of a JSON value but the names of its members.
func texts(v any) (found []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		for _, member := range v {
			found = append(found, texts(member)...)
		}
	}
	return found
}

func TestLongMessagesAreReadByTheirBeginning(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	sentence := "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sqs:SendMessage"
	d, ok := denial.Parse(sentence + " on resource: arn:aws:sqs:us-east-1:111122223333:q because " + long)
	require.True(t, ok)
	assert.Equal(t, "unknown", d.Fix)
	_, ok = denial.Parse(long + ". " + sentence)
	assert.False(t, ok, "a sentence behind the first KiB")
	d, ok = denial.Parse(sentence + ` on resource: "arn:aws:s3:::b/` + long + `"`)
	require.True(t, ok)
	assert.Empty(t, d.Resource)
}

// long are messages of a size that no service of AWS sends, by what they repeat.
func long(size int) map[string]string {
	const sentence = `User: arn:aws:sts::111122223333:assumed-role/reader/session is not authorized to perform: ` +
		`s3:GetObject on resource: "arn:aws:s3:::bucket/key" ` +
		`because no identity-based policy allows the s3:GetObject action`
	return map[string]string{
		"sentence": strings.Repeat(sentence, size/len(sentence)+1),
		"A":        strings.Repeat("A", size),
		"User:":    strings.Repeat("User: ", size/6),
		"reasons":  strings.Replace(sentence, "key", strings.Repeat(" because no ", size/12), 1),
	}
}

func TestWhatLiesBehindTheFirst8KiBCostsNothing(t *testing.T) {
	for name, message := range long(100 << 10) {
		head := message[:8<<10]
		parse := func(m string) func() { return func() { denial.Parse(m) } }
		// The race detector lets pools forget what they hold, so that a few are made anew.
		assert.LessOrEqual(t, testing.AllocsPerRun(20, parse(message)), testing.AllocsPerRun(20, parse(head))+16, name)
		all, said := denial.Parse(message)
		first, saidFirst := denial.Parse(head)
		assert.Equal(t, saidFirst, said, name)
		assert.Equal(t, first, all, name)
	}
}

// Every message takes microseconds: what is read of one is bounded.
func BenchmarkParse(b *testing.B) {
	for size, name := range map[int]string{1: "short", 100 << 10: "100 KiB"} {
		for of, message := range long(size) {
			b.Run(name+" of "+of, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					denial.Parse(message)
				}
			})
		}
	}
}
