package stsclient

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answered is what is read of an answer.
func answered(status int, header http.Header, body string) (*Answer, *http.Response, error) {
	if header == nil {
		header = http.Header{}
	}
	resp := &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
	a, err := readAnswer(resp)
	return a, resp, err
}

const stsRefusal = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
	`<Code>InvalidIdentityToken</Code><Message>Incorrect token audience</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`

func TestAnAnswerIsReadFromTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		status              int
		body                string
		code, message, from string
	}{
		"STS's stsRefusal": {400, stsRefusal, "InvalidIdentityToken", "Incorrect token audience", "sts"},
		"a code without words": {403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
			"AccessDenied", "", "sts"},
		"S3's stsRefusal": {403, "<Error><Code>AccessDenied</Code></Error>", "", "", ""},
		"a page":          {403, "<html><body>Blocked</body></html>", "", "", ""},
		"no XML":          {502, "upstream gone", "", "", ""},
		"a stsRefusal with status 200 has no code": {200, stsRefusal, "", "", "sts"},
		"nothing": {503, "", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, resp, err := answered(c.status, nil, c.body)
			require.NoError(t, err)
			assert.Equal(t, c.code, a.Code)
			assert.Equal(t, c.message, a.Message)
			assert.Equal(t, c.from == "sts", a.FromSTS)
			rest, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, c.body, string(rest), "the SDK reads it after us")
		})
	}
	a, _, err := answered(400, http.Header{"X-Amzn-Requestid": {"header"}}, stsRefusal)
	require.NoError(t, err)
	assert.Equal(t, "header", a.RequestID)
	a, _, err = answered(400, nil, stsRefusal)
	require.NoError(t, err)
	assert.Equal(t, "r-1", a.RequestID)
}

// An answer without an end must not fill the memory: STS's own are some two thousand bytes.
func TestNoMoreThan64KiBOfAnAnswerAreRead(t *testing.T) {
	read := 0
	endless := readerFunc(func(p []byte) (int, error) { read += len(p); return len(p), nil })
	_, err := readAnswer(&http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless)})
	require.ErrorIs(t, err, ErrAnswer)
	assert.ErrorContains(t, err, "more than 65536 bytes")
	assert.LessOrEqual(t, read, 4*maxAnswer)
	_, _, err = answered(200, nil, strings.Repeat(" ", maxAnswer))
	assert.NoError(t, err)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestWhyAnAnswerHoldsNoSessionIsReadFromTheWire(t *testing.T) {
	const whole = `<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>`
	for name, c := range map[string]struct{ body, says string }{
		"nothing":          {" \n", "it is empty"},
		"no XML":           {"\x00\xff garbage <<<", "it is not XML"},
		"another document": {"<html><body>Sign in</body></html>", "it holds no credentials"},
		"no session token": {wrapped("<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"),
			"incomplete"},
		"no end":                 {wrapped(whole), "does not say when"},
		"an end that is no time": {wrapped(whole + "<Expiration>soon</Expiration>"), "does not say when"},
		"a hop's without an end": {strings.ReplaceAll(wrapped(whole), "WithWebIdentity", ""), "does not say when"},
		"a hop's without a secret": {strings.ReplaceAll(wrapped("<AccessKeyId>A</AccessKeyId>"), "WithWebIdentity",
			""), "incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, err := answered(200, nil, c.body)
			require.NoError(t, err)
			require.ErrorIs(t, a.unusable(), ErrAnswer)
			assert.ErrorContains(t, a.unusable(), c.says)
		})
	}
}

func wrapped(credentials string) string {
	return "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>" + credentials +
		"</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(400, []byte(stsRefusal))
	f.Add(200, []byte(wrapped("<AccessKeyId>A</AccessKeyId>")))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
		a, err := readAnswer(resp)
		if len(body) > maxAnswer {
			require.ErrorIs(t, err, ErrAnswer)
			return
		}
		require.NoError(t, err)
		require.ErrorIs(t, a.unusable(), ErrAnswer)
		require.LessOrEqual(t, len(a.Code)+len(a.Message), len(body)*4)
	})
}
