package s3readtest

import (
	"net/http"
	"strings"
)

// precondition judges the conditional headers in the order of RFC 9110, section 13.2.2, which is
// S3's: If-Match decides over If-Unmodified-Since, and If-None-Match over If-Modified-Since.
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

// matches compares an ETag with those of a condition. A strong comparison never holds for a weak
// ETag; quotes may lack, as S3 allows.
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
