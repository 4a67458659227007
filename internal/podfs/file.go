package podfs

import (
	"fmt"
	"os"
	"strings"
)

// CheckFile returns an error for what is there and no file: to open a pipe waits for its other end,
// and to read a device may never end. [os.DevNull] is an empty file to all who name it, and
// descriptors are what whoever started this process opened for it, as a shell does for <(command).
func CheckFile(file string) error {
	for _, own := range []string{"/dev/fd/", "/dev/stdin", "/proc/self/fd/"} {
		if strings.HasPrefix(file, own) {
			return nil
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeDevice) == 0 {
		return nil
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil
	}
	return fmt.Errorf("read %s: it is not a regular file (%s)", file, info.Mode().Type())
}
