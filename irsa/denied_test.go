package irsa_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// answering is an S3 client whose every request is answered so.
func answering(status int, code, message string) *s3.Client {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "REQUEST")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
	})
	return s3.New(s3.Options{
		Region: "eu-west-1", HTTPClient: irsatest.Client(map[string]http.Handler{"": h}), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
	})
}

func deniedRead(t *testing.T, client *s3.Client) error {
	in := &s3.GetObjectInput{Bucket: aws.String("invoices"), Key: aws.String("2026/11.csv")}
	_, err := client.GetObject(t.Context(), in)
	require.Error(t, err)
	return fmt.Errorf("read: %w", err)
}

const deniedObject = "is not authorized to perform: s3:GetObject " +
	"on resource: &quot;arn:aws:s3:::invoices/2026/11.csv&quot; because no identity-based policy allows the " +
	"s3:GetObject action"

func TestADenialOfS3IsExplainedFromTheWireOn(t *testing.T) {
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/teams/reader")
	text := irsa.Explain(deniedRead(t, answering(403, "AccessDenied",
		"User: arn:aws:sts::111122223333:assumed-role/reader/payments.api-0 "+deniedObject)))
	t.Log(text)
	for _, part := range []string{
		`call        "GetObject" of "S3"`,
		`denied      "s3:GetObject"`,
		`on          "arn:aws:s3:::invoices/2026/11.csv"`,
		`role        "arn:aws:iam::111122223333:role/teams/reader"`,
		`answer      "AccessDenied", status 403, request id "REQUEST"`,
		"aws iam put-role-policy --role-name reader --policy-name allow-s3-GetObject-",
		`"Resource": "arn:aws:s3:::invoices/2026/11.csv"`,
	} {
		assert.Contains(t, text, part)
	}
	t.Run("of another role than the pod's", func(t *testing.T) {
		text := irsa.Explain(deniedRead(t, answering(403, "AccessDenied",
			"User: arn:aws:sts::666677778888:assumed-role/other/x "+deniedObject)))
		assert.Contains(t, text, `put-role-policy --role-name "${ROLE_NAME:?}"`)
		assert.Contains(t, text, "this process doesn't know it for its own")
	})
	t.Run("that says nothing", func(t *testing.T) {
		text := irsa.Explain(deniedRead(t, answering(403, "AccessDenied", "Access Denied")))
		assert.Contains(t, text, "s3:GetObject")
		assert.Contains(t, text, "The role above is the one of AWS_ROLE_ARN")
	})
	t.Run("that is none", func(t *testing.T) {
		assert.Empty(t, irsa.Explain(deniedRead(t, answering(404, "NoSuchKey", "User: x is not authorized"))))
		assert.Empty(t, irsa.Explain(deniedRead(t, answering(500, "InternalError", "Access Denied"))))
		assert.Contains(t, irsa.Explain(deniedRead(t, answering(403, "InvalidAccessKeyId", ""))),
			"no question of permissions")
		assert.Contains(t, irsa.Explain(deniedRead(t, answering(400, "ExpiredToken", ""))),
			"The credentials have ended")
	})
}

func TestEachCaseOfDenialsHasAnExplanationOnLinesThatShow(t *testing.T) {
	t.Setenv("AWS_ROLE_ARN", "")
	for _, c := range deniedCases(t) {
		text := irsa.Explain(c.err())
		if c.Code == "ValidationException" {
			assert.Empty(t, text, c.Name)
			continue
		}
		assert.Contains(t, text, "What to do:", c.Name)
		assert.Contains(t, text, c.Code, c.Name)
		assert.Less(t, len(text), 8<<10, c.Name)
		for _, r := range text {
			require.False(t, r != '\n' && r < ' ' || r == '\u202e' || r == '\u200b' || r == '\u009b', "%s: %q",
				c.Name, r)
		}
	}
}

// A deniedCase is one of package denial's.
type deniedCase struct {
	Name, Service, Operation, Code, Message string
	Status                                  int
}

func deniedCases(t *testing.T) (cases []deniedCase) {
	data, err := os.ReadFile("denial/testdata/denials.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &cases))
	return cases
}

func (c deniedCase) err() error {
	response := &smithyhttp.Response{Response: &http.Response{StatusCode: c.Status}}
	return &smithy.OperationError{ServiceID: c.Service, OperationName: c.Operation, Err: &smithyhttp.ResponseError{
		Response: response, Err: &smithy.GenericAPIError{Code: c.Code, Message: c.Message},
	}}
}

// A known error says whose session made the call.
type known struct{ error }

func (k known) Unwrap() error      { return k.error }
func (k known) DeniedRole() string { return "arn:aws:iam::222233334444:role/of/hop" }

func TestTheRoleThatMadeTheCallGoesBeforeTheEnvironmentsAndTheServices(t *testing.T) {
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/reader")
	text := irsa.Explain(known{deniedRead(t, answering(403, "AccessDenied",
		"User: arn:aws:sts::111122223333:assumed-role/reader/x "+strings.Replace(deniedObject, "identity", "resource",
			1)))})
	assert.Contains(t, text, `"AWS": "arn:aws:iam::222233334444:role/of/hop"`)
	assert.NotContains(t, text, `"AWS": "arn:aws:iam::111122223333:role/reader"`)
}
