package route

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
)

// received is a fax of some octets.
func received(octets string, caller fax.Text) Fax {
	return Fax{
		Message: fax.Message{
			ID: 7, DeviceID: 1, CallerID: caller, Tsid: "+49 30 1234", Pages: 2, Routing: "4711|22",
			RawReceiveTime: time.Date(2026, 3, 1, 23, 30, 5, 0, time.UTC),
		},
		DeviceName: "Line 1",
		Location:   time.FixedZone("CET", 3600),
		Open:       func() (File, error) { return unclosed{strings.NewReader(octets)}, nil },
	}
}

// unclosed need not be closed.
type unclosed struct{ *strings.Reader }

func (unclosed) Close() error { return nil }

// names are the files below a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func route(t *testing.T, dir, pattern string, f Fax) string {
	t.Helper()
	done, err := NewFolder().Route(t.Context(), fax.RoutingMethod{Setting: dir, NamePattern: pattern}, f)
	if err != nil {
		t.Fatal(err)
	}
	return done.Result
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ pattern, caller, want string }{
		{"", "030 1234", "2026-03-02-003005-030-1234"},
		{"{year}/{month}/{day} {hour}.{minute}.{second}", "", "2026/03/02 00.30.05"},
		{"{id}-{device}-{line}-{pages}-{routing}", "", "7-1-Line-1-2-4711-22"},
		{"{caller}", "", "+49-30-1234"},
		{"{caller}", "../../etc/passwd", "etc-passwd"},
		{"{caller}", "a/b\\c:d*\x00\n", "a-b-c-d"},
		{"{caller}", "Büro Süd", "Büro-Süd"},
		{"{caller}/{tsid}", "...", "+49-30-1234/+49-30-1234"},
		{"{caller}", strings.Repeat("9", 300), strings.Repeat("9", 64)},
		{"fax", "", "fax"},
	} {
		got, err := received("", fax.Text(c.caller)).name(c.pattern)
		if err != nil || got != c.want {
			t.Errorf("%q of %q: got %q, %v; want %q", c.pattern, c.caller, got, err, c.want)
		}
	}
}

func TestNobodyKnown(t *testing.T) {
	f := received("", "")
	f.Message.Tsid = "//"
	if got, err := f.name("{caller}/{tsid}"); err != nil || got != "unknown/unknown" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		setting, pattern string
		fields           []string
	}{
		{"", "", nil},
		{"/srv/faxes", "{year}/{caller}", nil},
		{"faxes", "", []string{"setting"}},
		{"/", "", []string{"setting"}},
		{"/srv", "{nobody}", []string{"namePattern"}},
		{"/srv", "{caller", []string{"namePattern"}},
		{"/srv", "../{caller}", []string{"namePattern"}},
		{"/srv", ".hidden", []string{"namePattern"}},
		{"/srv", "/{caller}", []string{"namePattern"}},
		{"/srv", "{caller}/", []string{"namePattern"}},
		{"/srv", `a\b`, []string{"namePattern"}},
		{"srv", "a:b", []string{"setting", "namePattern"}},
	} {
		err := NewFolder().Check(fax.RoutingMethod{Setting: c.setting, NamePattern: c.pattern})
		var fields []string
		if faults, ok := errors.AsType[fax.Invalid](err); ok {
			for _, f := range faults {
				fields = append(fields, f.Field)
			}
		} else if err != nil {
			t.Errorf("%v is not fax.Invalid", err)
		}
		if !slices.Equal(fields, c.fields) {
			t.Errorf("%q, %q: %v", c.setting, c.pattern, err)
		}
	}
}

// A fax is stored under its name, a second one under the next, and the same one once.
func TestStoreInFolder(t *testing.T) {
	dir := t.TempDir()
	first := route(t, dir, "{year}/{caller}", received("one", "1"))
	if want := filepath.Join(dir, "2026", "1.tif"); first != want {
		t.Errorf("got %s, want %s", first, want)
	}
	if second := route(t, dir, "{year}/{caller}", received("two", "1")); second != filepath.Join(dir, "2026", "1-2.tif") {
		t.Errorf("the second is %s", second)
	}
	if again := route(t, dir, "{year}/{caller}", received("two", "1")); again != filepath.Join(dir, "2026", "1-2.tif") {
		t.Errorf("once more is %s", again)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"2026/1-2.tif", "2026/1.tif"}) {
		t.Errorf("the folder holds %v", got)
	}
	if got, err := os.ReadFile(first); err != nil || !bytes.Equal(got, []byte("one")) {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

// What somebody else put there stays, an empty file too.
func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"x.tif": "a letter", "x-2.tif": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := route(t, dir, "x", received("fax", "")); got != filepath.Join(dir, "x-3.tif") {
		t.Errorf("it is %s", got)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "x.tif")); string(got) != "a letter" {
		t.Errorf("the letter is now %q", got)
	}
}

