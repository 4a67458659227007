package denial

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
)

func TestEachOperationOfS3IsOneOfTheSDKs(t *testing.T) {
	client := reflect.TypeFor[*s3.Client]()
	for operation := range operations["S3"] {
		_, ok := client.MethodByName(operation)
		assert.True(t, ok, operation)
	}
}

func TestEachActionOfTheTablesIsOne(t *testing.T) {
	for service, of := range operations {
		assert.Contains(t, prefixes, service)
		for operation, actions := range of {
			for _, action := range actions {
				assert.Regexp(t, actionOnly, action, operation)
				assert.NotEqual(t, []string{prefixes[service] + ":" + operation}, actions, "it needs no entry")
			}
		}
	}
	known := slices.Collect(maps.Values(prefixes))
	for action := range anyResource {
		prefix, _, _ := strings.Cut(action, ":")
		assert.Contains(t, known, prefix)
	}
	for plain, versioned := range ofVersion {
		assert.Equal(t, plain, strings.Replace(versioned, "Version", "", 1))
	}
}
