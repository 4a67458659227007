
# The service account, annotated with the role, and a Job that uses it. Pods that
# are there already keep what they were created with: restart them.
kubectl get namespace {{.Namespace}} >/dev/null 2>&1 || kubectl create namespace {{.Namespace}}
kubectl apply -f {{.ServiceAccountArg}}
kubectl apply -f {{.JobArg}}
