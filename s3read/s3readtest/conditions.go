package s3readtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// precondition judges the conditional headers in the order of RFC 9110, section
// 13.2.2, which is S3's: If-Match decides over If-Unmodified-Since, and If-None-Match
// over If-Modified-Since.
func precondition(h http.Header, v *version) (notModified bool, f *failure) {
	if match := h.Get("If-Match"); match != "" {
		if !matches(match, v.ETag, true) {
			return false, fail("PreconditionFailed", "Condition", "If-Match")
		}
	} else if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && v.LastModified.After(t) {
		return false, fail("PreconditionFailed", "Condition", "If-Unmodified-Since")
	}
	if match := h.Get("If-None-Match"); match != "" {
		return matches(match, v.ETag, false), nil
	}
	t, err := http.ParseTime(h.Get("If-Modified-Since"))
	return err == nil && !v.LastModified.After(t), nil
}

// matches compares an ETag with those of a condition. A strong comparison never holds
// for a weak ETag; quotes may lack, as S3 allows.
func matches(condition, etag string, strong bool) bool {
	if strings.TrimSpace(condition) == "*" {
		return true
	}
	weak := strings.HasPrefix(etag, "W/")
	for each := range strings.SplitSeq(condition, ",") {
		each = strings.TrimSpace(each)
		if strong && (weak || strings.HasPrefix(each, "W/")) {
			continue
		}
		if opaqueTag(each) == opaqueTag(etag) {
			return true
		}
	}
	return false
}

func opaqueTag(etag string) string {
	return strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
}

// parseRange reads a Range header for an object of this size. Not ok means that the
// header is to be ignored, as S3 does with one it doesn't understand; a length of
// zero, that there is nothing in it.
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
