package s3read

import (
	"fmt"
	"strconv"
	"strings"
)

// A byteRange is the bytes [off, end) of an object.
type byteRange struct{ off, end int64 }

// header is the value of a Range header for the range, or "" where it is the whole of an object of
// that size. A negative end means the end of the object, a negative size that it is not known yet.
func (r byteRange) header(size int64) string {
	switch {
	case r.off == 0 && (r.end < 0 || r.end == size):
		return ""
	case r.end < 0 || r.end == size:
		return fmt.Sprintf("bytes=%d-", r.off)
	}
	return fmt.Sprintf("bytes=%d-%d", r.off, r.end-1)
}

// parseContentRange parses a Content-Range header, "bytes first-last/size" (RFC 9110, section
// 14.4). size is that of the whole object, and -1 where the header has "*" in its place.
func parseContentRange(header string) (r byteRange, size int64, err error) {
	malformed := fmt.Errorf("bad Content-Range %q", header)
	spec, ok := strings.CutPrefix(header, "bytes ")
	span, total, ok2 := strings.Cut(spec, "/")
	first, last, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return byteRange{}, 0, malformed
	}
	// 62 bits, so that one more than the last offset can't overflow.
	from, err1 := strconv.ParseUint(first, 10, 62)
	to, err2 := strconv.ParseUint(last, 10, 62)
	if err1 != nil || err2 != nil || to < from {
		return byteRange{}, 0, malformed
	}
	r, size = byteRange{int64(from), int64(to) + 1}, -1
	if total != "*" {
		n, err := strconv.ParseUint(total, 10, 62)
		if size = int64(n); err != nil || size < r.end {
			return byteRange{}, 0, malformed
		}
	}
	return r, size, nil
}
