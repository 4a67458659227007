package advice

import "regexp"

// Names that AWS and Kubernetes can't have stand in no command: whoever made them up meant
// something else by them. Word puts a variable in their place, which the reader sets.
var (
	// A name in Kubernetes is a DNS subdomain of at most 253 characters (k8s.io/apimachinery,
	// pkg/util/validation): it never begins with a dash.
	kubernetesName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

	// Regions are parts of host names. Those that nobody has announced have this form as well.
	regionForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,62}$`)

	accountForm = regexp.MustCompile(`^\d{12}$`)

	// Buckets of us-east-1 made before March 2018 may have capitals, underscores and 255
	// characters: S3 User Guide, General purpose bucket naming rules.
	bucketForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`)

	// Amazon SQS API Reference, CreateQueue.
	queueForm = regexp.MustCompile(`^\w[\w-]{0,79}(\.fifo)?$`)

	// A key's id is a UUID, with mrk- in front where it is in several regions (KMS Developer Guide,
	// Key identifiers).
	keyForm = regexp.MustCompile(`^arn:[a-z][\w-]*:kms:[a-z0-9-]+:\d{12}:(key/[A-Za-z0-9][A-Za-z0-9-]*|alias/[\w/-]+)$`)

	// What the names of roles, keys, topics and secrets are made of (IAM User Guide, IAM and STS
	// quotas; Secrets Manager API Reference, CreateSecret), with any account: stores with an STS of
	// their own have others than AWS.
	arnForm = regexp.MustCompile(`^arn:[a-z][\w-]*:[a-z0-9-]*:[a-z0-9-]*:\w*:[\w+=,.@/:!-]+$`)
)

// named returns a name from a token's claims where Kubernetes can have such a name, or "".
func named(name string) string { return only(kubernetesName, name) }

// only returns a name that has a form, or "".
func only(form *regexp.Regexp, name string) string {
	if form.MatchString(name) {
		return name
	}
	return ""
}

// regionOption is the option of a command for a region, a variable where it can't be one.
func regionOption(region string) string {
	return " --region " + Word(only(regionForm, region), "REGION")
}
