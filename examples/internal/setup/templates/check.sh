
# Wait for the Job, which prints the pod's identity and lists the bucket.
status=0
kubectl -n {{.Namespace}} wait --for=condition=complete job/{{.JobName}} --timeout=180s || status=$?

# The pod's variables. The webhook has injected the identity if AWS_ROLE_ARN and
# AWS_WEB_IDENTITY_TOKEN_FILE are among them.
kubectl -n {{.Namespace}} get pod -l job-name={{.JobName}} \
  -o jsonpath='{range .items[*].spec.containers[*].env[*]}{.name}={.value}{"\n"}{end}'

# The log of each of its attempts.
kubectl -n {{.Namespace}} logs -l job-name={{.JobName}} --tail=-1 --prefix
exit "$status"
