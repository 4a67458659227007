package s3read

import (
	"io"
	"sync"
)

// WriteTo writes the rest of the object to w, whose errors it returns as they are.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	var done int64
	for {
		n, err := r.Read(*buf)
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		m, err := w.Write((*buf)[:n])
		done += int64(m)
		if err == nil && m != n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return done, err
		}
	}
}

// copyBuffers are what bytes pass through on their way to a writer.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}
