package irsa_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestAnErrorIsOneLineAndShowsWhatCannotBeSeen(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::111122223333:role/reader": "irsa: load config arn:aws:iam::111122223333:role/reader: no",
		"arn:aws:iam::111122223333:role/reader\n": `irsa: load config "arn:aws:iam::111122223333:role/reader\n` +
			`": no`,
		" arn:aws:iam::111122223333:role/reader": `irsa: load config " arn:aws:iam::111122223333:role/reader": no`,
		"arn:aws:iam::111122223333:role/rea\u200bder": `irsa: load config ` +
			`"arn:aws:iam::111122223333:role/rea\u200bder": no`,
		"": "irsa: load config: no",
	} {
		e := &irsa.Error{Op: "load config", RoleARN: role, Err: errors.New("no")}
		assert.Equal(t, want, e.Error())
	}
	e := &irsa.Error{Op: "read token", Err: errors.New("two\nlines\u2028or\u202e three"), Reason: irsa.ErrToken}
	assert.EqualError(t, e, "irsa: read token: two lines or  three")
	assert.ErrorIs(t, e, irsa.ErrToken)
}
