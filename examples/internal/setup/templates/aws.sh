
# The cluster's issuer becomes an identity provider in the role's account, once
# for each cluster and account. IAM trusts its certificate by itself; no
# thumbprint is needed.
aws iam get-open-id-connect-provider --region {{.Region}} \
  --open-id-connect-provider-arn {{.ProviderARN}} >/dev/null 2>&1 ||
aws iam create-open-id-connect-provider --region {{.Region}} \
  --url {{.Issuer}} \
  --client-id-list {{.Audience}}

# Where the provider was there already, for others: it takes the pod's tokens too.
aws iam add-client-id-to-open-id-connect-provider --region {{.Region}} \
  --open-id-connect-provider-arn {{.ProviderARN}} \
  --client-id {{.Audience}}

# The role, which trusts {{.Namespace}}/{{.ServiceAccount}} of this cluster and nobody else. Where
# it exists already this stops with EntityAlreadyExists: add the statement of
# the trust policy to its own with aws iam update-assume-role-policy.
aws iam create-role --region {{.Region}} \
  --path {{.RolePath}} --role-name {{.RoleName}} \
  --assume-role-policy-document {{.TrustPolicyArg}}

# What the role may do: list the buckets, list and read {{.Bucket}}.
aws iam put-role-policy --region {{.Region}} \
  --role-name {{.RoleName}} --policy-name {{.PolicyName}} \
  --policy-document {{.ReadPolicyArg}}
