package s3read

import (
	"slices"
	"sync"
	"time"
)

const (
	hedgeFactor  = 3                     // times the 90th percentile is late
	hedgeFloor   = 10 * time.Millisecond // nothing sooner is: a pause of this machine takes as long
	hedgeHistory = 64                    // answers of a kind that count as recent
	hedgeLearn   = 10                    // answers of a kind before any is late
	hedgeBurst   = 10                    // requests at most that are sent once more in a row
	hedgeShare   = 0.02                  // of all requests, in the long run
	hedgePause   = 10 * time.Second      // without any, after the store asked for fewer requests
)

// A hedger decides when an answer is late, and whether it is asked for once more.
//
// The percentile is the 90th and not, say, the 99th: with one answer in a hundred five seconds late
// the 99th is five seconds, and nothing would be late any more. Three times the 90th is above what
// a store that is well needs for nearly all of its answers. The budget bounds what a store that is
// unwell gets in addition. It is safe for concurrent use.
type hedger struct {
	fixed time.Duration // BucketOptions.Hedge

	mu      sync.Mutex // guards what follows
	recent  [kinds]history
	spent   float64   // of hedgeBurst; each request gives hedgeShare back
	resumes time.Time // before that, none is sent once more
}

// A history is the latest answers of one kind, in a ring.
type history struct {
	took [hedgeHistory]time.Duration
	late [hedgeHistory]bool
	n    int // how many there were in all
}

// begin is called for each request. It returns after which time without an answer the request is
// late, and false where no time is.
func (h *hedger) begin(k kind) (time.Duration, bool) {
	if h.fixed < 0 {
		return 0, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.spent = max(0, h.spent-hedgeShare)
	recent := &h.recent[k]
	switch {
	case h.fixed > 0:
		return h.fixed, true
	case recent.n < hedgeLearn:
		return 0, false
	}
	took := recent.took // a copy
	sorted := took[:min(recent.n, hedgeHistory)]
	slices.Sort(sorted)
	return max(hedgeFactor*sorted[len(sorted)*9/10], hedgeFloor), true
}

// spend reports whether one late request may be sent once more, and counts it.
func (h *hedger) spend(k kind) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.spent+1 > hedgeBurst || time.Now().Before(h.resumes) || h.recent[k].mostlyLate() {
		return false
	}
	h.spent++
	return true
}

// mostlyLate reports whether the store as a whole is slow, so that asking more helps nobody.
func (r *history) mostlyLate() bool {
	n, late := min(r.n, hedgeHistory/4), 0
	for i := range n {
		if r.late[(r.n-1-i)%hedgeHistory] {
			late++
		}
	}
	return n >= hedgeLearn && late > n/2
}

// answered records how long an answer took, or how long one that was given up took at least.
func (h *hedger) answered(k kind, took time.Duration, late bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	recent := &h.recent[k]
	i := recent.n % hedgeHistory
	recent.took[i], recent.late[i] = took, late
	recent.n++
}

// pause ends all this for a while: the store has asked for fewer requests.
func (h *hedger) pause() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.resumes = time.Now().Add(hedgePause)
}
