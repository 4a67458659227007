package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

var (
	bucketForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	accessPointForm = regexp.MustCompile(`^arn:([a-z-]+):s3:([a-z0-9-]+):(\d{12}):accesspoint/([a-z0-9][a-z0-9-]{1,48}[a-z0-9])$`)
	keyForm         = regexp.MustCompile(`^arn:([a-z-]+):kms:([a-z0-9-]+):(\d{12}):key/[A-Za-z0-9-]+$`)
)

// directorySuffix ends the names of directory buckets: base--zone--x-s3 (Amazon S3 User Guide,
// Directory bucket naming rules).
const directorySuffix = "--x-s3"

// A place is what Values.Bucket names, with what the role needs there.
type place struct {
	name       string // fit for the name of a policy
	statements []statement
}

// A statement is one of the role's permission policy.
type statement struct {
	Effect   string
	Action   any // a string, or several
	Resource string
}

func allow(resource string, actions ...string) statement {
	if len(actions) == 1 {
		return statement{"Allow", actions[0], resource}
	}
	return statement{"Allow", actions, resource}
}

// parsePlace tells a bucket, a directory bucket and an access point apart. Each has ARNs and
// actions of its own.
func parsePlace(v Values, p partition.Partition) (place, error) {
	var b place
	var wrong []string
	keyActions := []string{"kms:Decrypt"}
	switch name := v.Bucket; {
	case name == "":
		wrong = append(wrong, "bucket: missing")
	case strings.HasSuffix(name, directorySuffix) && bucketForm.MatchString(name):
		b.name = name
		// A session is for all of the bucket's objects; what it may do is limited by its mode alone
		// (Amazon S3 User Guide, Authorizing Zonal endpoint API operations with CreateSession), and
		// where a key encrypts them S3 asks it for a data key with the session.
		b.statements = []statement{
			allow("*", "s3express:ListAllMyDirectoryBuckets"),
			allow("arn:"+p.ID+":s3express:"+v.Region+":"+v.Account+":bucket/"+name, "s3express:CreateSession"),
		}
		keyActions = append(keyActions, "kms:GenerateDataKey")
	case strings.HasSuffix(name, "-s3alias"):
		wrong = append(wrong, fmt.Sprintf(
			"bucket %q: an alias of an access point; give its ARN, which a policy can name", name))
	case accessPointForm.MatchString(name):
		m := accessPointForm.FindStringSubmatch(name)
		if p.ID != "" && m[1] != p.ID {
			wrong = append(wrong, fmt.Sprintf("bucket %q: in partition %s, and the region in %s", name, m[1], p.ID))
		}
		b.name = m[4]
		b.statements = []statement{
			allow("*", "s3:ListAllMyBuckets"), allow(name, "s3:ListBucket"),
			allow(name+"/object/*", "s3:GetObject", "s3:GetObjectVersion"),
		}
	case bucketForm.MatchString(name):
		b.name = name
		arn := "arn:" + p.ID + ":s3:::" + name
		b.statements = []statement{
			allow("*", "s3:ListAllMyBuckets"), allow(arn, "s3:ListBucket"),
			allow(arn+"/*", "s3:GetObject", "s3:GetObjectVersion"),
		}
	default:
		wrong = append(wrong, fmt.Sprintf("bucket %q: not a bucket's name or an access point's ARN", name))
	}
	if v.KMSKey != "" {
		if m := keyForm.FindStringSubmatch(v.KMSKey); m == nil {
			wrong = append(wrong, fmt.Sprintf("kms key %q: not the ARN of a key, the only form that a policy can name", v.KMSKey))
		} else if p.ID != "" && m[1] != p.ID {
			wrong = append(wrong, fmt.Sprintf("kms key %q: in partition %s, and the region in %s", v.KMSKey, m[1], p.ID))
		}
		b.statements = append(b.statements, allow(v.KMSKey, keyActions...))
	}
	if len(wrong) > 0 {
		return place{}, errors.New(strings.Join(wrong, "; "))
	}
	return b, nil
}

// policy returns the permission policy as JSON.
func (b place) policy() (string, error) {
	j, err := json.MarshalIndent(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", b.statements}, "", "  ")
	return string(j) + "\n", err
}
