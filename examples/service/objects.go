package main

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// listed is how many objects an answer has at most.
const listed = 1000

// objects serves the objects of a bucket.
type objects struct {
	bucket *s3read.Bucket
	log    *slog.Logger
}

type object struct {
	Key      string    `json:"key"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

type listing struct {
	Objects []object `json:"objects"`
	More    bool     `json:"more"` // there are others behind these
}

func (o objects) list(w http.ResponseWriter, r *http.Request) {
	l := listing{Objects: []object{}}
	for found, err := range o.bucket.List(r.Context(), r.URL.Query().Get("prefix")) {
		if err != nil {
			fail(w, r, o.log, err)
			return
		}
		if len(l.Objects) == listed {
			l.More = true
			break
		}
		l.Objects = append(l.Objects, object{found.Key, found.Size, found.LastModified})
	}
	answer(w, r, o.log, l)
}

func (o objects) get(w http.ResponseWriter, r *http.Request) {
	reader, err := o.bucket.Open(r.Context(), r.PathValue("key"))
	if err != nil {
		fail(w, r, o.log, err)
		return
	}
	defer reader.Close()
	version := reader.Object()
	w.Header().Set("Content-Length", strconv.FormatInt(version.Size, 10))
	w.Header().Set("Content-Type", version.ContentType)
	w.Header().Set("ETag", version.ETag)
	if _, err := io.Copy(w, reader); err != nil {
		o.log.WarnContext(r.Context(), "object not sent whole", "key", version.Key, "error", err)
		// The status is gone already. Without the connection the client can't take a part for
		// the whole.
		panic(http.ErrAbortHandler)
	}
}
