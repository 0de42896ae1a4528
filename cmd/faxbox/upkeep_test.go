package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"faxbox/store"
)

const horse = "correct horse battery"

// again waits until the server has begun so many times.
func (b *box) again(times int) {
	b.Helper()
	for begun := time.Now(); strings.Count(b.out.String(), "ready\n") < times; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			b.Fatalf("the server has not begun %d times:\n%s%s", times, b.out.String(), b.err.String())
		}
	}
}

// passphrase is a file that holds one.
func (b *box) passphrase(text string) string {
	b.Helper()
	path := filepath.Join(b.dir, "passphrase")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func (b *box) done(args ...string) string {
	b.Helper()
	c := b.faxbox(append(args, "--socket", b.socket)...)
	if c.status != exitDone {
		b.Fatalf("faxbox %s: %v", strings.Join(args, " "), c)
	}
	return c.out.String()
}

func TestBackupRestoreErase(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := serve(t, "--listen", "127.0.0.1:0")
	b.done("password")
	b.done("server", "set", "retries=9")
	file, pass := filepath.Join(b.dir, "backup.age"), b.passphrase(horse)
	b.done("backup", file, "--passphrase-file", pass)
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the backup can be read by others: %v, %v", st.Mode(), err)
	}
	b.done("server", "set", "retries=3")

	for what, args := range map[string][]string{
		"passphrase is wrong": {"restore", file, "--passphrase-file", b.passphrase("wrong horse battery")},
		"no backup":           {"restore", b.socket + ".none", "--passphrase-file", pass},
	} {
		if what == "no backup" {
			if err := os.WriteFile(args[1], []byte("a letter\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if c := b.faxbox(append(args, "--socket", b.socket)...); c.status != exitFailed || !strings.Contains(c.err.String(), what) || !strings.Contains(c.err.String(), "Nothing was changed.") {
			t.Errorf("%s: %v", what, c)
		}
	}
	if got := b.done("server", "show"); !strings.Contains(got, "retries") || strings.Count(b.out.String(), "ready\n") != 1 {
		t.Errorf("after what was refused:\n%s", got)
	}

	b.done("restore", file, "--passphrase-file", b.passphrase(horse))
	b.again(2)
	if got := b.done("server", "show", "--json"); !strings.Contains(got, `"retries":9`) {
		t.Errorf("restored:\n%s", got)
	}
	if got := b.done("user", "list"); !strings.Contains(got, "admin") {
		t.Errorf("accounts are restored:\n%s", got)
	}

	restoresInto(b, file, filepath.Join(b.dir, "other"))
	c := &command{}
	c.status = run(context.Background(), []string{"erase", "--socket", b.socket}, console{out: &c.out, err: &c.err, in: strings.NewReader("yes\n")})
	if c.status != exitFailed || !strings.Contains(c.err.String(), "nothing is erased") {
		t.Errorf("erase without the word: %v", c)
	}
	c = &command{}
	begun := time.Now()
	c.status = run(context.Background(), []string{"erase", "--socket", b.socket}, console{out: &c.out, err: &c.err, in: strings.NewReader("erase\n")})
	if c.status != exitDone {
		t.Errorf("erase: %v", c)
	}
	b.again(3)
	t.Logf("erased and begun anew in %v", time.Since(begun).Round(time.Millisecond))
	if got := b.done("user", "list"); strings.Contains(got, "admin") {
		t.Errorf("accounts after everything was erased:\n%s", got)
	}
	if !strings.Contains(b.out.String()[strings.LastIndex(b.out.String(), "faxbox listens"):], "one-time code") {
		t.Error("an erased box has no one-time code")
	}
	holds(t, filepath.Join(b.dir, "data"), "correct horse") // nowhere in what is left
	b.end()
}

// restoresInto restores a backup into the folder of a server that does not run.
func restoresInto(b *box, file, dir string) {
	b.Helper()
	if c := b.faxbox("restore", file, "--data", dir, "--passphrase-file", b.passphrase(horse)); c.status != exitDone {
		b.Fatalf("restore: %v", c)
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if settings, err := s.Server(); err != nil || settings.Retries != 9 {
		b.Errorf("restored: %+v, %v", settings, err)
	}
}

// holds fails if a text is in any file of a folder.
func holds(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			t.Errorf("%s has it", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPassphrases(t *testing.T) {
	b := &box{T: t, dir: t.TempDir()}
	for what, test := range map[string]struct {
		args   []string
		status int
	}{
		"too short":   {[]string{"backup", "-", "--passphrase-file", b.passphrase("short")}, exitFailed},
		"no terminal": {[]string{"backup", "-"}, exitUsage},
	} {
		c := &command{}
		c.status = run(context.Background(), test.args, console{out: &c.out, err: &c.err, in: strings.NewReader("correct horse\n")})
		if c.status != test.status || !strings.Contains(c.err.String(), what) {
			t.Errorf("%s: %v", what, c)
		}
	}
	empty := filepath.Join(b.dir, "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs safeBuffer
	if status := run(context.Background(), []string{"backup", "-", "--passphrase-file", empty}, console{out: io.Discard, err: &errs}); status != exitFailed || !strings.Contains(errs.String(), "empty") {
		t.Errorf("an empty passphrase: %d, %s%s", status, out.String(), errs.String())
	}
}
