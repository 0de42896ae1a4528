package render_test

import (
	"bytes"
	"os"
	"testing"

	"faxbox/fax/document/render"
)

// asChild is set in the environment of the test's own program when it is started as a child.
const asChild = "FAXBOX_TEST_RENDER"

func TestMain(m *testing.M) {
	switch name := os.Getenv(asChild); name {
	case "":
	case "1":
		os.Exit(render.Main(os.Stdin, os.Stdout))
	default:
		strange[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const raced = render.Raced

func cacheFolder(t testing.TB) string { return render.TestCache(t) }

// newChild makes a Child that runs in the test's own program.
func newChild(t testing.TB, change ...func(*render.ChildConfig)) *render.Child {
	t.Helper()
	c := render.ChildConfig{
		Program: []string{"/proc/self/exe"}, Env: []string{asChild + "=1"},
		Cache: cacheFolder(t), Temp: t.TempDir(),
	}
	for _, f := range change {
		f(&c)
	}
	child, err := render.NewChild(c)
	if err != nil {
		t.Fatal(err)
	}
	return child
}

func memoryFile(name string, octets []byte) render.File {
	return render.File{Name: name, Content: bytes.NewReader(octets), Size: int64(len(octets))}
}

// unhurried skips a test in which PDFium has much to do under the race detector: Go's half of it takes ten times as long then,
// and does the same.
func unhurried(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("takes too long under the race detector")
	}
}
