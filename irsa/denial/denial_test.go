package denial_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// A denied is a case of testdata/denials.json: what a service said, and what is to be made of it.
type denied struct {
	Name, Source, Service, Operation, Code string
	Status                                 int
	Message                                string
	Want                                   struct {
		Principal, Action, Resource, PolicyType, Fix string
		Explicit                                     *bool
	}
}

func deniedCases(t testing.TB) []denied {
	data, err := os.ReadFile("testdata/denials.json")
	require.NoError(t, err)
	var cases []denied
	require.NoError(t, json.Unmarshal(data, &cases))
	require.NotEmpty(t, cases)
	return cases
}

// err is the error of the service's client.
func (c denied) err() error {
	return &smithy.OperationError{ServiceID: c.Service, OperationName: c.Operation, Err: answered(c.Status,
		&smithy.GenericAPIError{Code: c.Code, Message: c.Message})}
}

// answered is the SDK's error of a response.
func answered(status int, err error) error {
	response := &smithyhttp.Response{Response: &http.Response{StatusCode: status}}
	return &smithyhttp.ResponseError{Response: response, Err: err}
}

// deny is what the case wants of Denial.Deny.
func (c denied) deny() string {
	switch {
	case c.Want.Explicit == nil:
		return ""
	case *c.Want.Explicit:
		return "explicit"
	}
	return "implicit"
}

func TestEachCaseOfDenialsIsReadInEveryField(t *testing.T) {
	for _, c := range deniedCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			d, ok := denial.Of(c.err())
			assert.Equal(t, c.Want.Principal, d.Principal)
			assert.True(t, strings.EqualFold(c.Want.Action, d.Action), "%s, not %s", d.Action, c.Want.Action)
			assert.Equal(t, c.Want.Resource, d.Resource)
			assert.Equal(t, c.Want.PolicyType, d.PolicyType)
			assert.Equal(t, c.deny(), d.Deny)
			assert.Equal(t, c.Want.Fix, d.Fix)
			assert.Equal(t, c.Code != "ValidationException", ok)
		})
	}
}
