package irsatest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Setenv is [NewPod]'s environment without a test: it sets the pod's variables for this process,
// unsets every other that begins with AWS_ and those of Kubernetes' service, and has the shared
// configuration files looked for in a folder of the pod that has none. It returns what undoes all
// of this, and must not be called while anything else reads or changes the environment.
func (p *Pod) Setenv() (restore func() error, err error) {
	before := map[string]string{}
	set, unset := p.environment()
	names := append([]string{}, unset...)
	for name := range set {
		names = append(names, name)
	}
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			before[name] = value
		}
	}
	restore = func() error {
		var errs []error
		for _, name := range names {
			if value, ok := before[name]; ok {
				errs = append(errs, os.Setenv(name, value))
			} else {
				errs = append(errs, os.Unsetenv(name))
			}
		}
		return errors.Join(errs...)
	}
	for _, name := range unset {
		err = errors.Join(err, os.Unsetenv(name))
	}
	for name, value := range set {
		err = errors.Join(err, os.Setenv(name, value))
	}
	if err != nil {
		return nil, errors.Join(err, restore())
	}
	return restore, nil
}

// enter is Setenv for as long as the test lasts.
func (p *Pod) enter(t testing.TB) {
	t.Helper()
	set, unset := p.environment()
	for _, name := range unset {
		t.Setenv(name, "") // restores it when the test ends; there is no testing.T.Unsetenv
		if err := os.Unsetenv(name); err != nil {
			t.Fatalf("irsatest: %v", err)
		}
	}
	for name, value := range set {
		t.Setenv(name, value)
	}
}

// environment is what is to be set and unset for a process to be in the pod. The machine's
// AWS_CA_BUNDLE is among the latter: the SDK refuses a client like that of [Client] beside it.
func (p *Pod) environment() (set map[string]string, unset []string) {
	home := filepath.Join(p.dir, "home") // never made: what is looked for there is not found
	set = map[string]string{
		"HOME": home, "USERPROFILE": home,
		"AWS_CONFIG_FILE":             filepath.Join(home, ".aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, ".aws", "credentials"),
	}
	for _, entry := range p.Env() {
		name, value, _ := strings.Cut(entry, "=")
		set[name] = value
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		_, ours := set[name]
		if !ours && (strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "KUBERNETES_")) {
			unset = append(unset, name)
		}
	}
	return set, unset
}
