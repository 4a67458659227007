
# The role's account needs an identity provider for the cluster's issuer, once for
# each cluster and account. IAM verifies the issuer's certificate without a thumbprint.
aws iam get-open-id-connect-provider --region {{.Region}} \
  --open-id-connect-provider-arn {{.ProviderARN}} >/dev/null 2>&1 ||
aws iam create-open-id-connect-provider --region {{.Region}} \
  --url {{.Issuer}} \
  --client-id-list {{.Audience}}

# A provider that existed before must accept the audience of the pod's token, too.
aws iam add-client-id-to-open-id-connect-provider --region {{.Region}} \
  --open-id-connect-provider-arn {{.ProviderARN}} \
  --client-id {{.Audience}}

# The role, which trusts {{.Namespace}}/{{.ServiceAccount}} of this cluster and nobody else.
# One that exists is used where it trusts that service account, and never changed.
admits=$(aws iam get-role --region {{.Region}} --role-name {{.RoleName}} \
  --query {{.TrustsQuery}} --output text 2>/dev/null) || admits=missing
case $admits in
missing)
  aws iam create-role --region {{.Region}} \
    --path {{.RolePath}} --role-name {{.RoleName}} \
    --assume-role-policy-document {{.TrustPolicyArg}}
  ;;
0)
  echo 'The role {{.RoleName}} exists, and does not trust this service account. Add the statement' >&2
  echo 'of the policy below to the trust policy that it has, and run this again.' >&2
  printf '%s\n' {{quote .TrustPolicy}} >&2
  exit 1
  ;;
esac

# What the role may do: list the buckets, list and read {{.Bucket}}.
aws iam put-role-policy --region {{.Region}} \
  --role-name {{.RoleName}} --policy-name {{.PolicyName}} \
  --policy-document {{.ReadPolicyArg}}
