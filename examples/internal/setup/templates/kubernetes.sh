
# The service account, annotated with the role. Existing pods do not change: restart
# those that need the role.
kubectl get namespace {{.Namespace}} >/dev/null 2>&1 || kubectl create namespace {{.Namespace}}
kubectl apply -f {{.ServiceAccountArg}}
