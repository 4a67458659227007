package trustpolicy

import "fmt"

// distance says so, in parentheses, where two values are nearly the same. Short ones must be
// nearer: every name of two letters is two edits from every other.
func distance(a, b string) string {
	switch n := edits(a, b); {
	case n == 1:
		return " (one edit apart)"
	case n == 2 && max(len(a), len(b)) > 4, n == 3 && max(len(a), len(b)) > 16:
		return fmt.Sprintf(" (%d edits apart)", n)
	}
	return ""
}

// edits returns the edit distance of a and b: how many characters have to be inserted, deleted,
// replaced, or swapped with their neighbour (Damerau and Levenshtein's, in its restricted form).
// For long values it returns a large number at once: it takes len(a)·len(b) steps, and none of them
// is a near miss.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	const long = 256
	if len(x) > long || len(y) > long {
		return long
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
