package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// checkpointEvery is after how many keys a share saves what it has. It is a hundred pages: some
// eight seconds are listed again after a crash.
const checkpointEvery = 100_000

// A checkpoint is how far a share is.
type checkpoint struct {
	Plan  string          `json:"plan"`
	Index int             `json:"index"`
	Rest  s3read.KeyRange `json:"rest"` // what is still to be listed
	Tally tally           `json:"tally"`
}

// listShare lists one share of the plan, from its checkpoint where there is one, and writes its
// output. What was written is whole, or not there.
func listShare(
	ctx context.Context, bucket *s3read.Bucket, index, planFile, output string, show *progress,
) error {
	p, err := readPlan(planFile, *name, *prefix)
	if err != nil {
		return err
	}
	i, err := p.at(index)
	if err != nil {
		return err
	}
	id, err := p.id()
	if err != nil {
		return err
	}
	state := checkpoint{Plan: id, Index: i, Rest: p.Ranges[i]}
	saved := ""
	if output != "" {
		saved = output + ".checkpoint"
		if err := state.restore(saved); err != nil {
			return err
		}
	}
	if err := state.list(ctx, bucket, p.Prefix, saved, show); err != nil {
		return err
	}
	text, err := encodeOutput(header{Plan: id, Index: i, Shares: len(p.Ranges), Range: p.Ranges[i]}, &state.Tally)
	if err != nil {
		return err
	}
	if err := write(output, text); err != nil || saved == "" {
		return err
	}
	if err := os.Remove(saved); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// restore reads a checkpoint, if there is one, and refuses that of another share or plan.
func (c *checkpoint) restore(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var found checkpoint
	if err := json.Unmarshal(text, &found); err != nil {
		return fmt.Errorf("checkpoint %s: %w", file, err)
	}
	if found.Plan != c.Plan || found.Index != c.Index || found.Rest.EndAt != c.Rest.EndAt {
		return fmt.Errorf("checkpoint %s: it is of share %d of another plan: remove it to list anew", file, found.Index)
	}
	*c = found
	return nil
}

// list lists what is left of the share, in order, and saves it now and then.
func (c *checkpoint) list(
	ctx context.Context, bucket *s3read.Bucket, prefix, saved string, show *progress,
) error {
	defer show.end()
	within := func(o *s3read.ListOptions) { o.StartAfter, o.EndAt = c.Rest.After, c.Rest.EndAt }
	keys := 0
	for o, err := range bucket.List(ctx, prefix, within) {
		if err != nil {
			return err
		}
		c.Tally.add(o, prefix)
		if keys++; keys%checkpointEvery == 0 && saved != "" {
			c.Rest.After = o.Key
			text, err := json.Marshal(c)
			if err != nil {
				return err
			}
			if err := write(saved, text); err != nil {
				return err
			}
		}
		show.at(c.Index, keys, o.Key)
	}
	return nil
}
