package stsclient

// Letters and digits alone don't tell a run of twelve characters in which dashes, underlines and
// dots stand: base64url has such runs, seven of a thousand. They are compared by all twelve.
const (
	sparseLength = 12
	fewMarks     = sparseLength - runLength // with so many, a run of letters is long enough
)

// written has each letter and digit in lower case, the marks that are a part of secrets by one
// character for both alphabets of base64, and 0 for everything else.
var written = func() (table [256]byte) {
	table = folded
	table['-'], table['+'], table['_'], table['/'], table['.'], table['='] = '-', '-', '_', '_', '.', '='
	return table
}()

// eachSparseRun calls f for each run of sparseLength characters of a text, other than separators,
// of which more than fewMarks are no letters: with where it begins and ends, and its hash.
func eachSparseRun(text string, f func(from, to int, hash uint64)) {
	var (
		last [sparseLength]byte
		at   [sparseLength]int // where they begin
		n    int               // how many were read altogether, in the ring
		mark int               // how many of the last are no letters
	)
	for i := range len(text) {
		c := written[text[i]]
		if c == 0 {
			continue
		}
		slot := n % sparseLength
		if n >= sparseLength && lower(last[slot]) == 0 {
			mark--
		}
		if last[slot], at[slot] = c, i; lower(c) == 0 {
			mark++
		}
		if n++; n < sparseLength || mark <= fewMarks {
			continue
		}
		hash := uint64(1) // apart from what letters alone give
		for j := range last {
			hash = hash*hashBase + uint64(last[(n+j)%sparseLength])
		}
		f(at[n%sparseLength], i+1, hash^hash>>29)
	}
}
