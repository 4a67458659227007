package irsa

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var stsSessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func TestASessionIsNamedAfterThePod(t *testing.T) {
	long := strings.Repeat("n", 40)
	for name, c := range map[string]struct {
		token Token
		want  string
	}{
		"namespace and pod": {
			Token{Namespace: "payments", Pod: "reader-7c", ServiceAccount: "reader", Subject: "s"},
			"payments.reader-7c",
		},
		"namespace and service account": {
			Token{Namespace: "payments", ServiceAccount: "reader", Subject: "s"}, "payments.reader",
		},
		"the subject where nothing else is": {
			Token{Subject: "system:serviceaccount:payments:reader"},
			"system-serviceaccount-payments-reader",
		},
		"a pod without a namespace": {Token{Pod: "reader-7c", Subject: "repo:org/app"}, "repo-org-app"},
		"other alphabets":           {Token{Subject: "zoë/читатель"}, "zo----------"},
		"one character":             {Token{Subject: "x"}, "irsa-x"},
		"nothing":                   {Token{}, "irsa-"},
		"64 characters as they are": {
			Token{Namespace: long, Pod: strings.Repeat("p", 23)},
			long + "." + strings.Repeat("p", 23),
		},
		"more than 64, cut and told by a hash": {
			Token{Namespace: long, Pod: strings.Repeat("p", 24)},
			long + "." + strings.Repeat("p", 14) + "-34a50688",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := sessionName(&c.token)
			assert.Regexp(t, stsSessionName, got)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestLongNamesThatBeginAlikeStayApart(t *testing.T) {
	a := sessionName(&Token{Namespace: strings.Repeat("n", 63), Pod: "reader-1"})
	b := sessionName(&Token{Namespace: strings.Repeat("n", 63), Pod: "reader-2"})
	assert.NotEqual(t, a, b)
}

func TestAGivenSessionNameIsTakenOrRefusedAsSTSWould(t *testing.T) {
	for _, name := range []string{
		"ab", "payments.reader-7c", "user@example.com", "a_b+c=d,e", strings.Repeat("x", 64),
	} {
		assert.NoError(t, checkSessionName(name), name)
	}
	for name, why := range map[string]string{
		"": "0 characters", "a": "1 characters", strings.Repeat("x", 65): "65 characters",
		"has space": "' '", "a:b": "':'", "a/b": "'/'", "zoë": "'ë'", "a\nb": `'\n'`,
	} {
		err := checkSessionName(name)
		require.Error(t, err, name)
		assert.ErrorContains(t, err, why)
		assert.NotContains(t, err.Error(), "\n")
	}
}

func FuzzSessionName(f *testing.F) {
	f.Add("payments", "reader-7c", "reader", "system:serviceaccount:payments:reader")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, namespace, pod, account, subject string) {
		name := sessionName(&Token{Namespace: namespace, Pod: pod, ServiceAccount: account, Subject: subject})
		require.Regexp(t, stsSessionName, name)
		require.NoError(t, checkSessionName(name))
	})
}
