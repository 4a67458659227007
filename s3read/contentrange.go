package s3read

import (
	"fmt"
	"strconv"
	"strings"
)

// A byteRange is the part [off, end) of an object.
type byteRange struct{ off, end int64 }

// header is the range for a Range header, "" for the whole of an object of that size. A negative end is the object's,
// a negative size an unknown one.
func (r byteRange) header(size int64) string {
	switch {
	case r.off == 0 && (r.end < 0 || r.end == size):
		return ""
	case r.end < 0 || r.end == size:
		return fmt.Sprintf("bytes=%d-", r.off)
	}
	return fmt.Sprintf("bytes=%d-%d", r.off, r.end-1)
}

// parseContentRange reads a Content-Range header, "bytes first-last/size" (RFC 9110, section 14.4). An unknown size,
// "*", is -1.
func parseContentRange(s string) (r byteRange, size int64, err error) {
	bad := fmt.Errorf("bad Content-Range %q", s)
	spec, ok := strings.CutPrefix(s, "bytes ")
	span, total, ok2 := strings.Cut(spec, "/")
	first, last, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return byteRange{}, 0, bad
	}
	from, err1 := strconv.ParseUint(first, 10, 62)
	to, err2 := strconv.ParseUint(last, 10, 62)
	if err1 != nil || err2 != nil || to < from {
		return byteRange{}, 0, bad
	}
	r, size = byteRange{int64(from), int64(to) + 1}, -1
	if total != "*" {
		n, err := strconv.ParseUint(total, 10, 62)
		if size = int64(n); err != nil || size < r.end {
			return byteRange{}, 0, bad
		}
	}
	return r, size, nil
}
