package s3readtest

import (
	"fmt"
	"strconv"
	"strings"
)

// parseRange reads a Range header for an object of this size. Not ok means that the header is to be
// ignored, as S3 does with one it doesn't understand; a length of zero, that there is nothing in
// it.
func parseRange(header string, size int64) (offset, length int64, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !found || !dash {
		return 0, 0, false
	}
	if from == "" {
		n, ok := position10(to)
		n = min(n, size)
		return size - n, n, ok
	}
	offset, ok = position10(from)
	if !ok {
		return 0, 0, false
	}
	end := size - 1
	if to != "" {
		if end, ok = position10(to); !ok || end < offset {
			return 0, 0, false
		}
		end = min(end, size-1)
	}
	return offset, max(0, end-offset+1), true
}

// position10 reads a decimal number without a sign.
func position10(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func contentRange(offset, length, size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", offset, offset+length-1, size)
}
