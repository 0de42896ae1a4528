package fax

import "slices"

// rerank gives ports[at] a rank, and shifts those between its old rank and the new one by one.
func rerank(ports []Port, at, rank int) {
	order := byRank(ports)
	order = slices.DeleteFunc(order, func(i int) bool { return i == at })
	order = slices.Insert(order, rank-1, at)
	for n, i := range order {
		ports[i].Priority = n + 1
	}
}

// byRank are the indexes of ports, best rank first; a port without a rank comes last.
func byRank(ports []Port) []int {
	order := make([]int, len(ports))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		ra, rb := ports[a].Priority, ports[b].Priority
		switch {
		case ra > 0 && rb > 0:
			return ra - rb
		case ra > 0:
			return -1
		case rb > 0:
			return 1
		default:
			return 0
		}
	})
	return order
}

// Rank makes the ranks of ports, in place, a permutation of 1 to n again after a port came or went: those that have one
// keep their order, new ones (rank 0) come last.
func Rank(ports []Port) {
	for n, i := range byRank(ports) {
		ports[i].Priority = n + 1
	}
}
