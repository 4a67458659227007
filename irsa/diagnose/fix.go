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
	if s.profile != "" {
		return "The profile " + s.profile + " of the shared config file names it: correct web_identity_token_file there."
	}
	if s.file == s.webhookFile {
		return paste("A new pod has a new token:", s.pod().Recreate())
	}
	return paste("Let the webhook inject volume and variables: annotate the service account, and set neither variable in the pod spec:",
		s.pod().SetRole(s.role), s.pod().SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-"))
}

// loadFix is the fix where the config does not load.
func (s *subject) loadFix() string {
	fix := irsa.Explain(s.loadErr)
	if named := s.blamed(); named != nil {
		fix = paste("Correct what the message names, or leave it out:", s.pod().SetEnv(named...)) + "\n" + fix
	}
	if fix == "" {
		fix = "The config does not load. Correct what the message names, a variable in the pod spec or an entry of the shared config file, and recreate the pod."
	}
	return fix
}

// blamed are the variables of the environment that the load's error names, or quotes
// the value of, each with the sign that takes it out. The webhook's own have checks
// of their own.
func (s *subject) blamed() []string {
	var profile config.SharedConfigProfileNotExistError
	text := s.loadErr.Error()
	var names []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") || value == "" || name == "AWS_ROLE_ARN" || name == "AWS_WEB_IDENTITY_TOKEN_FILE" {
			continue
		}
		path := strings.Contains(value, "/") && strings.Contains(text, value)
		if path || strings.Contains(text, name) || strings.Contains(text, `"`+value+`"`) || errors.As(s.loadErr, &profile) && profile.Profile == value {
			names = append(names, name+"-")
		}
	}
	slices.Sort(names)
	return names
}
