// Package trustpolicy reads the trust policy of an IAM role and says whether it
// admits a Kubernetes service account, and why.
//
// STS answers a pod whose role does not trust it with "Not authorized to perform
// sts:AssumeRoleWithWebIdentity" and nothing else. The policy and the token's
// claims hold the rest of the answer:
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
// Evaluate follows the rules that the IAM User Guide gives for policy evaluation.
// It never answers Allowed where it cannot know: conditions on keys that are not
// in the token, and operators other than the string ones and Null, make it answer
// Unknown where they matter. Lint finds what is legal and dangerous, or surely a
// mistake. Generate writes the policy that admits one service account and no other.
//
// A trust policy is not the last word. A service control policy (SCP), a resource
// control policy (RCP) or a permissions boundary may still deny what it allows.
//
// The package is pure: it makes no request, reads no file, keeps no state, and
// imports nothing outside the standard library and this module.
package trustpolicy
