package diagnose

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// tokenFile checks whether this process may read the token, and says what the
// pod's securityContext needs if not.
//
// Where all containers have one runAsUser, the kubelet gives a projected token to that
// user, with mode 0600; with fsGroup it has mode 0640 and that group; otherwise it has
// the volume's own mode, 0644 by default (Kubernetes, pkg/volume/projected). So it is
// closed to a process that changed its user after it was started, to an ephemeral
// container of another user, and to all but root where the volume has another mode.
func (s *subject) tokenFile() Check {
	c := Check{Name: "token file"}
	if s.file == "" {
		c.Result, c.Detail = Skipped, "no token file is named"
		return c
	}
	info, err := os.Stat(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Result, c.Detail = Fail, s.file+" does not exist"
		c.Fix = "The path must be the one of a projected volume that this container mounts. " + s.useWebhook()
		if s.file == s.webhookFile {
			c.Fix = "The webhook sets the variable and adds the volume aws-iam-token, but not to a pod that has a volume of that name already: rename that one, and recreate the pod."
		}
		return c
	case errors.Is(err, fs.ErrPermission):
		return s.unreadable(c, "a folder above it is closed to this user")
	case err != nil:
		c.Result, c.Detail = Fail, err.Error()
		return c
	case info.IsDir():
		c.Result, c.Detail = Fail, s.file+" is a folder"
		c.Fix = "AWS_WEB_IDENTITY_TOKEN_FILE must name the file in it, usually " + s.file + "/token."
		return c
	}
	f, err := os.Open(s.file)
	if errors.Is(err, fs.ErrPermission) {
		return s.unreadable(c, fmt.Sprintf("mode %#o, %s", info.Mode().Perm(), owner(info)))
	}
	if err != nil {
		c.Result, c.Detail = Fail, err.Error()
		return c
	}
	_ = f.Close() // opened to see that it can be
	c.Detail = fmt.Sprintf("%s, %d bytes, mode %#o, %s", s.file, info.Size(), info.Mode().Perm(), owner(info))
	return c
}

func (s *subject) unreadable(c Check, why string) Check {
	c.Result = Fail
	c.Detail = fmt.Sprintf("%s can't be read by uid %d, gid %d: %s", s.file, os.Getuid(), os.Getgid(), why)
	c.Fix = paste("Give the token to a group that every process of the pod is in when it starts:", s.pod().Patch(`{"securityContext": {"fsGroup": 65534}}`)) +
		"\nA process that changes its user later (gosu, su-exec) leaves that group: let it start as the user that it runs as (runAsUser)."
	return c
}
