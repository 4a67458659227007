//go:build unix && !linux

package s3read_test

import "errors"

func mknod(string) error { return errors.ErrUnsupported }
