package s3readtest

import (
	"time"
)

// An Effect is what a Fault does. Where one takes a number of bytes they are the
// body's, and a negative number means before the headers.
type Effect struct{ apply func(*plan) }

// Error answers with one of S3's errors instead, such as SlowDown, InternalError or
// AccessDenied; an empty message means S3's own. The status is the one that S3 has for
// the code, 400 for a code that the Server doesn't know.
func Error(code, message string) Effect {
	return Effect{func(p *plan) {
		p.failure = fail(code)
		if message != "" {
			p.failure.message = message
		}
	}}
}

// Reply answers with this instead, whatever was asked for: an empty body, a proxy's
// HTML.
func Reply(status int, contentType, body string) Effect {
	return Effect{func(p *plan) {
		p.reply = newAnswer(status, []byte(body))
		p.reply.header.Set("Content-Type", contentType)
	}}
}

// WrongRegion answers as if the bucket were in this region.
func WrongRegion(region string) Effect {
	return Effect{func(p *plan) { p.region = region }}
}

// IgnoreHeader answers as if the request didn't have this header: Range, If-Match.
func IgnoreHeader(name string) Effect {
	return Effect{func(p *plan) { p.ignored = append(p.ignored, name) }}
}

// SetHeader changes a header of the answer, or with an empty value removes it: ETag,
// Content-Range, x-amz-checksum-crc64nvme.
func SetHeader(name, value string) Effect {
	return Effect{func(p *plan) { p.header.Set(name, value) }}
}

// Rewrite changes the body of the answer to anything but GetObject. The function gets
// the body whole and may change it in place.
func Rewrite(body func([]byte) []byte) Effect {
	return Effect{func(p *plan) { p.rewrite = append(p.rewrite, body) }}
}

// NoToken makes a page of ListObjectsV2 say that there are more, and lack the token to
// get them.
func NoToken() Effect {
	return Effect{func(p *plan) { p.noToken = true }}
}

// Unsorted turns the order of the keys in a page of ListObjectsV2 around.
func Unsorted() Effect {
	return Effect{func(p *plan) { p.unsorted = true }}
}

// Truncate ends the body after so many bytes as if it were whole, which Content-Length
// confirms.
func Truncate(after int64) Effect {
	return Effect{func(p *plan) { p.truncate = max(0, after) }}
}

// Cut ends the connection after so many bytes, in the middle of the answer.
func Cut(after int64) Effect {
	return Effect{func(p *plan) { p.cut = max(before, after) }}
}

// Reset is Cut with a TCP reset, which may also take back bytes that the client has
// not read yet. Where the connection isn't TCP it is Cut.
func Reset(after int64) Effect {
	return Effect{func(p *plan) { p.reset = max(before, after) }}
}

// Stall sends nothing any more after so many bytes, until the client ends the
// connection.
func Stall(after int64) Effect {
	return Effect{func(p *plan) { p.stall = max(before, after) }}
}

// Delay lets the answer begin so much later. Injected for every ListObjectsV2, it is
// the time that a page takes.
func Delay(d time.Duration) Effect {
	return Effect{func(p *plan) { p.delay += d }}
}

// Pace sends bodies at so many bytes a second for each request, hence for each
// connection of HTTP/1.1.
func Pace(bytesPerSecond int64) Effect {
	return Effect{func(p *plan) { p.pace = bytesPerSecond }}
}

// At calls do when so many bytes have been sent, and goes on when it returns: to
// overwrite an object while it is read.
func At(after int64, do func()) Effect {
	return Effect{func(p *plan) { p.marks = append(p.marks, mark{max(0, after), do}) }}
}
