//go:build race

package store

// stepsApart is how many steps lie between those that go wrong: the race detector looks for something else, so each way sees a
// part of them, together all.
const stepsApart = 5
