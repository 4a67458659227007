package s3readtest

import (
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// An Effect is what a [Fault] does. Effects that irsatest has too have the same names there.
//
// A bucket that is in another region than the client takes no effect: it is made so by
// [Bucket].Region. An answer that says so once is made of S3's error for it and the header that
// names the region:
//
//	s3readtest.Error("PermanentRedirect", "").
//		And(s3readtest.SetHeader("x-amz-bucket-region", "eu-west-1"))
type Effect struct{ apply func(*fault.Plan) }

// And is the effect e and then the other, on the same request.
func (e Effect) And(other Effect) Effect {
	return Effect{func(p *fault.Plan) {
		for _, effect := range []Effect{e, other} {
			if effect.apply != nil {
				effect.apply(p)
			}
		}
	}}
}

// Error answers with one of S3's errors instead: SlowDown, InternalError, AccessDenied. An empty
// message means S3's own. The status is the one that S3 has for the code, 400 for a code that the
// Server doesn't know.
func Error(code, message string) Effect {
	return Effect{func(p *fault.Plan) { p.Error = &fault.Error{Code: code, Message: message} }}
}

// Reply answers with this instead, whatever was asked for: an empty body, a proxy's HTML. It has
// no request id, since it isn't S3's.
func Reply(status int, contentType, body string) Effect {
	return Effect{func(p *fault.Plan) {
		p.Reply = &fault.Reply{Status: status, ContentType: contentType, Body: []byte(body)}
	}}
}

// SetHeader changes a header of the answer, or with an empty value removes it: ETag, Content-Range,
// x-amz-checksum-crc64nvme.
func SetHeader(name, value string) Effect {
	return Effect{func(p *fault.Plan) { p.Header.Set(name, value) }}
}

// IgnoreHeader answers as if the request didn't have this header: Range, If-Match.
func IgnoreHeader(name string) Effect {
	return Effect{func(p *fault.Plan) { p.Ignored = append(p.Ignored, name) }}
}

// Rewrite changes the body of the answer to anything but GetObject. The function gets the body
// whole and may change it in place.
func Rewrite(body func([]byte) []byte) Effect {
	return Effect{func(p *fault.Plan) { p.Rewrite = append(p.Rewrite, body) }}
}

// NoToken makes a page of ListObjectsV2 say that there are more, and lack the token to get them.
func NoToken() Effect {
	return Effect{func(p *fault.Plan) { p.NoToken = true }}
}

// Unsorted reverses the order of the keys in a page of ListObjectsV2.
func Unsorted() Effect {
	return Effect{func(p *fault.Plan) { p.Unsorted = true }}
}

// Truncate ends the body after so many bytes as if it were whole, which Content-Length confirms.
// Negative: after none.
func Truncate(after int64) Effect {
	return Effect{func(p *fault.Plan) { p.Truncate = max(0, after) }}
}

// Delay lets the answer begin so much later. The request is judged when the answer begins. Injected
// for every ListObjectsV2, it is the time that a page takes.
func Delay(d time.Duration) Effect {
	return Effect{func(p *fault.Plan) { p.Delay += d }}
}

// Stall lets nothing happen any more after so many bytes of the answer's body, or from one of the
// places before it on ([Resolve], [Connect], [TLS], [Response]), until the client gives up or
// [Server.Wait] is called. A client from this package gives up by itself at Resolve and Connect
// after 30 s and at TLS after 10 s, as the SDK's own does.
func Stall(at int64) Effect {
	return Effect{func(p *fault.Plan) { p.Stall(at) }}
}

// Cut ends the connection after so many bytes of the answer's body, or at one of the places before
// it: at [Resolve] the name doesn't resolve, at [Connect] the connection is refused, at [TLS] it is
// reset, and at [Response] it ends without an answer.
func Cut(at int64) Effect {
	return Effect{func(p *fault.Plan) { p.Cut(at) }}
}

// Reset is [Cut] with a TCP reset, which may also take back bytes that the client has not read yet.
// Where the connection isn't TCP and not of [Server.Client], it is Cut.
func Reset(at int64) Effect {
	return Effect{func(p *fault.Plan) { p.Reset(at) }}
}

// CutRequest ends the connection when so many bytes of the request's body have been read, and
// nothing is stored: an upload that breaks. Negative: when none has. A request without a body ends
// too.
func CutRequest(after int64) Effect {
	return Effect{func(p *fault.Plan) { p.CutRequest = max(0, after) }}
}

// LoseAnswer does what is asked for, and ends the connection without an answer: the client can't
// know that its write has happened. A write that [Cut] ends at [Response] has not.
func LoseAnswer() Effect {
	return Effect{func(p *fault.Plan) { p.LoseAnswer = true }}
}

// Pace sends bodies at so many bytes a second for each request, hence for each connection of
// HTTP/1.1. Zero and negative: as fast as the client reads.
func Pace(bytesPerSecond int64) Effect {
	return Effect{func(p *fault.Plan) { p.Pace = bytesPerSecond }}
}

// At calls do when so many bytes of the body have been sent, and goes on when it returns: to
// overwrite an object while it is read. Negative: when none has.
func At(after int64, do func()) Effect {
	return Effect{func(p *fault.Plan) { p.At(after, do) }}
}
