package s3read

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

const (
	// maxRanges is the most that Split makes: Kubernetes runs no more than 5000 nodes, and a survey
	// for more would itself take long.
	maxRanges = 10_000

	// splitRequests is how many requests Split makes at once.
	splitRequests = 32
)

// Split divides the keys that begin with prefix into at most n ranges of about as many keys each,
// for n from 1 to 10,000: to list and read them by as many processes, each of which lists with the
// StartAfter and EndAt of its own range. It does not list the keys; it takes some 10 to 30 requests
// for each range, up to 32 at once, and none where n is 1.
//
// Together the ranges are the whole key space below prefix, in order: the first begins where the
// prefix does, each of the others behind the end of the one before, and the last one is open. So
// each key is in exactly one range, also one that is created later. That the ranges are alike is an
// estimate, which holds for the keys as they are now: by experience the largest has up to 1.3 times
// the mean. Few ranges over very many keys, in groups of which one is much larger than the others,
// may be more uneven.
//
// There are less than n ranges where the keys are few, and one, which is the zero KeyRange, where
// the bucket lists in no order. Failures are an [*Error]; there is no partial result.
func (b *Bucket) Split(ctx context.Context, prefix string, n int) ([]KeyRange, error) {
	l := &listing{b: b, prefix: prefix}
	if n < 1 || n > maxRanges {
		err := fmt.Errorf("the number of ranges is %d, and must be from 1 to %d", n, maxRanges)
		return nil, b.newError(request{op: "split", key: prefix}, "", err)
	}
	if n == 1 || b.isDirectory() {
		return []KeyRange{{}}, nil
	}
	s := &splitting{listing: l, survey: keyspace.NewSurvey(prefix, n)}
	for probes := s.survey.Next(); len(probes) > 0; probes = s.survey.Next() {
		if err := s.ask(ctx, probes); err != nil {
			return nil, err
		}
		if s.unordered {
			return []KeyRange{{}}, nil
		}
	}
	var ranges []KeyRange
	after := ""
	for _, cut := range s.survey.Cuts() {
		ranges = append(ranges, KeyRange{after, cut})
		after = cut
	}
	return append(ranges, KeyRange{After: after}), nil
}

// A splitting is one call of Split.
type splitting struct {
	*listing
	first     bool // the first page is there
	unordered bool // and is in no order

	mu     sync.Mutex // guards what follows
	survey *keyspace.Survey
	err    error
}

// ask gets the pages of the probes, several at once. The first failure ends the others.
func (s *splitting) ask(ctx context.Context, probes []*keyspace.Probe) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(probes), splitRequests) {
		workers.Go(func() {
			page := new(listxml.Page)
			for i := next.Add(1) - 1; int(i) < len(probes); i = next.Add(1) - 1 {
				if err := s.page(ctx, probes[i], page); err != nil {
					s.fail(err)
					cancel()
					return
				}
			}
		})
	}
	workers.Wait()
	s.first = true
	return s.err
}

// page gets the page of one probe. The first one, which is asked for alone, shows whether there is
// an order.
func (s *splitting) page(ctx context.Context, p *keyspace.Probe, page *listxml.Page) error {
	r := request{resume: s.first}
	err := s.get(ctx, r, p.After, "", page, func() error {
		if !s.first {
			return nil
		}
		return checkOrder(page, p.After)
	})
	if err != nil {
		return err
	}
	if !s.first && !isAscending(page) {
		s.unordered = true
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := func(i int) string { return page.Objects[i].Key }
	s.survey.Page(p, len(page.Objects), key, page.Truncated)
	return nil
}

func (s *splitting) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}
