package s3read

import "time"

// readAhead reads what was read ahead. It returns zero where the stream has to be read instead:
// what the first part is about comes from there until the part is complete.
func (r *Reader) readAhead(p []byte) (int, error) {
	if r.ahead == nil {
		return 0, nil
	}
	r.unread.Store(false)
	streaming := r.stream != nil && r.stream.off <= r.pos && r.pos-r.stream.off <= maxDiscard
	n, err := r.ahead.read(r.pos, p, !streaming)
	switch {
	case n > 0 && r.stream != nil: // from here on, the parts are what is read
		r.closeStream()
		r.ahead.widen()
	case err != nil && streaming: // the server has no ranges, or no other connection
		r.stopAhead()
		r.single = true
		return 0, nil
	case err != nil, n == 0 && !streaming: // the next Read goes on with a stream
		r.stopAhead()
	case n == 0 && r.ahead.isPassed(r.pos): // the stream was sooner; the next part gets a longer lead
		r.stopAhead()
		r.leads = min(2*r.leads, maxLeads)
	}
	return n, err
}

// A stream is at most so many bytes ahead of the first part, and so many times as far as should do.
const maxLead, maxLeads = 32 << 20, 16

// firstPart returns where the first part begins, for a stream at pos: while the stream is read up
// to there, the part arrives. That takes what Open took, and the part itself, at the stream's own
// rate.
func (r *Reader) firstPart(pos int64) int64 {
	r.leads = max(r.leads, 1)
	wait := float64(r.pace.n) * float64(r.answered) / float64(max(time.Since(r.pace.since), 1))
	return pos + min(r.leads*(2*r.version.b.ahead.partSize+min(int64(wait), maxLead)), maxLead)
}

// readStream reads from the stream, and begins to read ahead of it when that pays.
func (r *Reader) readStream(p []byte) (int, error) {
	if err := r.advance(); err != nil {
		return 0, err
	}
	if r.single || r.ahead != nil || r.version.b.ahead.parts < 2 {
		return r.stream.Read(p)
	}
	if r.pace.since.IsZero() {
		r.pace.begin()
	}
	began := time.Now()
	n, err := r.stream.Read(p)
	r.pace.waited += time.Since(began)
	r.pace.n += int64(n)
	if r.pace.n < aheadAfter || err != nil {
		return n, err
	}
	first := r.firstPart(r.pos + int64(n))
	if r.pace.pays() && r.version.object.Size-first > 2*r.version.b.ahead.partSize && r.version.resumable() {
		r.ahead = r.version.readAhead(r.ctx, r.op, first)
	}
	r.pace.begin()
	return n, nil
}

func (r *Reader) stopAhead() {
	if r.ahead != nil {
		r.ahead.stop()
		r.ahead = nil
	}
	r.pace = pace{}
}

// A pace is how a Reader goes through an object in order, for the decision to read ahead.
type pace struct {
	n      int64         // bytes
	since  time.Time     // when the first of them was asked for
	waited time.Duration // of that time, for the connection
}

// begin starts over, for a Reader that went elsewhere or whose time has not come.
func (p *pace) begin() { *p = pace{since: time.Now()} }

// pays reports whether enough was read to tell, and the connection was what the Reader waited for:
// for one that is slower itself, others would fetch what nobody waits for, and next to one that is
// faster than a network's they would carry no more.
func (p *pace) pays() bool {
	took := time.Since(p.since)
	return p.n >= aheadAfter && 2*p.waited >= took && !isLocal(p.n, took)
}
