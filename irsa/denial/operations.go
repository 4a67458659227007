package denial

// Where the names of services, operations and actions come from: the operations' documentation in
// the SDK, and each service's page in the Service Authorization Reference.

// prefixes are those of the services' actions, by the SDK's name of the service (its ServiceID).
// Where a service isn't listed nothing is said of its operations: its prefix can't be told from
// its name.
var prefixes = map[string]string{
	"ACM":                        "acm",
	"Account":                    "account",
	"AppConfig":                  "appconfig",
	"AppConfigData":              "appconfig",
	"Athena":                     "athena",
	"Auto Scaling":               "autoscaling",
	"Batch":                      "batch",
	"Bedrock":                    "bedrock",
	"Bedrock Runtime":            "bedrock",
	"CloudFormation":             "cloudformation",
	"CloudFront":                 "cloudfront",
	"CloudTrail":                 "cloudtrail",
	"CloudWatch":                 "cloudwatch",
	"CloudWatch Logs":            "logs",
	"CodeBuild":                  "codebuild",
	"CodeCommit":                 "codecommit",
	"CodeDeploy":                 "codedeploy",
	"CodePipeline":               "codepipeline",
	"Cognito Identity":           "cognito-identity",
	"Cognito Identity Provider":  "cognito-idp",
	"Cost Explorer":              "ce",
	"Database Migration Service": "dms",
	"DynamoDB":                   "dynamodb",
	"DynamoDB Streams":           "dynamodb",
	"EC2":                        "ec2",
	"ECR":                        "ecr",
	"ECR PUBLIC":                 "ecr-public",
	"ECS":                        "ecs",
	"EFS":                        "elasticfilesystem",
	"EKS":                        "eks",
	"ElastiCache":                "elasticache",
	"Elastic Beanstalk":          "elasticbeanstalk",
	"Elastic Load Balancing":     "elasticloadbalancing",
	"Elastic Load Balancing v2":  "elasticloadbalancing",
	"EventBridge":                "events",
	"Firehose":                   "firehose",
	"Glue":                       "glue",
	"IAM":                        "iam",
	"IoT":                        "iot",
	"IoT Data Plane":             "iot",
	"KMS":                        "kms",
	"Kafka":                      "kafka",
	"Kinesis":                    "kinesis",
	"Lambda":                     "lambda",
	"OpenSearch":                 "es",
	"Organizations":              "organizations",
	"RDS":                        "rds",
	"RDS Data":                   "rds-data",
	"Redshift":                   "redshift",
	"Redshift Data":              "redshift-data",
	"Route 53":                   "route53",
	"S3":                         "s3",
	"S3 Control":                 "s3",
	"SES":                        "ses",
	"SESv2":                      "ses",
	"SFN":                        "states",
	"SNS":                        "sns",
	"SQS":                        "sqs",
	"SSM":                        "ssm",
	"STS":                        "sts",
	"SageMaker":                  "sagemaker",
	"SageMaker Runtime":          "sagemaker",
	"Secrets Manager":            "secretsmanager",
	"SimpleDB":                   "sdb",
	"XRay":                       "xray",
}

