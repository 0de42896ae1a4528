//go:build race

package t30

// pairsStep: the race detector finds nothing in a package without goroutines, so it sees a part of the pairs only.
const pairsStep = 11
