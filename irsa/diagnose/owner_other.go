//go:build !unix

package diagnose

import "io/fs"

// owner returns no owner: Windows has access control lists in place of owner, group and mode.
func owner(fs.FileInfo) string { return "owner unknown" }
