//go:build unix

package diagnose

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owner returns the owner and group of a file. With its mode they show why another user can't read
// it: the kubelet writes token files with mode 0600 for the user that all containers of a pod
// share, with 0640 for fsGroup, and else with 0644
// (k8s.io/kubernetes/pkg/volume/projected/projected.go).
func owner(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("owner %d, group %d", s.Uid, s.Gid)
	}
	return "owner unknown"
}
