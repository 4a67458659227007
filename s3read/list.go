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

// ListOptions say what to list and how. The zero value lists every key, one page after the other.
type ListOptions struct {
	// Delimiter groups keys: those that have it behind the prefix are told as one Object with IsPrefix set, whose Key
	// ends with the first delimiter. "/" lists like a folder. Empty: no groups.
	Delimiter string

	// StartAfter leaves out the keys up to this one, inclusive, which need not exist. With a bucket that keeps no order
	// it is an error.
	StartAfter string

	// Parallel lists with up to so many requests at once, and yields the keys in no order. Zero, one and negative
	// values list in order, with one request ahead of the caller. It takes no hints: one page suffices to begin with,
	// and short listings make no more requests than without it; long ones make some 10 to 30 percent more. SlowDown
	// halves the number. Memory is a page, at most a megabyte or two, for each request. With Delimiter it is an
	// error; with a bucket that keeps no order it has no effect.
	Parallel int
}

var errUnordered = fmt.Errorf("%w: the bucket lists its keys in no order", errors.ErrUnsupported)

// List lists the objects whose keys begin with prefix, by key, as S3 keeps them; all of them if prefix is empty.
//
// A failure is the last pair, with a zero Object; a listing that ends without one is complete. Keys that are there
// from start to end are yielded exactly once; those that come or go meanwhile at most once. What fails for a moment
// is asked again; answers that are empty, cut, of another kind or contradict themselves are no pages, whatever their
// status says.
//
// Keys are what S3 stores, byte for byte. Their order is the server's: S3's is that of the keys' bytes, as in
// strings.Compare, common prefixes included; directory buckets and some compatible stores keep none.
//
// Each range over the result lists anew. The next page is asked for when half of the current one is consumed. Nothing
// remains running when the loop ends, by break too. An Object holds no memory but its own.
func (b *Bucket) List(ctx context.Context, prefix string, optFns ...func(*ListOptions)) iter.Seq2[Object, error] {
	var opts ListOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return func(yield func(Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		l := &listing{b: b, prefix: prefix, opts: opts}
		if err := l.run(ctx, func(o Object) bool { return yield(o, nil) }); err != nil && !errors.Is(err, errStopped) {
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
	parallel := l.opts.Parallel > 1 && !l.b.directory()
	switch {
	case l.opts.Parallel > 1 && l.opts.Delimiter != "":
		return l.failed(fmt.Errorf("%w: ListOptions.Parallel together with Delimiter", errors.ErrUnsupported))
	case l.opts.StartAfter != "" && l.b.directory():
		return l.failed(fmt.Errorf("ListOptions.StartAfter: %w", errUnordered))
	}
	first := new(listxml.Page)
	if err := l.ask(ctx, request{}, l.opts.StartAfter, "", first, nil); err != nil {
		return err
	}
	ordered := ascending(first)
	switch {
	case !ordered && l.opts.StartAfter != "":
		return l.failed(fmt.Errorf("ListOptions.StartAfter: %w", errUnordered))
	case ordered && parallel && first.Truncated && len(first.Objects) > 0:
		return l.parallel(ctx, first, yield)
	}
	return l.serial(ctx, first, yield)
}

func (l *listing) failed(err error) error {
	return l.b.failed(request{op: "list", key: l.prefix}, "", err)
}

// ask asks for the page behind token, or where there is none after a key.
func (l *listing) ask(ctx context.Context, r request, after, token string, p *listxml.Page, check func() error) error {
	r.op, r.key = "list", l.prefix
	in := &s3.ListObjectsV2Input{
		Bucket:              &l.b.name,
		Prefix:              aws.String(l.serverPrefix()),
		RequestPayer:        l.b.payer(),
		ExpectedBucketOwner: l.b.owner(),
	}
	if l.opts.Delimiter != "" {
		in.Delimiter = &l.opts.Delimiter
	}
	switch {
	case token != "":
		in.ContinuationToken = &token
	case after != "":
		in.StartAfter = &after
	}
	return l.b.page(ctx, r, in, p, check)
}

// serverPrefix is what the server is asked for. A directory bucket takes only prefixes that end in a slash.
func (l *listing) serverPrefix() string {
	if l.b.directory() {
		return l.prefix[:strings.LastIndexByte(l.prefix, '/')+1]
	}
	return l.prefix
}

// serial yields page after page, with one request ahead.
func (l *listing) serial(ctx context.Context, page *listxml.Page, yield func(Object) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	var loop tokens
	next := new(listxml.Page)
	var asked chan error // nil while nothing is asked for
	defer func() {
		cancel()
		if asked != nil {
			<-asked
		}
	}()
	for {
		entries := merged(page)
		half := (len(page.Objects) + len(page.Prefixes)) / 2
		for i := 0; ; i++ {
			if i == half && page.Truncated {
				if !loop.next(page.Next) {
					return l.failed(errCircle)
				}
				done := make(chan error, 1)
				asked = done
				go func(token string, into *listxml.Page) {
					done <- l.ask(ctx, request{resume: true}, "", token, into, nil)
				}(page.Next, next)
			}
			o, ok := entries()
			if !ok {
				break
			}
			if strings.HasPrefix(o.Key, l.prefix) && !yield(o) {
				return errStopped
			}
		}
		if asked == nil {
			return nil
		}
		err := <-asked
		asked = nil
		if err != nil {
			return err
		}
		page, next = next, page
	}
}

var errCircle = broken("a continuation token came back after other pages")

// tokens finds out that continuation tokens go round in a circle, of whatever length, by keeping one of them.
type tokens struct {
	kept        string
	steps, most int
}

func (t *tokens) next(token string) bool {
	if token == t.kept {
		return false
	}
	if t.steps++; t.steps >= t.most {
		t.kept, t.steps, t.most = token, 0, 2*t.most+1
	}
	return true
}

// merged returns the entries of a page one by one, objects and common prefixes together in the order of their keys.
func merged(p *listxml.Page) func() (Object, bool) {
	i, j := 0, 0
	return func() (Object, bool) {
		switch {
		case j < len(p.Prefixes) && (i == len(p.Objects) || p.Prefixes[j] < p.Objects[i].Key):
			j++
			return Object{Key: p.Prefixes[j-1], IsPrefix: true}, true
		case i < len(p.Objects):
			i++
			return listed(&p.Objects[i-1]), true
		}
		return Object{}, false
	}
}

func listed(o *listxml.Object) Object {
	return Object{Key: o.Key, Size: o.Size, ETag: o.ETag, StorageClass: o.StorageClass, LastModified: o.LastModified}
}
