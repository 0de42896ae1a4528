package render

import (
	"os"
	"path/filepath"
	"testing"
)

// What tests from outside look into.
var (
	Confine    = confine
	TestCache  = testCache
	WithLimits = func(l Limits, inputs int) order { return order{Limits: l.orDefault(), Inputs: make([]input, inputs)} }
)

// testCache is where tests keep compiled code: compiling it takes as long as all of them together.
func testCache(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(cache, "faxbox-test")
}
