//go:build unix

package diagnose

import (
	"fmt"
	"io/fs"
	"syscall"
)

func owner(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("owner %d, group %d", s.Uid, s.Gid)
	}
	return "owner unknown"
}
