//go:build !race

package t30

const pairsStep = 1
