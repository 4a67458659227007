
# Whether the Job got through: it says who the pod is, and lists the bucket.
status=0
kubectl -n {{.Namespace}} wait --for=condition=complete job/{{.JobName}} --timeout=180s || status=$?

# The variables that the webhook injected: AWS_ROLE_ARN and
# AWS_WEB_IDENTITY_TOKEN_FILE must be among them.
kubectl -n {{.Namespace}} get pod -l job-name={{.JobName}} \
  -o jsonpath='{range .items[*].spec.containers[*].env[*]}{.name}={.value}{"\n"}{end}'

# What it said: of each attempt, where there were several.
kubectl -n {{.Namespace}} logs -l job-name={{.JobName}} --tail=-1 --prefix
exit "$status"
