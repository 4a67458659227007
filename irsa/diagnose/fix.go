package diagnose

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// pod is the one that commands to paste are about.
func (s *subject) pod() kubectl.Pod {
	t := s.who()
	if t == nil {
		return kubectl.Pod{}
	}
	return kubectl.Pod{Namespace: t.Namespace, ServiceAccount: t.ServiceAccount, Name: t.Pod}
}

// paste sets commands off from the words before them.
func paste(words string, commands ...string) string {
	return words + "\n    " + strings.Join(commands, "\n    ")
}

// useWebhook is the fix where the token is not the one that the webhook mounts, or
// was spoiled.
func (s *subject) useWebhook() string {
	if s.file == s.webhookFile {
		return paste("A new pod has a new token:", s.pod().Recreate())
	}
	return paste("Let the webhook inject volume and variables: annotate the service account, and set neither variable in the pod spec:",
		s.pod().SetRole(s.role), s.pod().SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-"))
}

// loadFix is the fix where the config does not load.
func (s *subject) loadFix() string {
	if fix := irsa.Explain(s.loadErr); fix != "" {
		return fix
	}
	const words = "The config does not load."
	var profile config.SharedConfigProfileNotExistError
	var named []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") || value == "" || slices.Contains([]string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"}, name) {
			continue
		}
		text := s.loadErr.Error()
		if strings.Contains(text, name) || errors.As(s.loadErr, &profile) && profile.Profile == value ||
			strings.Contains(text, `"`+value+`"`) {
			named = append(named, name+"-")
		}
	}
	if named == nil {
		return words + " Correct what the message names, a variable in the pod spec or an entry of the shared config file, and recreate the pod."
	}
	slices.Sort(named)
	return paste(words+" Correct what the message names, or leave it out:", s.pod().SetEnv(named...))
}
