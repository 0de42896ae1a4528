//go:build !race

package render_test

// raced tells that the race detector is at work, with which drawing takes ten times as long.
const raced = false
