package partition

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A RoleARN is the ARN of an IAM role, split into its parts.
type RoleARN struct {
	Partition string
	Account   string
	Name      string // with its path: "teams/payments/reader", see BaseName
}

// BaseName returns the role's name without its path: "reader" of "teams/payments/reader". That is
// what IAM's API and the AWS CLI take as RoleName; a name with a path they reject. Names are unique
// in an account whatever their paths are (IAM User Guide, IAM identifiers).
func (r RoleARN) BaseName() string { return r.Name[strings.LastIndexByte(r.Name, '/')+1:] }

var (
	account  = regexp.MustCompile(`^\d{12}$`)
	roleName = regexp.MustCompile(`^[\w/.@+=,-]+$`)
)

// ParseRoleARN splits the ARN of an IAM role into its parts. In AWS's own partitions, also in ones
// that this package doesn't know yet, the ARN must be one that IAM could have made. In others
// (arn:minio:iam:…) only the form is checked: their account ids and regions are their own.
func ParseRoleARN(arn string) (RoleARN, error) {
	r, err := SplitRoleARN(arn)
	if err != nil {
		return RoleARN{}, err
	}
	if _, known := ByID(r.Partition); !known && !strings.HasPrefix(r.Partition, "aws") {
		return r, nil
	}
	f := strings.SplitN(arn, ":", 6)
	why := ""
	switch {
	case f[2] != "iam":
		why = "the service is not iam"
	case f[3] != "":
		why = "iam has no regions, yet there is one"
	case !account.MatchString(r.Account):
		why = "the account is not 12 digits"
	case !roleName.MatchString(r.Name) || strings.HasSuffix(r.Name, "/"):
		why = "the role's name has characters that iam does not allow"
	}
	if why != "" {
		return RoleARN{}, &RoleARNError{text.Clip(arn), why}
	}
	return r, nil
}

// SplitRoleARN splits the ARN of a role by its form alone, whoever made it: stores with an STS of
// their own use AWS's partition with accounts that AWS doesn't have, or none
// (arn:aws:iam:::role/S3Access of SeaweedFS, arn:aws:iam::RGW11111111111111111:role/x of Ceph).
func SplitRoleARN(arn string) (RoleARN, error) {
	// The limits of STS for RoleArn in AssumeRoleWithWebIdentity.
	if len(arn) < 20 || len(arn) > 2048 {
		return RoleARN{}, &RoleARNError{text.Clip(arn), fmt.Sprintf("%d characters, not 20 to 2048", len(arn))}
	}
	bad := func(why string) (RoleARN, error) {
		return RoleARN{}, &RoleARNError{text.Clip(arn), why}
	}
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[1] == "" {
		return bad("not of the form arn:partition:iam::account:role/name")
	}
	if strings.Contains(f[5], ":role/") {
		return bad("there is a colon too many in front of the account")
	}
	name, isRole := strings.CutPrefix(f[5], "role/")
	if !isRole || name == "" {
		return bad("it names no role: after the account there must be role/ and a name")
	}
	return RoleARN{Partition: f[1], Account: f[4], Name: name}, nil
}

// A RoleARNError says why a text is not the ARN of a role.
type RoleARNError struct {
	ARN string // shortened, where it is long
	Why string
}

// Error returns "parse role arn …: why".
func (e *RoleARNError) Error() string { return fmt.Sprintf("parse role arn %q: %s", e.ARN, e.Why) }
