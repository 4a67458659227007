// Package trustpolicy evaluates the trust policy of an IAM role: does it admit a Kubernetes service
// account, and why.
//
// The problem: STS answers a pod whose role does not trust it with "Not authorized to perform
// sts:AssumeRoleWithWebIdentity" and nothing else, also where the role doesn't exist. The reason
// can be found from the policy and the token's claims:
//
//	policy, err := trustpolicy.Parse(doc)
//	decision := policy.Evaluate(trustpolicy.Request{
//		RoleARN:  "arn:aws:iam::111122223333:role/reader",
//		Issuer:   "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE",
//		Audience: "sts.amazonaws.com",
//		Subject:  "system:serviceaccount:payments:api",
//	})
//	fmt.Println(decision)
//
// The decision names the statement and the condition that decide, with line and column, and common
// mistakes: a wildcard under StringEquals, another cluster's issuer id after the cluster was
// recreated, a namespace that is one character off, an invisible character.
//
// The guarantee: [Policy.Evaluate] follows the rules that the IAM User Guide gives for the
// evaluation of policies, and never answers [Allowed] where it can't know. Conditions on keys that
// are not in the token, operators other than the string ones and Null, and what the guide leaves
// open make it answer [Unknown] where they matter.
//
// [Policy.Lint] finds what is legal and dangerous, or surely a mistake. [Generate] returns the
// policy that admits one service account and no other.
//
// A trust policy does not decide alone. A service control policy (SCP), a resource control policy
// (RCP) or a permissions boundary may still deny what it allows.
//
// The package is pure: it makes no request, reads no file, keeps no state, and imports nothing
// outside the standard library and this module.
package trustpolicy
