package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What faxbox.toml says stands in files for each start; what was not understood is told; what is secret is nobody else's.
func TestSetup(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) string {
		path := filepath.Join(dir, "faxbox.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	code := filepath.Join(dir, codeFile)
	setUp := func(text string) string {
		var out bytes.Buffer
		if err := (setupCommand{File: write(text), Into: dir, Code: code}).Run(console{out: &out}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if said := setUp("hostname = \"fax-2\"\nwifi_ssid = \"office\"\nwifi_password = \"correct horse\"\nwifi_country = \"DE\"\n" +
		"administrator_code = \"4R5D-2G81\"\nbutton = \"pinctrl-test:3,low\"\nname = \"x\"\n"); !strings.HasPrefix(said, "line 7: there is no setting name") {
		t.Errorf("%q", said)
	}
	if said := setUp("timezone = \"Asia/Tokyo\"\n"); said != "" { // the rest stays
		t.Errorf("%q", said)
	}
	for name, want := range map[string]string{
		"hostname": "fax-2\n", "timezone": "Asia/Tokyo\n", "faxbox.env": "FAXBOX_BUTTON=pinctrl-test:3,low\n", codeFile: "4R5D-2G81\n",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	wifi, err := os.ReadFile(filepath.Join(dir, "wpa_supplicant.conf"))
	if err != nil || bytes.Contains(wifi, []byte("horse")) {
		t.Errorf("%s, %v", wifi, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// The code that makes the first administrator stands in a file and is the same after a restart; the owner may choose it, by
// faxbox.toml. Once it is used it is gone.
func TestFirstCode(t *testing.T) {
	first := serve(t, "--listen=")
	first.end()
	again := func() *box {
		b := &box{T: t, dir: first.dir, socket: first.socket, status: make(chan int, 1)}
		b.start("--listen=")
		return b
	}
	path := filepath.Join(first.dir, "data", codeFile)
	code, err := os.ReadFile(path)
	if said := "code to make one is " + string(code); err != nil || len(code) < 8 || !strings.Contains(first.out.String(), said) {
		t.Fatalf("%q, %v, and not in %s", code, err, first.out.String())
	}
	same := again()
	same.end()
	if !strings.Contains(same.out.String(), string(code)) {
		t.Errorf("not %q: %s", code, same.out.String())
	}
	if err := os.WriteFile(path, []byte("4R5D-2G81\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := again()
	if !strings.Contains(b.out.String(), "code to make one is 4R5D-2G81\n") {
		t.Errorf("%s", b.out.String())
	}
	if c := b.faxbox("password", "--socket", b.socket); c.status != exitDone {
		t.Errorf("password: %v", c)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the code is still there: %v", err)
	}
	b.end()
}
