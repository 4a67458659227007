package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

var (
	errName    = errors.New("the key is not the name of a file below the folder")
	errNothing = errors.New("there are no objects to download")
)

// openFolder opens a folder, which it creates if necessary.
func openFolder(name string) (*os.Root, error) {
	if err := os.MkdirAll(name, 0o777); err != nil {
		return nil, err
	}
	return os.OpenRoot(name)
}

// saveAll saves all objects with the prefix. After a key that can't be a file's name it continues,
// and fails at the end. It also fails where there is nothing to save: the prefix is likely wrong.
func saveAll(ctx context.Context, root *os.Root, bucket *s3read.Bucket, prefix string, m *meter) error {
	var refused []error
	found := false
	for object, err := range bucket.List(ctx, prefix) {
		if err != nil {
			return errors.Join(append(refused, err)...)
		}
		if strings.HasSuffix(object.Key, "/") && object.Size == 0 { // stands for a folder
			continue
		}
		found = true
		err := save(ctx, root, bucket, object.Key, m)
		if errors.Is(err, errName) {
			refused = append(refused, err)
		} else if err != nil {
			return errors.Join(append(refused, err)...)
		}
	}
	if !found {
		return fmt.Errorf("prefix %q: %w", prefix, errNothing)
	}
	return errors.Join(refused...)
}

// save downloads an object to the file that its key names below root. It writes a temporary file
// and renames it when it is complete.
func save(ctx context.Context, root *os.Root, bucket *s3read.Bucket, key string, m *meter) (err error) {
	name := filepath.FromSlash(key)
	if !fs.ValidPath(key) || key == "." || !filepath.IsLocal(name) {
		return fmt.Errorf("%q: %w", key, errName)
	}
	temp := ".download-" + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it may be closed already
			err = errors.Join(err, root.Remove(temp))
		}
	}()
	m.begin(key)
	object, err := bucket.Download(ctx, key, f, func(o *s3read.DownloadOptions) { o.Progress = m.progress })
	if err != nil {
		m.abort()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	if err := root.Rename(temp, name); err != nil {
		return err
	}
	m.end(object.Size)
	return nil
}
