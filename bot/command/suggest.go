package command

import (
	"strings"
	"unicode/utf8"
)

// Near reports whether two words differ by at most two insertions, deletions, replacements or swaps of neighbours. Words of
// two or three characters may differ by one, shorter ones by none.
func Near(a, b string) bool {
	limit := 2
	switch shorter := min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)); {
	case shorter < 2:
		limit = 0
	case shorter < 4:
		limit = 1
	}
	return a != "" && b != "" && distance(a, b, limit) <= limit
}

// Nearest is the known word that is nearest to word, without regard to case; empty where none is near.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, least := "", 3
	for _, candidate := range known {
		if !Near(word, candidate) {
			continue
		}
		if d := distance(word, candidate, 2); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, replacements and swaps of neighbours from a to b. Where the lengths differ
// too much, it is limit+1.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y)+limit || len(y) > len(x)+limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(y)]
}
