package clustertest

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// A projection is how the EKS webhook projects one of its tokens (amazon-eks-pod-identity-webhook,
// pkg/handler and main.go).
type projection struct{ volume, folder, file, audience string }

var (
	forSTS = projection{
		"aws-iam-token", "/var/run/secrets/eks.amazonaws.com/serviceaccount", "token", "sts.amazonaws.com",
	}
	forAgent = projection{
		"eks-pod-identity-token", "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
		"eks-pod-identity-token", "pods.eks.amazonaws.com",
	}
)

// Associate makes the EKS webhook see an EKS Pod Identity association of a service account, whose
// agent is at a URL, in the pods that are created from now on. An empty URL removes it.
func (c *Cluster) Associate(namespace, account, agent string) {
	c.agents[namespace+"/"+account] = agent
}

// inject changes pod as the EKS webhook does when a pod is created: it adds the volume with the
// token, and the variables that name it and the role or the agent. An association takes precedence
// over the annotation of the service account.
func (c *Cluster) inject(pod *corev1.Pod, account *corev1.ServiceAccount) {
	role := account.Annotations["eks.amazonaws.com/role-arn"]
	agent := c.agents[account.Namespace+"/"+account.Name]
	switch {
	case agent != "":
		add(pod, account, forAgent, []corev1.EnvVar{
			{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: agent},
			{Name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Value: forAgent.folder + "/" + forAgent.file},
		})
	case role != "":
		add(pod, account, forSTS, []corev1.EnvVar{
			{Name: "AWS_ROLE_ARN", Value: role},
			{Name: "AWS_WEB_IDENTITY_TOKEN_FILE", Value: forSTS.folder + "/" + forSTS.file},
		})
	}
}

func add(pod *corev1.Pod, account *corev1.ServiceAccount, p projection, identity []corev1.EnvVar) {
	for _, v := range pod.Spec.Containers[0].Env {
		if v.Name == identity[0].Name || v.Name == identity[1].Name {
			return // the pod spec has it its own way
		}
	}
	seconds, err := strconv.ParseInt(account.Annotations["eks.amazonaws.com/token-expiration"], 10, 64)
	if err != nil {
		seconds = 86400
	}
	container := &pod.Spec.Containers[0]
	container.Env = append(append(container.Env,
		corev1.EnvVar{Name: "AWS_STS_REGIONAL_ENDPOINTS", Value: "regional"},
		corev1.EnvVar{Name: "AWS_DEFAULT_REGION", Value: Region},
		corev1.EnvVar{Name: "AWS_REGION", Value: Region},
	), identity...)
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{
		Name: p.volume, MountPath: p.folder, ReadOnly: true,
	})
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{
		Name: p.volume,
		VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
				Audience: p.audience, ExpirationSeconds: &seconds, Path: p.file,
			},
		}}}},
	})
}
