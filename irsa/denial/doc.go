// Package denial reads what an AWS service says when it denies a call: who was denied what, on
// which resource, by which kind of policy, and whose policy is to be changed.
//
//	out, err := client.GetObject(ctx, in)
//	if d, ok := denial.Of(err); ok {
//		log.Print(d.Action, " on ", d.Resource, ": ", d.Fix)
//		if statement, ok := d.Statement(); ok {
//			log.Print(statement) // what the policy lacks
//		}
//	}
//
// [Of] takes the error of any client of aws-sdk-go-v2, also where other errors are wrapped around
// it. It looks at types alone: the service's code and message, the SDK's names of service and
// operation, the HTTP status. [Parse] takes a message that was found elsewhere, in a log say.
//
// # What is believed
//
// AWS's sentence is "User: PRINCIPAL is not authorized to perform: ACTION on resource: RESOURCE",
// and behind it, within one account or organization, a reason: "because no identity-based policy
// allows the ACTION action", or "with an explicit deny in a service control policy". Keys of
// objects, names of secrets and servers that are not AWS can put anything into a message, so that
// little of it is taken at its word:
//
//   - Principal and action fit a strict pattern, or the sentence doesn't count.
//   - The reason is read behind the end of the resource, and only whole: a key that holds
//     another reason is a key.
//   - A resource with a quotation mark, a backslash, an angle bracket, or a character that doesn't
//     show is not named.
//   - The sentence begins within the first KiB, and what lies behind the first 8 KiB is not read.
//
// Where a service says no more than "Access Denied" the action is the one that its operation needs,
// and nothing else is known. Stores that aren't AWS answer so, too.
//
// # What isn't in the message
//
// A message without a resource leaves it to whoever made the request. Of asks the errors around the
// SDK's for it, by methods that any error may have:
//
//	DeniedResource() string // the ARN of what the request was for; "" where it isn't known
//	DeniedVersion() string  // the id of the object's version that was asked for; "" for the newest
//
// s3read's Error has the first, and the errors of all clients of a config that irsa.LoadConfig
// loaded have both. A message names one of the policies that deny: after the change
// another one may deny the next call. And it doesn't tell a role's path: the role of a session
// "assumed-role/reader/x" may be "role/reader" or "role/teams/reader". Statement names the first;
// put the role's ARN into Principal where it is known.
package denial
