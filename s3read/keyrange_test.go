package s3read_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

func TestAKeyRangeInJSON(t *testing.T) {
	for want, r := range map[string]s3read.KeyRange{
		`{}`:                               {},
		`{"after":"a/b c"}`:                {After: "a/b c"},
		`{"endAt":"größe/請求"}`:             {EndAt: "größe/請求"},
		`{"after":"100%25","endAt":"1\""}`: {"100%", `1"`},
		`{"after":"%00%0A","endAt":"%7F"}`: {"\x00\n", "\x7f"},
		`{"after":"%FF%FE","endAt":"�"}`:   {"\xff\xfe", "\uFFFD"},
		`{"endAt":"a%F4%8F%BF%BF"}`:        {EndAt: "a\U0010FFFF"},
		`{"endAt":"%E2%80%AEtxt"}`:         {EndAt: "\u202Etxt"},
	} {
		got, err := json.Marshal(r)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		var back s3read.KeyRange
		require.NoError(t, json.Unmarshal(got, &back))
		assert.Equal(t, r, back)
	}
	for _, c := range []struct{ data, says string }{
		{`null`, "it is null"},
		{`[]`, "cannot unmarshal array"},
		{`{"before":"a"}`, `unknown field "before"`},
		{`{"after":"%"}`, `after: invalid URL escape "%"`},
		{`{"endAt":"%0g"}`, `endAt: invalid URL escape "%0g"`},
		{`{"after":5}`, "cannot unmarshal number"},
		{"{\"after\":\"\xff\"}", "it is not UTF-8"},
	} {
		err := json.Unmarshal([]byte(c.data), new(s3read.KeyRange))
		assert.ErrorContains(t, err, "s3read: key range: ", c.data)
		assert.ErrorContains(t, err, c.says, c.data)
	}
}

// FuzzKeyRange requires that each range survives JSON, and that JSON is refused or stays the same.
func FuzzKeyRange(f *testing.F) {
	f.Add("a", "b\xff%", `{"after":"%41"}`)
	f.Add("", "\U0010FFFF", `{"endAt":"\ud800"}`)
	f.Fuzz(func(t *testing.T, after, endAt, text string) {
		r := s3read.KeyRange{After: after, EndAt: endAt}
		for range 2 {
			data, err := json.Marshal(r)
			require.NoError(t, err)
			var back s3read.KeyRange
			require.NoError(t, json.Unmarshal(data, &back))
			require.Equal(t, r, back)
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				return
			}
		}
	})
}
