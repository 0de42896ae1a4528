//go:build !race

package store

// stepsApart: every step goes wrong in every way.
const stepsApart = 1
