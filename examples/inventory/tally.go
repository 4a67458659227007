package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// kept is how many of the largest and of the oldest objects are kept.
const kept = 10

// A tally is what is counted of some of a bucket's objects. Tallies of different keys can be added.
type tally struct {
	Groups  []*group `json:"groups"` // by folder and class
	Largest []object `json:"largest"`
	Oldest  []object `json:"oldest"`

	index map[groupID]*group
}

// A groupID is the part of a key up to the first slash behind the prefix, and a storage class.
type groupID struct {
	Folder string `json:"folder"`
	Class  string `json:"class"`
}

// A group is the objects with one groupID.
type group struct {
	groupID
	Keys  int64 `json:"keys"`
	Bytes int64 `json:"bytes"`
}

type object struct {
	Key      string    `json:"key"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// add counts an object.
func (t *tally) add(o s3read.Object, prefix string) {
	folder := prefix
	if before, _, found := strings.Cut(o.Key[len(prefix):], "/"); found {
		folder = o.Key[:len(prefix)+len(before)+1]
	}
	t.addGroup(group{groupID{folder, o.StorageClass}, 1, o.Size})
	t.rank(object{o.Key, o.Size, o.LastModified})
}

// addTally adds what another one counted of other keys.
func (t *tally) addTally(other tally) {
	for _, g := range other.Groups {
		t.addGroup(*g)
	}
	for _, o := range other.Largest {
		t.Largest = insert(t.Largest, o, larger)
	}
	for _, o := range other.Oldest {
		t.Oldest = insert(t.Oldest, o, older)
	}
}

func (t *tally) addGroup(g group) {
	if t.index == nil {
		t.index = map[groupID]*group{}
		for _, known := range t.Groups {
			t.index[known.groupID] = known
		}
	}
	to := t.index[g.groupID]
	if to == nil {
		to = &group{groupID: g.groupID}
		t.index[g.groupID] = to
		t.Groups = append(t.Groups, to)
	}
	to.Keys += g.Keys
	to.Bytes += g.Bytes
}

func (t *tally) rank(o object) {
	t.Largest = insert(t.Largest, o, larger)
	t.Oldest = insert(t.Oldest, o, older)
}

// larger and older order objects of the same size or age by key, so that it doesn't matter in which
// order they were added.
func larger(a, b object) int {
	return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Key, b.Key))
}

func older(a, b object) int {
	return cmp.Or(a.Modified.Compare(b.Modified), cmp.Compare(a.Key, b.Key))
}

// insert puts o in its place, and drops what is too far behind.
func insert(list []object, o object, compare func(a, b object) int) []object {
	if len(list) == kept && compare(o, list[kept-1]) >= 0 {
		return list
	}
	i, _ := slices.BinarySearchFunc(list, o, compare)
	list = slices.Insert(list, i, o)
	return list[:min(len(list), kept)]
}

// sorted returns the groups in order.
func (t *tally) sorted() []*group {
	return slices.SortedFunc(slices.Values(t.Groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.Folder, b.Folder), cmp.Compare(a.Class, b.Class))
	})
}

// total returns the number of keys and bytes.
func (t *tally) total() (keys, bytes int64) {
	for g := range maps.Values(t.index) {
		keys += g.Keys
		bytes += g.Bytes
	}
	return keys, bytes
}
