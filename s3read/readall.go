package s3read

import (
	"context"
	"errors"
	"io"
)

// ReadAll reads a whole object of at most max bytes, with one request. A larger one is
// [ErrTooLarge], before anything of it is read. A max of 0 admits an empty object only; a negative
// one is an error.
//
// Memory is the object's size. The bytes are compared with the checksum that S3 stored, if it
// stored one; the other errors are those of [Bucket.Open] and [Reader.Read].
func (b *Bucket) ReadAll(ctx context.Context, key string, max int64, optFns ...func(*OpenOptions)) ([]byte, error) {
	const op = "readall"
	if max < 0 {
		return nil, b.newError(request{op: op, key: key}, "", errors.New("negative maximum"))
	}
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	r, err := b.open(ctx, op, key, opts)
	if err != nil {
		return nil, err
	}
	defer r.Close() // always nil
	size := r.Object().Size
	if size > max {
		err := because(ErrTooLarge, "%d bytes, more than %d", size, max)
		return nil, b.newError(request{op: op, key: key}, "", err)
	}
	r.op, r.stream.op = op, op
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return data, nil
}
