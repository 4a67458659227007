package s3read

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A KeyRange is the keys after one and not after another, as StartAfter and EndAt of [ListOptions]
// say it. An empty After begins at the first key, an empty EndAt goes on to the last: the zero
// KeyRange is all keys.
//
// In JSON it is an object with the members after and endAt, of which an empty one is left out:
//
//	{"after":"logs/2026/03","endAt":"logs/2026/07"}
//
// Keys stand there as they are, except for what a reader would not see, and JSON could not hold:
// bytes that are not UTF-8, controls and other characters that don't print, and the percent sign.
// Their bytes are written as in a URL, "%" and two hexadecimal digits: "100%25" is the key "100%".
type KeyRange struct {
	After string // the keys after this one, which is not part of the range
	EndAt string // up to this one, which is
}

// keyRangeJSON is a KeyRange with escaped keys.
type keyRangeJSON struct {
	After string `json:"after,omitempty"`
	EndAt string `json:"endAt,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (r KeyRange) MarshalJSON() ([]byte, error) {
	return json.Marshal(keyRangeJSON{escapeKey(r.After), escapeKey(r.EndAt)})
}

// UnmarshalJSON implements [json.Unmarshaler]. A range with an unknown member is an error, as is
// null: a misspelled end would be an open one.
func (r *KeyRange) UnmarshalJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("s3read: key range: it is not UTF-8")
	}
	var read *keyRangeJSON
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("s3read: key range: %w", err)
	}
	if read == nil {
		return errors.New("s3read: key range: it is null")
	}
	after, err := url.PathUnescape(read.After)
	if err != nil {
		return fmt.Errorf("s3read: key range: after: %w", err)
	}
	endAt, err := url.PathUnescape(read.EndAt)
	if err != nil {
		return fmt.Errorf("s3read: key range: endAt: %w", err)
	}
	r.After, r.EndAt = after, endAt
	return nil
}

// escapeKey writes the bytes of what can't be read as in a URL; [url.PathUnescape] undoes it.
func escapeKey(key string) string {
	var s strings.Builder
	for len(key) > 0 {
		r, size := utf8.DecodeRuneInString(key)
		if r == '%' || r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(key[:size]) {
				fmt.Fprintf(&s, "%%%02X", c)
			}
		} else {
			s.WriteString(key[:size])
		}
		key = key[size:]
	}
	return s.String()
}
