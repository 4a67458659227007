package s3read

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// ListOptions say what to list and how. The zero value lists every key in order, page by page.
type ListOptions struct {
	// Delimiter groups keys: those that contain it behind the prefix are returned as one [Object]
	// with IsPrefix set, whose Key ends with the first delimiter. "/" lists like a folder. Empty:
	// no groups.
	Delimiter string

	// StartAfter leaves out the keys up to this one, inclusive; it need not exist. Empty: from the
	// first key. It is an error, [errors.ErrUnsupported], for a bucket that lists in no order.
	StartAfter string

	// EndAt leaves out the keys after this one, which itself is listed; it need not exist. What
	// lies beyond is not requested. Empty: to the last key. It is an error,
	// [errors.ErrUnsupported], for a bucket that lists in no order.
	EndAt string

	// Parallel lists with up to so many requests at once, and yields the keys in no order. Zero,
	// one and negative values list in order, with one request ahead of the caller.
	//
	// The key space is divided by what the pages show of it; no hint is needed. A listing of one
	// page takes one request, as without Parallel; a long one takes some 10 to 30 percent more.
	// SlowDown halves the number of requests at once. Memory is one page, at most a megabyte or
	// two, for each request.
	//
	// It has no effect for a bucket that lists in no order, and together with Delimiter it is an
	// error, [errors.ErrUnsupported].
	Parallel int
}

var errUnordered = fmt.Errorf("%w: the bucket lists its keys in no order", errors.ErrUnsupported)

