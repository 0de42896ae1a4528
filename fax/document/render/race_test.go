//go:build race

package render

// Raced tells that the race detector is at work, with which drawing takes ten times as long.
const Raced = true
