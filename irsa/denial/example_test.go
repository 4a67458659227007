package denial_test

import (
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

func ExampleOf() {
	// What a client of SQS returns.
	err := fmt.Errorf("send: %w", &smithy.OperationError{
		ServiceID: "SQS", OperationName: "SendMessageBatch",
		Err: &smithy.GenericAPIError{
			Code: "AccessDenied",
			Message: "User: arn:aws:sts::111122223333:assumed-role/orders/api-0 is not authorized to perform: " +
				"sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:444455556666:orders " +
				"because no resource-based policy allows the sqs:sendmessage action",
		},
	})
	if d, ok := denial.Of(err); ok {
		fmt.Println(d.Action, "on", d.Resource)
		fmt.Println(d.Deny, "by", d.PolicyType, "policy:", d.Fix)
	}
	// Output:
	// sqs:SendMessage on arn:aws:sqs:eu-west-1:444455556666:orders
	// implicit by resource policy: resource-policy
}

func ExampleParse() {
	d, ok := denial.Parse("User: arn:aws:sts::111122223333:assumed-role/reader/api-0 is not authorized to perform: " +
		`s3:GetObject on resource: "arn:aws:s3:::invoices/with an explicit deny in a service control policy" ` +
		"with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/team")
	fmt.Println(ok, d.Deny, d.PolicyType, d.PolicyARN)

	_, ok = denial.Parse("Access Denied")
	fmt.Println(ok)
	// Output:
	// true explicit boundary arn:aws:iam::111122223333:policy/team
	// false
}

func ExampleDenial_Statement() {
	d, _ := denial.Parse("User: arn:aws:sts::111122223333:assumed-role/reader/api-0 is not authorized to perform: " +
		`s3:GetObject on resource: "arn:aws:s3:::invoices/2026/11.csv" ` +
		"because no identity-based policy allows the s3:GetObject action")
	statement, ok := d.Statement()
	fmt.Println(ok)
	fmt.Println(statement)
	// Output:
	// true
	// {
	//   "Effect": "Allow",
	//   "Action": "s3:GetObject",
	//   "Resource": "arn:aws:s3:::invoices/2026/11.csv"
	// }
}
