
# A Job that uses it. One that this made before is done, and can't run again.
kubectl -n {{.Namespace}} delete job --ignore-not-found \
  -l app.kubernetes.io/name={{.JobName}},app.kubernetes.io/managed-by=irsa-setup
kubectl apply -f {{.JobArg}}
