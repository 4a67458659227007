package s3read

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// errOvertaken ends the request that was answered later.
var errOvertaken = errors.New("another request was answered first")

// send sends the request, and once more if its answer is late. The first answer counts, and the
// other request is cancelled.
func (w *wire) send(r *http.Request) (*http.Response, error) {
	h, began := &w.sender.hedger, time.Now()
	limit, ok := h.begin(w.kind)
	if !ok {
		response, err := doWithoutRedirect(w.client, r)
		if err == nil {
			h.answered(w.kind, time.Since(began), false)
		}
		return response, err
	}
	var claimed atomic.Bool // by the first answer
	ctx, cancel := context.WithCancelCause(r.Context())
	ctx2, cancel2 := context.WithCancelCause(r.Context())
	second := make(chan *http.Response, 1) // nil: it was not sent, or didn't come first
	timer := time.AfterFunc(limit, func() {
		response := w.sendAgain(r.Clone(ctx2), &claimed)
		second <- response
		if response != nil {
			cancel(errOvertaken)
		}
	})
	response, err := doWithoutRedirect(w.client, r.WithContext(ctx))
	late := !timer.Stop()
	if isAnswer(response, err) && claimed.CompareAndSwap(false, true) || !late {
		cancel2(errOvertaken)
		if err == nil {
			h.answered(w.kind, time.Since(began), late)
			response.Body = &cancelledBody{response.Body, cancel}
		} else {
			cancel(nil)
		}
		return response, err
	}
	if other := <-second; other != nil {
		if err == nil {
			_ = response.Body.Close() // the other one counts
		}
		h.answered(w.kind, time.Since(began), true) // at least
		other.Body = &cancelledBody{other.Body, cancel2}
		return other, nil
	}
	cancel2(nil)
	if err == nil {
		h.answered(w.kind, time.Since(began), true)
		response.Body = &cancelledBody{response.Body, cancel}
	} else {
		cancel(nil)
	}
	return response, err
}

// sendAgain sends a request that is late once more, if that is allowed and there is room. It
// returns the response if that is the first answer, else nil.
func (w *wire) sendAgain(r *http.Request, claimed *atomic.Bool) *http.Response {
	h, l := &w.sender.hedger, w.sender.limiter
	if !l.tryAcquire() {
		return nil
	}
	if !h.spend(w.kind) {
		l.release(false)
		return nil
	}
	began := time.Now()
	response, err := doWithoutRedirect(w.client, r)
	l.release(err == nil)
	if isAnswer(response, err) && claimed.CompareAndSwap(false, true) {
		h.answered(w.kind, time.Since(began), false)
		return response
	}
	if err == nil {
		_ = response.Body.Close() // nobody reads it
	}
	return nil
}

// isAnswer reports whether the store has answered: a failure of its own is none while another
// request may still be answered.
func isAnswer(response *http.Response, err error) bool {
	return err == nil && response.StatusCode < http.StatusInternalServerError
}

// A cancelledBody frees the context of its request when it is closed.
type cancelledBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *cancelledBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}