// List lists the objects whose keys begin with prefix, ordered by key; an empty prefix lists all.
//
// A failure is the last pair, with a zero [Object] and an [*Error]; a listing that ends without one
// is complete. Keys that exist from start to end are yielded exactly once; those that are created
// or deleted meanwhile, at most once. Transient failures are retried. So are responses with status
// 200 that are empty, cut short, no listing at all, or that contradict the request or themselves.
//
// Keys are what S3 stores, byte for byte. The order is the server's: S3's is that of the keys'
// bytes, as in [strings.Compare], common prefixes included; directory buckets and some compatible
// stores have none.
//
// Each range over the result starts a new listing. The next page is requested when half of the
// current one is consumed. When the loop ends, by break too, no request and no goroutine is left.
// An Object shares no memory with its page, so that keeping one keeps nothing else.
func (b *Bucket) List(ctx context.Context, prefix string, optFns ...func(*ListOptions)) iter.Seq2[Object, error] {
	var opts ListOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return func(yield func(Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		l := &listing{b: b, prefix: prefix, opts: opts}
		err := l.run(ctx, func(o Object) bool { return yield(o, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(Object{}, err)
		}
	}
}

// errStopped ends a listing whose caller wants no more.
var errStopped = errors.New("stopped")

// A listing is one range over List.
type listing struct {
	b      *Bucket
	prefix string
	opts   ListOptions
}

func (l *listing) run(ctx context.Context, yield func(Object) bool) error {
	parallel := l.opts.Parallel > 1 && !l.b.isDirectory()
	switch {
	case l.opts.Parallel > 1 && l.opts.Delimiter != "":
		return l.newError(fmt.Errorf("%w: ListOptions.Parallel together with Delimiter", errors.ErrUnsupported))
	case l.ordered() != "" && l.b.isDirectory():
		return l.newError(fmt.Errorf("ListOptions.%s: %w", l.ordered(), errUnordered))
	}
	// Most prefixes fit one page. What the first page shows of the order decides how to go on.
	first := new(listxml.Page)
	if err := l.get(ctx, request{}, l.opts.StartAfter, "", first, nil); err != nil {
		return err
	}
	ordered := isAscending(first)
	switch {
	case !ordered && l.ordered() != "":
		return l.newError(fmt.Errorf("ListOptions.%s: %w", l.ordered(), errUnordered))
	case ordered && parallel && first.Truncated && len(first.Objects) > 0:
		return l.parallel(ctx, first, yield)
	}
	return l.serial(ctx, first, yield)
}

// ordered names an option that can't be had without an order of the keys, "" if there is none.
func (l *listing) ordered() string {
	switch {
	case l.opts.StartAfter != "":
		return "StartAfter"
	case l.opts.EndAt != "":
		return "EndAt"
	}
	return ""
}

// checkOrder is for what relies on the order of the keys: where the first page was in order, one
// that isn't, or that goes back behind a key, is broken.
func checkOrder(page *listxml.Page, after string) error {
	if !isAscending(page) || len(page.Objects) > 0 && page.Objects[0].Key <= after {
		return brokenPage("its keys are not in order")
	}
	return nil
}

func (l *listing) newError(err error) error {
	return l.b.newError(request{op: "list", key: l.prefix}, "", err)
}

// get asks for the page behind a continuation token or, if that is empty, behind a key.
func (l *listing) get(
	ctx context.Context, r request, after, token string, p *listxml.Page, check func() error,
) error {
	r.op, r.key = "list", l.prefix
	in := &s3.ListObjectsV2Input{
		Bucket:              &l.b.name,
		Prefix:              aws.String(l.serverPrefix()),
		Delimiter:           optional(l.opts.Delimiter),
		RequestPayer:        l.b.requestPayer(),
		ExpectedBucketOwner: l.b.expectedOwner(),
	}
	if token != "" {
		in.ContinuationToken = &token
	} else if after >= *in.Prefix {
		in.StartAfter = optional(after) // below the prefix it says nothing, and some stores refuse it
	}
	return l.b.page(ctx, r, in, p, check)
}

// serverPrefix is the prefix to ask for. A directory bucket takes only one that ends with a slash,
// so that keys without the rest of the prefix have to be left out here.
func (l *listing) serverPrefix() string {
	if l.b.isDirectory() {
		return l.prefix[:strings.LastIndexByte(l.prefix, '/')+1]
	}
	return l.prefix
}

// serial yields page after page, in the server's order, with one request ahead. Two pages are in
// memory.
func (l *listing) serial(ctx context.Context, page *listxml.Page, yield func(Object) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	var cycle tokenCycle
	seen := pageEnd{ordered: true}
	next := new(listxml.Page)
	var pending chan error // nil while no page is asked for
	defer func() {
		cancel()
		if pending != nil {
			<-pending
		}
	}()
	for {
		seen.add(page)
		entries := entriesOf(page)
		half := (len(page.Objects) + len(page.Prefixes)) / 2
		for i := 0; ; i++ {
			if i == half && page.Truncated && !l.reachesEnd(page) {
				if cycle.closes(page.Next) {
					return l.newError(errTokenCycle)
				}
				done := make(chan error, 1)
				pending = done
				go func(token string, into *listxml.Page) {
					done <- l.get(ctx, request{resume: true}, "", token, into, func() error {
						if err := seen.check(into); err != nil || l.opts.EndAt == "" {
							return err
						}
						return checkOrder(into, seen.key)
					})
				}(page.Next, next)
			}
			o, ok := entries()
			if !ok || l.opts.EndAt != "" && o.Key > l.opts.EndAt {
				break
			}
			if strings.HasPrefix(o.Key, l.prefix) && !yield(o) {
				return errStopped
			}
		}
		if pending == nil {
			return nil
		}
		err := <-pending
		pending = nil
		if err != nil {
			return err
		}
		page, next = next, page
	}
}

// reachesEnd reports whether nothing behind the page is to be listed.
func (l *listing) reachesEnd(page *listxml.Page) bool {
	if l.opts.EndAt == "" {
		return false
	}
	for _, prefix := range page.Prefixes {
		if prefix >= l.opts.EndAt {
			return true
		}
	}
	return lastKey(page) >= l.opts.EndAt
}

// lastKey is the last of the page's keys, "" where there is none.
func lastKey(page *listxml.Page) string {
	if len(page.Objects) == 0 {
		return ""
	}
	return page.Objects[len(page.Objects)-1].Key
}
