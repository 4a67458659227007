package s3readtest

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// A Bucket says what a bucket is like. A name that ends with "--x-s3" is a directory bucket's: its
// listings are in no order, take no StartAfter and only the delimiter "/" and prefixes that end
// with it, and its requests need a session that CreateSession gave out, as the SDK asks for by
// itself.
type Bucket struct {
	Name          string
	Region        string    // default the Server's
	Owner         string    // account ID; default 111122223333
	Created       time.Time // default: now
	Versioning    bool      // keep old versions, and deletions as delete markers
	RequesterPays bool      // refuse requests that don't say that the requester pays
}

// CreateBucket makes an empty bucket, in place of one with the same name.
func (s *Server) CreateBucket(b Bucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.createBucket(b)
}

func (s *Server) createBucket(b Bucket) *bucket {
	if b.Region == "" {
		b.Region = s.region()
	}
	if b.Owner == "" {
		b.Owner = "111122223333"
	}
	if b.Created.IsZero() {
		b.Created = time.Now()
	}
	b.Created = b.Created.UTC().Truncate(time.Second)
	if s.buckets == nil {
		s.buckets = map[string]*bucket{}
	}
	made := &bucket{Bucket: b}
	s.buckets[b.Name] = made
	return made
}

// madeBucket is the bucket with a name, made if there is none. The caller holds mu.
func (s *Server) madeBucket(name string) *bucket {
	if b := s.buckets[name]; b != nil {
		return b
	}
	return s.createBucket(Bucket{Name: name})
}

// defaultRegion is where S3 began, whose rules differ in places.
const defaultRegion = "us-east-1"

func (s *Server) region() string { return cmp.Or(s.Region, defaultRegion) }

// bucket is a Bucket and what is in it. The Server's mu guards it.
type bucket struct {
	Bucket
	suspended bool    // versioning was on: old versions stay, and new ones are "null"
	entries   []entry // in the order of their keys' bytes
	uploads   map[string]*upload
}

// An entry is one key: small, since there are millions of them in a benchmark.
type entry struct {
	key string
	top *version // the newest; nil: a key of PutKeys
}

// visible tells whether a listing shows the key.
func (e entry) visible() bool { return e.top == nil || !e.top.marker }

func (b *bucket) directory() bool { return strings.HasSuffix(b.Name, "--x-s3") }

// find returns where a key is or belongs.
func (b *bucket) find(key string) (int, bool) {
	return slices.BinarySearchFunc(b.entries, key, func(e entry, key string) int {
		return strings.Compare(e.key, key)
	})
}

// newest returns the newest version of a key, nil if it was never put.
func (b *bucket) newest(key string) *version {
	i, found := b.find(key)
	if !found {
		return nil
	}
	return b.newestOf(b.entries[i])
}

func (b *bucket) newestOf(e entry) *version {
	if e.top != nil {
		return e.top
	}
	return keyVersion(e.key, b.Created)
}

// push makes v the newest version of its key.
func (b *bucket) push(v *version) {
	i, found := b.find(v.Key)
	if !found {
		b.entries = slices.Insert(b.entries, i, entry{v.Key, v})
		return
	}
	switch before := b.newestOf(b.entries[i]); {
	case b.Versioning:
		v.older = before
	case b.suspended: // S3 User Guide, "Adding objects to versioning-suspended buckets"
		v.older, _ = before.without(nullVersion)
	}
	b.entries[i].top = v
}

// remove forgets a key and all its versions.
func (b *bucket) remove(key string) {
	if i, found := b.find(key); found {
		b.entries = slices.Delete(b.entries, i, i+1)
	}
}

// addKeys adds keys that are not there yet.
func (b *bucket) addKeys(keys []string) {
	b.entries = slices.Grow(b.entries, len(keys))
	for _, key := range keys {
		b.entries = append(b.entries, entry{key: key})
	}
	// Stable, so that of two entries with one key the one with versions stays.
	byKey := func(x, y entry) int { return strings.Compare(x.key, y.key) }
	if !slices.IsSortedFunc(b.entries, byKey) {
		slices.SortStableFunc(b.entries, byKey)
	}
	b.entries = slices.CompactFunc(b.entries, func(x, y entry) bool { return x.key == y.key })
}

// endOfPrefix returns the index of the first entry from i on whose key lacks the prefix that entry
// i has.
func (b *bucket) endOfPrefix(i int, prefix string) int {
	rest := b.entries[i:]
	return i + sort.Search(len(rest), func(j int) bool { return !strings.HasPrefix(rest[j].key, prefix) })
}
