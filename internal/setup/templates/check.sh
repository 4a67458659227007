
# The variables that the webhook injected: AWS_ROLE_ARN and
# AWS_WEB_IDENTITY_TOKEN_FILE must be among them.
kubectl -n {{.Namespace}} wait --for=create pod -l job-name={{.JobName}} --timeout=60s
kubectl -n {{.Namespace}} get pod -l job-name={{.JobName}} \
  -o jsonpath='{range .items[*].spec.containers[*].env[*]}{.name}={.value}{"\n"}{end}'

# Who the pod is, and what is in the bucket.
kubectl -n {{.Namespace}} wait --for=condition=complete job/{{.JobName}} --timeout=120s ||
  echo 'the job did not complete; its log says why:'
kubectl -n {{.Namespace}} logs job/{{.JobName}}
