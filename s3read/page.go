package s3read

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// A brokenPageError is a response that says it succeeded and is not one whole page of a listing, of
// objects or of buckets. It is transient.
type brokenPageError struct{ err error }

// Error leaves out the SDK's wrapping, which repeats the operation and that the status is 200.
func (e *brokenPageError) Error() string {
	var d *smithy.DeserializationError
	if errors.As(e.err, &d) && d.Err != nil {
		return d.Err.Error()
	}
	return e.err.Error()
}

func (e *brokenPageError) Unwrap() error { return e.err }

// RetryableError tells the SDK's rules, which isTransient uses, that another response may be whole.
func (e *brokenPageError) RetryableError() bool { return true }

func brokenPage(format string, args ...any) error {
	return &brokenPageError{fmt.Errorf("%w: "+format, append([]any{listxml.ErrPage}, args...)...)}
}

// page asks for the page that in describes, until there is a whole one to which check has no
// objection. A nil check has none.
func (b *Bucket) page(
	ctx context.Context, r request, in *s3.ListObjectsV2Input, p *listxml.Page, check func() error,
) error {
	get := func(ctx context.Context, optFns ...func(*s3.Options)) (struct{}, error) {
		return struct{}{}, listxml.Get(ctx, b.client, in, p, optFns...)
	}
	r.kind = listPage
	_, err := call(ctx, &b.sender, r, func(ctx context.Context, optFns ...func(*s3.Options)) (struct{}, error) {
		_, err := wholePage(ctx, &b.sender, optFns, get)
		if err == nil {
			err = checkPage(in, p)
		}
		if err == nil && check != nil {
			err = check()
		}
		return struct{}{}, err
	})
	return err
}

// wholePage sends one request for a page. Its body has the limit of BucketOptions.Stall; its
// headers have none, since S3 may look for two minutes through the versions and delete markers of a
// bucket before it has a page.
func wholePage[T any](
	ctx context.Context, s *sender, optFns []func(*s3.Options), send sendFunc[T],
) (T, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if timer := s.startStallTimer(cancel); timer != nil {
		timer.stop()
		optFns = append(optFns, timer.watchBody)
	}
	out, err := send(ctx, optFns...)
	err = stallOr(ctx, err)
	var d *smithy.DeserializationError
	if errors.As(err, &d) || errors.Is(err, listxml.ErrPage) {
		err = &brokenPageError{err}
	}
	return out, err
}

// checkPage compares a page with what was asked for. Proxies, caches and servers that are not quite
// S3 send pages that are well-formed and wrong; a listing made of them would lack keys without an
// error.
func checkPage(in *s3.ListObjectsV2Input, p *listxml.Page) error {
	switch {
	case p.Truncated && p.Next == "":
		return brokenPage("it is truncated and has no continuation token")
	case p.Truncated && in.ContinuationToken != nil && p.Next == *in.ContinuationToken:
		return brokenPage("it repeats the continuation token")
	}
	prefix, after := *in.Prefix, ""
	if in.StartAfter != nil {
		after = *in.StartAfter
	}
	for i := range p.Objects {
		switch key := p.Objects[i].Key; {
		case !strings.HasPrefix(key, prefix):
			return brokenPage("it holds the key %q, which lacks the prefix", key)
		case key <= after && after != "":
			return brokenPage("it holds the key %q, which is not after %q", key, after)
		}
	}
	for _, common := range p.Prefixes {
		switch {
		case !strings.HasPrefix(common, prefix):
			return brokenPage("it holds the common prefix %q, which lacks the prefix", common)
		case common <= after && !strings.HasPrefix(after, common) && after != "":
			return brokenPage("it holds the common prefix %q, which is not after %q", common, after)
		}
	}
	return nil
}

// isAscending reports whether the page's keys are in S3's order, and none comes twice.
func isAscending(p *listxml.Page) bool {
	for i := 1; i < len(p.Objects); i++ {
		if p.Objects[i-1].Key >= p.Objects[i].Key {
			return false
		}
	}
	return slices.IsSorted(p.Prefixes)
}

// entriesOf returns a function that returns the entries of a page one by one: its objects and
// common prefixes, which S3 sends as two lists, in one order by key.
func entriesOf(p *listxml.Page) func() (Object, bool) {
	i, j := 0, 0
	return func() (Object, bool) {
		switch {
		case j < len(p.Prefixes) && (i == len(p.Objects) || p.Prefixes[j] < p.Objects[i].Key):
			j++
			return Object{Key: p.Prefixes[j-1], IsPrefix: true}, true
		case i < len(p.Objects):
			i++
			return listedObject(&p.Objects[i-1]), true
		}
		return Object{}, false
	}
}

func listedObject(o *listxml.Object) Object {
	return Object{Key: o.Key, Size: o.Size, ETag: o.ETag, StorageClass: o.StorageClass, LastModified: o.LastModified}
}

// errTokenCycle ends a listing that would never end by itself.
var errTokenCycle = brokenPage("a continuation token came back after other pages, so that the listing would never end")

// A tokenCycle detects that a server's continuation tokens repeat in a cycle, of whatever length,
// by remembering one of them at a time: the distance to the next one that is remembered doubles
// (Brent's algorithm).
type tokenCycle struct {
	remembered   string
	steps, limit int
}

// closes reports whether token was seen before. The zero tokenCycle has seen none.
func (c *tokenCycle) closes(token string) bool {
	if token == c.remembered {
		return true
	}
	if c.steps++; c.steps >= c.limit {
		c.remembered, c.steps, c.limit = token, 0, 2*c.limit+1
	}
	return false
}