// TestTakenName is rename on a disk that has no second names: the link fails, and the name is taken first.
func TestTakenName(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.WriteFile(from, []byte("fax"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := take(from, to); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(to); string(got) != "fax" {
		t.Errorf("it holds %q", got)
	}
	if err := os.WriteFile(from, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := take(from, to); !errors.Is(err, os.ErrExist) {
		t.Errorf("the second time: %v", err)
	}
	if got, _ := os.ReadFile(to); string(got) != "fax" {
		t.Errorf("then it holds %q", got)
	}
}

// What fails says why, passes unless it is Final, and leaves nothing behind.
func TestProblems(t *testing.T) {
	dir := t.TempDir()
	plainFile := filepath.Join(dir, "file")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mounts := filepath.Join(dir, "mnt")
	for _, d := range []string{"mnt/stick/in", "free"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	broken := received("", "")
	broken.Open = func() (File, error) { return &half{unclosed: unclosed{strings.NewReader("half")}}, nil }
	gone := received("", "")
	gone.Open = func() (File, error) { return nil, errors.New("no such message") }
	for name, c := range map[string]struct {
		folder, pattern string
		fax             Fax
		says            string
		final           bool
	}{
		"no folder":        {filepath.Join(dir, "stick"), "", received("", ""), "plugged in", false},
		"a file":           {plainFile, "", received("", ""), "is no folder", false},
		"nothing mounted":  {filepath.Join(mounts, "stick"), "", received("", ""), "nothing is mounted", false},
		"deeper":           {filepath.Join(mounts, "stick", "in"), "", received("", ""), "nothing is mounted", false},
		"unreadable":       {filepath.Join(dir, "free"), "x", broken, "no more", false},
		"gone":             {filepath.Join(dir, "free"), "x", gone, "no such message", false},
		"an odd pattern":   {filepath.Join(dir, "free"), "{x}", received("", ""), "{x}", true},
		"a folder's place": {dir, "file/x", received("", ""), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := names(t, dir)
			done, err := (&Folder{mounts: []string{mounts}}).Route(t.Context(), fax.RoutingMethod{Setting: c.folder, NamePattern: c.pattern}, c.fax)
			if err == nil || done.Result != "" || !strings.Contains(err.Error(), c.says) || IsFinal(err) != c.final {
				t.Errorf("got %q, %v, final %t", done.Result, err, IsFinal(err))
			}
			if after := names(t, dir); !slices.Equal(before, after) {
				t.Errorf("left behind: %v", after)
			}
		})
	}
}

// half is a file that cannot be read to its end.
type half struct{ unclosed }

func (h *half) Read(p []byte) (int, error) {
	n, err := h.unclosed.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("no more")
	}
	return n, err
}

// WriteTo is not to be used in the place of Read.
func (h *half) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{h}) }

func TestGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := NewFolder().Route(ctx, fax.RoutingMethod{Setting: dir}, received("x", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestMethods(t *testing.T) {
	all := []Method{NewFolder(), &Mail{}, &Print{}, &Webhook{}}
	for _, m := range all {
		about := m.About()
		if about.Enable || about.Guid == "" || about.FriendlyName == "" || about.FunctionName == "" {
			t.Errorf("%+v", about)
		}
		if err := m.Check(about); err != nil {
			t.Errorf("%s: its own settings: %v", about.FriendlyName, err)
		}
		if got := Find(all, strings.ToUpper(strings.Trim(about.Guid, "{}"))); got != m {
			t.Errorf("%s is not found by its Guid", about.FriendlyName)
		}
	}
	if Find(all, "{x}") != nil {
		t.Error("what is not there is found")
	}
}

// Whatever a caller calls himself, the name stays below the folder and is one that disks take.
func FuzzName(f *testing.F) {
	f.Add("{caller}/{tsid}", "../..", "\x00/")
	f.Add("{date}-{time}-{caller}", "CON", " . ")
	f.Fuzz(func(t *testing.T, pattern, caller, tsid string) {
		x := received("", fax.Text(caller))
		x.Message.Tsid = fax.Text(tsid)
		if checkPattern(pattern) != nil {
			return
		}
		name, err := x.name(pattern)
		if err != nil {
			t.Fatalf("%q was accepted: %v", pattern, err)
		}
		if !filepath.IsLocal(name) || strings.ContainsAny(name, "\x00\n") && !strings.ContainsAny(pattern, "\x00\n") {
			t.Errorf("%q", name)
		}
		for _, part := range strings.Split(name, "/") {
			if part == "" || part[0] == '.' {
				t.Errorf("%q has a part %q", name, part)
			}
		}
	})
}
