package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The address book from the command line: in and out as a table, found, added to, taken from; and what is fetched for support.
func TestContactsOnTheCommandLine(t *testing.T) {
	b := serve(t, "--listen", "")
	defer b.end()
	at := func(args ...string) *command { return b.faxbox(append(args, "--socket", b.socket)...) }
	table := filepath.Join(b.dir, "in.csv")
	if err := os.WriteFile(table, []byte("name;fax\nAnna;030 1234567\nBob;nothing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c := at("contact", "import", table); c.status != exitFailed || !strings.Contains(c.err.String(), "line 3: faxNumber contains") {
		t.Errorf("a bad table: %v", c)
	}
	if err := os.WriteFile(table, []byte("name;fax\nAnna;030 1234567\nBob;030 7654321\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args string
		want string // in what is printed, or told
	}{
		{"contact list", "There is no such contact."},
		{"contact import " + table, "2 added, 0 changed, 0 were there already."},
		{"contact import " + table, "0 added, 0 changed, 2 were there already."},
		{"contact add name=Cem faxNumber=030/1234567", "contact 1, Anna, has this number too"},
		{"contact list ce", "Cem"},
		{"contact list 030 1234", "Anna"},
		{"contact delete 2", ""},
		{"contact export", "Cem,,030/1234567,,\r\n"},
		{"support -o " + filepath.Join(b.dir, "s.zip"), ""},
	} {
		if c := at(strings.Fields(step.args)...); c.status != exitDone || !strings.Contains(c.out.String()+c.err.String(), step.want) {
			t.Errorf("faxbox %s: %v, want %q", step.args, c, step.want)
		}
	}
	if c := at("contact", "delete", "2"); c.status != exitFailed || !strings.Contains(c.err.String(), "there is no contact 2") {
		t.Errorf("deleted twice: %v", c)
	}
	z, err := zip.OpenReader(filepath.Join(b.dir, "s.zip"))
	if err != nil {
		t.Fatal(err)
	}
	z.Close()
}
