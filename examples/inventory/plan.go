package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// A plan divides the keys of a bucket that begin with a prefix.
type plan struct {
	Bucket string            `json:"bucket"`
	Prefix string            `json:"prefix"`
	Ranges []s3read.KeyRange `json:"ranges"`
}

// printPlan splits the bucket into n ranges and writes the plan.
func printPlan(ctx context.Context, bucket *s3read.Bucket, p plan, n int, file string) (err error) {
	if p.Ranges, err = bucket.Split(ctx, p.Prefix, n); err != nil {
		return err
	}
	if len(p.Ranges) < 2 && p.Prefix != "" {
		if err := anyKey(ctx, bucket, p.Prefix); err != nil {
			return err
		}
	}
	text, err := p.text()
	if err != nil {
		return err
	}
	return write(file, text)
}

// anyKey returns an error where no key begins with the prefix, which is probably misspelt: the Job
// would report an empty bucket.
func anyKey(ctx context.Context, bucket *s3read.Bucket, prefix string) error {
	for _, err := range bucket.List(ctx, prefix) {
		return err
	}
	return fmt.Errorf("prefix %q: there are no objects", prefix)
}

// text is the plan with a line for each range.
func (p plan) text() ([]byte, error) {
	head, err := json.Marshal(plan{p.Bucket, p.Prefix, []s3read.KeyRange{}})
	if err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(head, []byte("]}"))
	for i, r := range p.Ranges {
		line, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, "\n  "...), line...)
	}
	return append(text, "\n]}\n"...), nil
}

// readPlan reads a plan, and refuses one of another bucket or prefix, or whose ranges are not each
// of their keys once.
func readPlan(file, bucket, prefix string) (plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return plan{}, err
	}
	p, err := parsePlan(text)
	switch {
	case err != nil:
	case p.Bucket != bucket:
		err = fmt.Errorf("it is of the bucket %q, not of %q", p.Bucket, bucket)
	case p.Prefix != prefix:
		err = fmt.Errorf("it is of the prefix %q, not of %q", p.Prefix, prefix)
	}
	if err != nil {
		return plan{}, fmt.Errorf("plan %s: %w", file, err)
	}
	return p, nil
}

func parsePlan(text []byte) (p plan, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return plan{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return plan{}, errors.New("something follows it")
	}
	return p, p.check()
}

// check reports whether each key is in exactly one range.
func (p plan) check() error {
	if len(p.Ranges) == 0 {
		return errors.New("it has no ranges")
	}
	before := ""
	for i, r := range p.Ranges {
		last := i == len(p.Ranges)-1
		switch {
		case r.After > before:
			return fmt.Errorf("range %d has a hole before it: nothing lists the keys from %q to %q", i, before, r.After)
		case r.After < before:
			return fmt.Errorf("range %d overlaps the one before, which ends at %q: it begins at %q", i, before, r.After)
		case last && r.EndAt != "":
			return fmt.Errorf("range %d is the last, and ends at %q: nothing lists the keys behind it", i, r.EndAt)
		case !last && r.EndAt <= r.After:
			return fmt.Errorf("range %d ends at %q, which is not behind its beginning %q", i, r.EndAt, r.After)
		}
		before = r.EndAt
	}
	return nil
}

// id tells plans apart. Outputs of different plans must not be added.
func (p plan) id() (string, error) {
	text, err := p.text()
	return fmt.Sprintf("%x", sha256.Sum256(text))[:16], err
}

// at returns the index of a share, given as text.
func (p plan) at(index string) (int, error) {
	i, err := strconv.Atoi(index)
	if err != nil {
		return 0, fmt.Errorf("index %q: it is not a number", index)
	}
	if i < 0 || i >= len(p.Ranges) {
		return 0, fmt.Errorf("index %d: the plan has %d shares, counted from 0", i, len(p.Ranges))
	}
	return i, nil
}
