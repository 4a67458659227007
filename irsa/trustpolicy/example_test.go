package trustpolicy_test

import (
	"fmt"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func Example() {
	policy, err := trustpolicy.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {
      "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud": "sts.amazonaws.com",
      "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub": "system:serviceaccount:payments:*"
    }}
  }]
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(policy.Evaluate(trustpolicy.Request{
		RoleARN:  "arn:aws:iam::111122223333:role/reader",
		Issuer:   "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE",
		Audience: "sts.amazonaws.com",
		Subject:  "system:serviceaccount:payments:api",
	}))
	// Output:
	// Denied
	// - statement 1 (line 3, column 17): doesn't apply to the request
	//   - Condition StringEquals oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub (line 9, column 7): the token's sub is "system:serviceaccount:payments:api", and the policy wants "system:serviceaccount:payments:*": StringEquals compares * and ? literally: use StringLike
	// A service control policy (SCP), a resource control policy (RCP) or a permissions boundary may still deny what a trust policy allows.
}

func ExampleGenerate() {
	policy, err := trustpolicy.Generate(trustpolicy.Request{
		RoleARN: "arn:aws-cn:iam::111122223333:role/reader",
		Issuer:  "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLE",
		Subject: "system:serviceaccount:payments:api",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(policy)
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Effect": "Allow",
	//       "Principal": {
	//         "Federated": "arn:aws-cn:iam::111122223333:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLE"
	//       },
	//       "Action": "sts:AssumeRoleWithWebIdentity",
	//       "Condition": {
	//         "StringEquals": {
	//           "oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLE:aud": "sts.amazonaws.com",
	//           "oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLE:sub": "system:serviceaccount:payments:api"
	//         }
	//       }
	//     }
	//   ]
	// }
}

func ExamplePolicy_Lint() {
	policy, err := trustpolicy.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud": "sts.amazonaws.com"}}
  }
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range policy.Lint(trustpolicy.Request{}) {
		fmt.Println(finding)
	}
	// Output:
	// statement 1 (line 3, column 16): every pod of the cluster is admitted: add StringEquals oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub with the service account's subject
}

func ExampleParse_error() {
	_, err := trustpolicy.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": {"Effect": "allow"}
}`))
	fmt.Println(err)
	// Output:
	// parse trust policy: line 3, column 27: statement 1: Effect is "allow": iam takes Allow or Deny, in this spelling
}
