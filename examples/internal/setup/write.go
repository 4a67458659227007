package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Write puts files into a folder, which it makes. It overwrites nothing: where
// one of the files is there already it writes none of them.
func Write(files []File, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	for _, f := range files {
		mode := os.FileMode(0o666)
		if strings.HasSuffix(f.Name, ".sh") {
			mode = 0o777
		}
		name := filepath.Join(dir, f.Name)
		out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return fmt.Errorf("setup: %w", err)
		}
		written = append(written, name)
		_, err = out.WriteString(f.Content)
		if err := errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("setup: %w", err)
		}
	}
	return nil
}
