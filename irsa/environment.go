package irsa

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// An Environment holds the variables that the EKS webhook
// (github.com/aws/amazon-eks-pod-identity-webhook) injects into a container. A field is empty where
// the variable is unset or empty: the SDK does not tell these apart either.
type Environment struct {
	RoleARN     string // AWS_ROLE_ARN
	TokenFile   string // AWS_WEB_IDENTITY_TOKEN_FILE
	SessionName string // AWS_ROLE_SESSION_NAME, which the webhook never sets
	Region      string // AWS_REGION, else AWS_DEFAULT_REGION

	// STSRegionalEndpoints is AWS_STS_REGIONAL_ENDPOINTS. The webhook sets it to "regional" on EKS
	// 1.23 and later. It has no effect: aws-sdk-go-v2 does not read it and always uses the regional
	// endpoint.
	STSRegionalEndpoints string
}

// Detect reads the environment, and no file. Where the role or the token file is missing, it
// returns what is set along with an *[Error] whose Reason is [ErrNotConfigured]. It is safe for
// concurrent use.
func Detect() (Environment, error) {
	env := Environment{
		RoleARN: os.Getenv("AWS_ROLE_ARN"), TokenFile: os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"),
		SessionName: os.Getenv("AWS_ROLE_SESSION_NAME"), Region: os.Getenv("AWS_REGION"),
		STSRegionalEndpoints: os.Getenv("AWS_STS_REGIONAL_ENDPOINTS"),
	}
	// The SDK reads AWS_REGION first. The webhook sets both.
	if env.Region == "" {
		env.Region = os.Getenv("AWS_DEFAULT_REGION")
	}
	var missing error
	switch {
	case env.RoleARN == "" && env.TokenFile == "":
		missing = precedence.ErrNeither
	case env.RoleARN == "":
		missing = precedence.OnlyOne("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")
	case env.TokenFile == "":
		missing = precedence.OnlyOne("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
	default:
		return env, nil
	}
	return env, &Error{Op: "detect", RoleARN: env.RoleARN, Reason: ErrNotConfigured, Err: missing}
}

// checkFiles looks at the files that the SDK is about to read whole, whatever they are.
func checkFiles(o *config.LoadOptions) error {
	files := append(slices.Clone(o.SharedConfigFiles), o.SharedCredentialsFiles...)
	if o.SharedConfigFiles == nil {
		files = append(files, cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename()))
	}
	if o.SharedCredentialsFiles == nil {
		files = append(files, cmp.Or(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename()))
	}
	if o.CustomCABundle == nil {
		files = append(files, os.Getenv("AWS_CA_BUNDLE"))
	}
	for _, file := range files {
		if err := checkFile(file); err != nil {
			return err
		}
	}
	return nil
}

// checkFile returns an error for what is there and no file: to open a pipe waits for its other end,
// and to read a device may never end. [os.DevNull] is an empty file to all who name it, and
// descriptors are what whoever started this process opened for it, as a shell does for <(command).
func checkFile(file string) error {
	for _, own := range []string{"/dev/fd/", "/dev/stdin", "/proc/self/fd/"} {
		if strings.HasPrefix(file, own) {
			return nil
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeDevice) == 0 {
		return nil
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil
	}
	return fmt.Errorf("read %s: it is not a regular file (%s)", file, info.Mode().Type())
}
