package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"faxbox/fax"
)

// coversOf are the templates as words.
func coversOf(t testing.TB, s *Store) string {
	t.Helper()
	var words []string
	for _, c := range must(s.CoverPages()) {
		data := must(s.CoverPage(c.Owner, c.Name))
		if int64(len(data)) != c.Size || c.Time.IsZero() {
			t.Errorf("%+v has %d octets", c, len(data))
		}
		words = append(words, fmt.Sprintf("%s/%s=%s", c.Owner, c.Name, data))
	}
	return strings.Join(words, " ")
}

func TestCoverPages(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	for _, c := range []struct{ owner, name, pdf string }{
		{"", "office", "1"}, {"anna", "mine", "2"}, {"anna", "office", "3"}, {"local/admin", "Größe 7 = 10%", "4"}, {"anna", "mine", "5"},
	} {
		if err := s.PutCoverPage(c.owner, c.name, []byte(c.pdf)); err != nil {
			t.Fatal(err)
		}
	}
	const all = "/office=1 anna/mine=5 anna/office=3 local/admin/Größe 7 = 10%=4"
	if got := coversOf(t, s); got != all {
		t.Errorf("%s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, coversDir, "note.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := coversOf(t, s); got != all {
		t.Errorf("with what is none: %s", got)
	}
	for _, gone := range [][2]string{{"bert", "mine"}, {"", "mine"}, {"", "../faxbox"}, {"", ""}} {
		if _, err := s.CoverPage(gone[0], gone[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", gone, err)
		}
		if err := s.RemoveCoverPage(gone[0], gone[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", gone, err)
		}
	}
	if err := s.RemoveCoverPage("anna", "office"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, then); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const left = "/office=1 anna/mine=5 local/admin/Größe 7 = 10%=4"
	if got := coversOf(t, opened(t, dir)); got != left {
		t.Errorf("opened again: %s", got)
	}
	other := quickDir(t)
	s = opened(t, other)
	if err := errors.Join(s.PutCoverPage("eve", "old", []byte("6")), s.Close(), Restore(other, &b, Options{})); err != nil {
		t.Fatal(err)
	}
	if got := coversOf(t, opened(t, other)); got != left {
		t.Errorf("restored: %s", got)
	}
}

// TestNobodyInherits: with an account its cover pages go, and nobody else's.
func TestNobodyInherits(t *testing.T) {
	s := opened(t, quickDir(t))
	anna := Account{User: fax.User{Name: "anna", Role: fax.Viewer}}
	err := errors.Join(s.AddUser(anna), s.PutCoverPage("anna", "a", []byte("1")), s.PutCoverPage("anna", "b", []byte("2")),
		s.PutCoverPage("", "a", []byte("3")), s.PutCoverPage("ann", "a", []byte("4")), s.RemoveUser("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if got := coversOf(t, s); got != "/a=3 ann/a=4" {
		t.Errorf("left: %s", got)
	}
	if err := s.RemoveUser("ann"); !errors.Is(err, ErrNotFound) { // no account
		t.Error(err)
	}
	if got := coversOf(t, s); got != "/a=3 ann/a=4" {
		t.Errorf("left: %s", got)
	}
}

func TestCoverNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"business": true, "Büro 2 (neu)": true, "表紙": true, "a=b": true, "a.pdf": true, "50%": true,
		"": false, "a/b": false, "..": false, ".hidden": false, " a": false, "a\n": false, "a\x00b": false, "\xff": false, `a\b`: false,
		strings.Repeat("x", MaxCoverName): true, strings.Repeat("x", MaxCoverName+1): false,
	} {
		if got := CoverNameOK(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
		if c, back := parseCover(coverFile("o=wner/%", name)); ok && (!back || c.Name != name || c.Owner != "o=wner/%") {
			t.Errorf("%q comes back as %+v", name, c)
		}
	}
}

// TestCoverPageIsWholeOrNot pulls the plug at each step of storing a template in the place of another, and of removing it.
func TestCoverPageIsWholeOrNot(t *testing.T) {
	for n := 1; ; n++ {
		d := newFaultDisk(quickDir(t))
		s := openedWith(t, d.root, Options{disk: d})
		if err := s.PutCoverPage("", "office", []byte("old")); err != nil {
			t.Fatal(err)
		}
		before := len(d.steps)
		d.at, d.err = before+n, errPlug
		put := s.PutCoverPage("", "office", []byte("new"))
		removed := errors.New("not tried")
		if put == nil {
			removed = s.RemoveCoverPage("", "office")
		}
		done := len(d.steps) < d.at
		dir := filepath.Join(quickDir(t), "left")
		d.left(t, dir)
		got := coversOf(t, opened(t, dir))
		switch {
		case removed == nil && got != "", put == nil && got == "/office=old", put != nil && got == "",
			got != "" && got != "/office=old" && got != "/office=new":
			t.Errorf("plug pulled at step %d (%v, %v): %q is left", n, put, removed, got)
		}
		if done {
			break
		}
	}
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	d.failNext("write", syscall.ENOSPC)
	if err := s.PutCoverPage("", "office", []byte("new")); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
}
