package main

import (
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// readBuckets makes a bucket of each folder, and an object of each file in it, by the path below
// the folder. Contents are read when they are asked for.
func (c *cloud) readBuckets(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c.S3.CreateBucket(s3readtest.Bucket{Name: e.Name()})
		root := filepath.Join(folder, e.Name())
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			return c.put(e.Name(), name, filepath.Join(root, filepath.FromSlash(name)))
		})
		if err != nil {
			return fmt.Errorf("read bucket %s: %w", e.Name(), err)
		}
	}
	return nil
}

// small files are read at once, so that their ETags are those of S3: MD5 sums.
const small = 16 << 20

func (c *cloud) put(bucket, key, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	o := s3readtest.Object{Key: key, LastModified: info.ModTime(), ContentType: mime.TypeByExtension(path.Ext(key))}
	if info.Size() <= small {
		if o.Body, err = os.ReadFile(file); err != nil {
			return err
		}
	} else {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		c.files = append(c.files, f)
		o.Content, o.Size = f, info.Size()
	}
	c.S3.PutObject(bucket, o)
	return nil
}
