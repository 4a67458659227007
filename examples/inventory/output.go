package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// A header is the first line of an output: which share it is, and how much. In a merged one Shares
// is the number that were added.
type header struct {
	Plan   string          `json:"plan"`
	Index  int             `json:"index"`
	Shares int             `json:"shares"`
	Range  s3read.KeyRange `json:"range"`
	Keys   int64           `json:"keys"`
	Bytes  int64           `json:"bytes"`
}

// A line is any of the lines of an output.
type line struct {
	Share   *header `json:"share,omitempty"`
	Group   *group  `json:"group,omitempty"`
	Largest *object `json:"largest,omitempty"`
	Oldest  *object `json:"oldest,omitempty"`
}

// encodeOutput returns the lines of an output.
func encodeOutput(h header, t *tally) ([]byte, error) {
	h.Keys, h.Bytes = t.total()
	lines := []line{{Share: &h}}
	for _, g := range t.sorted() {
		lines = append(lines, line{Group: g})
	}
	for i := range t.Largest {
		lines = append(lines, line{Largest: &t.Largest[i]})
	}
	for i := range t.Oldest {
		lines = append(lines, line{Oldest: &t.Oldest[i]})
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, l := range lines {
		if err := encoder.Encode(l); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// decodeOutput reads an output. One that was cut short is an error: its header counts the keys.
func decodeOutput(text []byte) (h header, t tally, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var l line
		err := decoder.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			return h, t, err
		case l.Share != nil:
			h = *l.Share
		case l.Group != nil:
			t.addGroup(*l.Group)
		case l.Largest != nil:
			t.Largest = insert(t.Largest, *l.Largest, larger)
		case l.Oldest != nil:
			t.Oldest = insert(t.Oldest, *l.Oldest, older)
		}
	}
	keys, size := t.total()
	if h.Plan == "" || keys != h.Keys || size != h.Bytes {
		return h, t, errors.New("it is not a whole output of a share")
	}
	return h, t, nil
}

// mergeFiles adds the outputs of all shares of a plan.
func mergeFiles(planFile, bucket, prefix string, files []string, output string) error {
	p, err := readPlan(planFile, bucket, prefix)
	if err != nil {
		return err
	}
	id, err := p.id()
	if err != nil {
		return err
	}
	var all tally
	from := map[int]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		h, t, err := decodeOutput(text)
		switch {
		case err != nil:
		case h.Plan != id:
			err = errors.New("it is of another plan")
		case h.Index < 0 || h.Index >= len(p.Ranges):
			err = errors.New("it is not of one share")
		case from[h.Index] != "":
			err = fmt.Errorf("it is of share %d, as %s is", h.Index, from[h.Index])
		}
		if err != nil {
			return fmt.Errorf("output %s: %w", file, err)
		}
		from[h.Index] = file
		all.addTally(t)
	}
	for i := range p.Ranges {
		if from[i] == "" {
			return fmt.Errorf("merge: the output of share %d is missing", i)
		}
	}
	text, err := encodeOutput(header{Plan: id, Index: -1, Shares: len(p.Ranges)}, &all)
	if err != nil {
		return err
	}
	return write(output, text)
}

// write writes a file, which is replaced when the new one is complete, or to standard output if the
// name is empty.
func write(file string, text []byte) (err error) {
	if file == "" {
		_, err := os.Stdout.Write(text)
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".inventory-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it may be closed already
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
