package precedence

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// VariablesIn returns the AWS_ variables that an error names or quotes the value of. A load often
// fails for one variable, and the SDK's message does not name it: "failed to get shared config
// profile, nope" is AWS_PROFILE. The webhook's own two variables are left out: what they lack has
// errors of its own.
func VariablesIn(err error) []string {
	var profile config.SharedConfigProfileNotExistError
	text := err.Error()
	var names []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") || value == "" ||
			name == "AWS_ROLE_ARN" || name == "AWS_WEB_IDENTITY_TOKEN_FILE" {
			continue
		}
		// A short value ("eu") would be found in many messages: only a path, or a quoted value,
		// counts.
		path := strings.Contains(value, "/") && strings.Contains(text, value)
		if path || strings.Contains(text, name) || strings.Contains(text, `"`+value+`"`) ||
			errors.As(err, &profile) && profile.Profile == value {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
