# Connects the service account {{.Namespace}}/{{.ServiceAccount}} to the role {{.Role}}, which may list
# and read {{.Bucket}}. For Terraform and OpenTofu:
#
#   terraform init
#   AWS_REGION={{.Region}} KUBE_CONFIG_PATH=~/.kube/config terraform apply
#
# Existing pods do not change: restart those that need the role.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81" # from then on an identity provider needs no thumbprint
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.20"
    }
  }
}

# The cluster's issuer, once for each cluster and account. Where the account has it already:
#
#   terraform import aws_iam_openid_connect_provider.cluster {{.ProviderARN}}
resource "aws_iam_openid_connect_provider" "cluster" {
  url            = "{{.Issuer}}"
  client_id_list = ["{{.Audience}}"]
}

# The role trusts this service account of this cluster and nobody else.
resource "aws_iam_role" "pod" {
  path = "{{.RolePath}}"
  name = "{{.RoleName}}"
  assume_role_policy = jsonencode({{hcl .TrustPolicy}})
}

resource "aws_iam_role_policy" "read" {
  role = aws_iam_role.pod.name
  name = "{{.PolicyName}}"
  policy = jsonencode({{hcl .ReadPolicy}})
}

# Where the cluster has the namespace already:
#
#   terraform import kubernetes_namespace_v1.pod {{.Namespace}}
resource "kubernetes_namespace_v1" "pod" {
  metadata {
    name = "{{.Namespace}}"
  }
}

resource "kubernetes_service_account_v1" "pod" {
  metadata {
    namespace = kubernetes_namespace_v1.pod.metadata[0].name
    name      = "{{.ServiceAccount}}"
    annotations = {
      "eks.amazonaws.com/role-arn"               = aws_iam_role.pod.arn
      "eks.amazonaws.com/sts-regional-endpoints" = "true"
    }
  }
}
