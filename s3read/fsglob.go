package s3read

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Glob returns the names that match the pattern, sorted. [fs.Glob] would read every folder that a
// prefix of the pattern matches, with a request for each.
func (f bucketFS) Glob(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	wild := strings.IndexAny(pattern, `*?[\`)
	if wild < 0 {
		return f.globOne(pattern)
	}
	depth := strings.Count(pattern, "/") + 1
	folder := func(o *ListOptions) {
		if !strings.Contains(pattern[wild:], "/") {
			o.Delimiter = "/"
		}
	}
	found := make(map[string]bool)
	for o, err := range f.b.List(f.ctx, f.prefix+pattern[:wild], folder) {
		if err != nil {
			return nil, &fs.PathError{Op: "glob", Path: pattern, Err: err}
		}
		name, ok := nameAt(o.Key[len(f.prefix):], depth)
		if !ok || found[name] {
			continue
		}
		if matched, _ := path.Match(pattern, name); matched { // the pattern is not bad
			found[name] = true
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// globOne is Glob for a pattern that can match nothing but itself.
func (f bucketFS) globOne(name string) ([]string, error) {
	_, err := f.Stat(name)
	switch {
	case err == nil:
		return []string{name}, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		return nil, nil
	}
	return nil, err
}

// nameAt is the file or folder of so many elements that a key is or is in, if there is one that can
// be seen.
func nameAt(key string, depth int) (string, bool) {
	end := 0
	for i := range depth {
		if i > 0 {
			end++ // the slash
		}
		rest := key[min(end, len(key)):]
		element, _, _ := strings.Cut(rest, "/")
		if !isVisible(element) {
			return "", false
		}
		end += len(element)
	}
	return key[:end], true
}
