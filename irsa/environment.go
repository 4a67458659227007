package irsa

import (
	"bytes"
	"cmp"
	"context"
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
func checkFiles(ctx context.Context, o *config.LoadOptions) error {
	configs, credentials := o.SharedConfigFiles, o.SharedCredentialsFiles
	if configs == nil {
		configs = []string{cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename())}
	}
	if credentials == nil {
		name := cmp.Or(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename())
		credentials = []string{name}
	}
	shared := slices.Concat(configs, credentials)
	for _, file := range shared {
		if err := checkFile(file); err != nil {
			return err
		}
	}
	if o.CustomCABundle != nil {
		return nil
	}
	bundle := os.Getenv("AWS_CA_BUNDLE")
	if bundle == "" && slices.ContainsFunc(shared, namesBundle) {
		profile := cmp.Or(
			o.SharedConfigProfile, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), config.DefaultSharedConfigProfile)
		p, _ := config.LoadSharedConfigProfile(ctx, profile, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = configs, credentials
		}) // of what is wrong with it the SDK tells
		bundle = p.CustomCABundle
	}
	return checkFile(bundle)
}

// namesBundle reports whether a file may have a profile's ca_bundle. What can be read only once is
// left to the SDK.
func namesBundle(file string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	content, err := os.ReadFile(file)
	return err == nil && bytes.Contains(content, []byte("ca_bundle"))
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
