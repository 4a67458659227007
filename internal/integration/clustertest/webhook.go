package clustertest

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// The volume and the folder as the EKS webhook names them (amazon-eks-pod-identity-webhook,
// pkg/handler).
const (
	tokenVolume = "aws-iam-token"
	tokenFolder = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
)

// inject changes pod as the EKS webhook does when a pod of an annotated service account is created:
// it adds the volume with the token, and the variables that name it and the role.
func inject(pod *corev1.Pod, account *corev1.ServiceAccount, region string) {
	role := account.Annotations["eks.amazonaws.com/role-arn"]
	if role == "" {
		return
	}
	for _, v := range pod.Spec.Containers[0].Env {
		if v.Name == "AWS_ROLE_ARN" || v.Name == "AWS_WEB_IDENTITY_TOKEN_FILE" {
			return // the pod spec has it its own way
		}
	}
	seconds, err := strconv.ParseInt(account.Annotations["eks.amazonaws.com/token-expiration"], 10, 64)
	if err != nil {
		seconds = 86400
	}
	container := &pod.Spec.Containers[0]
	container.Env = append(container.Env, []corev1.EnvVar{
		{Name: "AWS_STS_REGIONAL_ENDPOINTS", Value: "regional"},
		{Name: "AWS_DEFAULT_REGION", Value: region},
		{Name: "AWS_REGION", Value: region},
		{Name: "AWS_ROLE_ARN", Value: role},
		{Name: "AWS_WEB_IDENTITY_TOKEN_FILE", Value: tokenFolder + "/token"},
	}...)
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{
		Name: tokenVolume, MountPath: tokenFolder, ReadOnly: true,
	})
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{
		Name: tokenVolume,
		VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
				Audience: "sts.amazonaws.com", ExpirationSeconds: &seconds, Path: "token",
			},
		}}}},
	})
}