// operations are those whose action has another name than the operation, or that need several.
// What is nil needs one of several actions, by what is in the request.
var operations = map[string]map[string][]string{
	"S3": {
		"ListObjects":             {"s3:ListBucket"},
		"ListObjectsV2":           {"s3:ListBucket"},
		"HeadBucket":              {"s3:ListBucket"},
		"ListBuckets":             {"s3:ListAllMyBuckets"},
		"ListDirectoryBuckets":    {"s3express:ListAllMyDirectoryBuckets"},
		"CreateSession":           {"s3express:CreateSession"},
		"ListObjectVersions":      {"s3:ListBucketVersions"},
		"ListMultipartUploads":    {"s3:ListBucketMultipartUploads"},
		"ListParts":               {"s3:ListMultipartUploadParts"},
		"HeadObject":              {"s3:GetObject"},
		"SelectObjectContent":     {"s3:GetObject"},
		"GetObjectAttributes":     {"s3:GetObject", "s3:GetObjectAttributes"},
		"CreateMultipartUpload":   {"s3:PutObject"},
		"UploadPart":              {"s3:PutObject"},
		"CompleteMultipartUpload": {"s3:PutObject"},
		"CopyObject":              {"s3:GetObject", "s3:PutObject"},
		"UploadPartCopy":          {"s3:GetObject", "s3:PutObject"},
		"DeleteObjects":           {"s3:DeleteObject"},

		"GetBucketAccelerateConfiguration":   {"s3:GetAccelerateConfiguration"},
		"PutBucketAccelerateConfiguration":   {"s3:PutAccelerateConfiguration"},
		"GetBucketCors":                      {"s3:GetBucketCORS"},
		"PutBucketCors":                      {"s3:PutBucketCORS"},
		"DeleteBucketCors":                   {"s3:PutBucketCORS"},
		"GetBucketEncryption":                {"s3:GetEncryptionConfiguration"},
		"PutBucketEncryption":                {"s3:PutEncryptionConfiguration"},
		"DeleteBucketEncryption":             {"s3:PutEncryptionConfiguration"},
		"GetBucketLifecycleConfiguration":    {"s3:GetLifecycleConfiguration"},
		"PutBucketLifecycleConfiguration":    {"s3:PutLifecycleConfiguration"},
		"DeleteBucketLifecycle":              {"s3:PutLifecycleConfiguration"},
		"GetBucketNotificationConfiguration": {"s3:GetBucketNotification"},
		"PutBucketNotificationConfiguration": {"s3:PutBucketNotification"},
		"GetBucketReplication":               {"s3:GetReplicationConfiguration"},
		"PutBucketReplication":               {"s3:PutReplicationConfiguration"},
		"DeleteBucketReplication":            {"s3:PutReplicationConfiguration"},
		"DeleteBucketTagging":                {"s3:PutBucketTagging"},
		"GetObjectLockConfiguration":         {"s3:GetBucketObjectLockConfiguration"},
		"PutObjectLockConfiguration":         {"s3:PutBucketObjectLockConfiguration"},
		"GetPublicAccessBlock":               {"s3:GetBucketPublicAccessBlock"},
		"PutPublicAccessBlock":               {"s3:PutBucketPublicAccessBlock"},
		"DeletePublicAccessBlock":            {"s3:PutBucketPublicAccessBlock"},
	},
	"KMS": {
		"ReEncrypt": {"kms:ReEncryptFrom", "kms:ReEncryptTo"},
	},
	"DynamoDB": {
		"TransactGetItems":      {"dynamodb:GetItem"},
		"TransactWriteItems":    nil,
		"ExecuteStatement":      nil,
		"BatchExecuteStatement": nil,
		"ExecuteTransaction":    nil,
	},
	"SQS": {
		"SendMessageBatch":             {"sqs:SendMessage"},
		"DeleteMessageBatch":           {"sqs:DeleteMessage"},
		"ChangeMessageVisibilityBatch": {"sqs:ChangeMessageVisibility"},
	},
	"SNS": {
		"PublishBatch": {"sns:Publish"},
	},
	"Lambda": {
		"Invoke":                   {"lambda:InvokeFunction"},
		"InvokeWithResponseStream": {"lambda:InvokeFunction"},
	},
	"Bedrock Runtime": {
		"Converse":       {"bedrock:InvokeModel"},
		"ConverseStream": {"bedrock:InvokeModelWithResponseStream"},
	},
}

// ofVersion are the actions of S3 on a version of an object that the request names.
var ofVersion = map[string]string{
	"s3:GetObject":           "s3:GetObjectVersion",
	"s3:GetObjectAcl":        "s3:GetObjectVersionAcl",
	"s3:GetObjectTagging":    "s3:GetObjectVersionTagging",
	"s3:PutObjectAcl":        "s3:PutObjectVersionAcl",
	"s3:PutObjectTagging":    "s3:PutObjectVersionTagging",
	"s3:DeleteObject":        "s3:DeleteObjectVersion",
	"s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
}

// queueActions are SQS's, which it writes in lower case.
var queueActions = []string{
	"sqs:AddPermission", "sqs:CancelMessageMoveTask", "sqs:ChangeMessageVisibility", "sqs:CreateQueue",
	"sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
	"sqs:ListDeadLetterSourceQueues", "sqs:ListMessageMoveTasks", "sqs:ListQueueTags", "sqs:ListQueues",
	"sqs:PurgeQueue", "sqs:ReceiveMessage", "sqs:RemovePermission", "sqs:SendMessage", "sqs:SetQueueAttributes",
	"sqs:StartMessageMoveTask", "sqs:TagQueue", "sqs:UntagQueue",
}

// anyResource are actions that no statement can allow on less than every resource.
var anyResource = map[string]bool{
	"cloudwatch:GetMetricData":  true,
	"cloudwatch:ListMetrics":    true,
	"cloudwatch:PutMetricData":  true,
	"ecr:GetAuthorizationToken": true,
	"kms:ListKeys":              true,
	"s3:ListAllMyBuckets":       true,
}
