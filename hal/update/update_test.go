package update

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/hal/slots"
)

var then = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// key is the same in each run: what it signs is compared.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// pack makes an update file of a version.
func pack(t *testing.T, version string, change func(*Manifest)) []byte {
	t.Helper()
	m := Manifest{Version: version, Schema: 1, Made: then, Boards: []string{"linux,dummy-virt", "brcm,bcm2711"}}
	if change != nil {
		change(&m)
	}
	var b bytes.Buffer
	names := []string{"root", "cmdline.txt", "broadcom/board.dtb", "initrd", "Image"}
	err := Pack(&b, m, key(1), names, func(name string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat(version+" "+name+"\n", 300))), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// box is a card in a folder, with a system that runs.
type box struct {
	*testing.T
	dir string
	Installer
}

func newBox(t *testing.T, version string) *box {
	t.Helper()
	b := &box{T: t, dir: t.TempDir()}
	for _, dir := range []string{"boot/a", "boot/b"} {
		b.must(os.MkdirAll(filepath.Join(b.dir, dir), 0o700))
	}
	roots := map[slots.Slot]string{}
	for _, s := range []slots.Slot{slots.A, slots.B} {
		roots[s] = filepath.Join(b.dir, "root-"+string(s))
		b.must(os.WriteFile(roots[s], make([]byte, 32<<10), 0o600))
	}
	b.Installer = Installer{
		Card: &slots.Card{Boot: filepath.Join(b.dir, "boot"), Roots: roots, Running: slots.A},
		Box:  Box{Version: version, Boards: []string{"linux,dummy-virt"}},
		Key:  public(key(1)), State: Keeper{filepath.Join(b.dir, "state", "state.json")}, Now: func() time.Time { return then },
	}
	b.must(b.Card.Choose(slots.Choice{Slot: slots.A}))
	return b
}

func (b *box) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// restart is what the boot script does: it counts, and starts what is tried or chosen.
func (b *box) restart() State {
	b.Helper()
	c, err := b.Card.Choice()
	b.must(err)
	b.Card.Running = c.Slot
	if c.Try != slots.None && c.Left > 0 {
		b.Card.Running = c.Try
		c.Left--
		b.must(b.Card.Choose(c))
	}
	if b.Calm() {
		s, err := b.State.Load()
		b.must(err)
		return s
	}
	s, err := b.Begin()
	b.must(err)
	return s
}

func TestUpdateIsTriedAndSettles(t *testing.T) {
	b := newBox(t, "1.2.0")
	b.must(b.Install(t.Context(), bytes.NewReader(pack(t, "1.3.0", nil)), false))
	got, err := os.ReadFile(filepath.Join(b.dir, "boot", "b", "Image"))
	if err != nil || !strings.HasPrefix(string(got), "1.3.0 Image\n") {
		t.Errorf("the kernel: %.20q, %v", got, err)
	}
	s := b.restart()
	if s.Slot != slots.B || !s.Trial || s.Phase != Trying || s.Version != "1.3.0" || s.Before != "1.2.0" {
		t.Errorf("while it is tried: %+v", s)
	}
	synctest.Test(t, func(t *testing.T) {
		b.must(b.Settle(t.Context(), func(context.Context) error {
			if time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) < time.Minute {
				return errors.New("it starts")
			}
			return nil
		}))
	})
	for range 2 {
		s = b.restart()
		if s.Slot != slots.B || s.Trial || s.Phase != Idle || s.Outcome != Settled || s.Reason != "" {
			t.Errorf("after it: %+v", s)
		}
	}
}

func TestWhatDoesNotWorkFallsBack(t *testing.T) {
	for name, test := range map[string]struct {
		works  error // nil: nobody even asks
		reason string
	}{
		"a server that does not start": {errors.New("the server does not answer"), "It was started and did not work: the server does not answer."},
		"a system that does not start": {nil, reasonSilent},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "1.2.0")
			b.must(b.Install(t.Context(), bytes.NewReader(pack(t, "1.3.0", nil)), false))
			if s := b.restart(); !s.Trial {
				t.Fatalf("%+v", s)
			}
			if test.works != nil {
				synctest.Test(t, func(t *testing.T) {
					begun := time.Now()
					err := b.Settle(t.Context(), func(context.Context) error { return test.works })
					if took := time.Since(begun); !errors.Is(err, test.works) || took != SettleTime {
						t.Errorf("%v after %v", err, took)
					}
				})
			}
			for range 2 {
				s := b.restart()
				if s.Slot != slots.A || s.Trial || s.Phase != Idle || s.Outcome != FellBack || s.Reason != test.reason || s.Version != "1.3.0" {
					t.Errorf("%+v", s)
				}
			}
			// It can be tried again, with another one.
			b.must(b.Install(t.Context(), bytes.NewReader(pack(t, "1.3.1", nil)), false))
			if s := b.restart(); !s.Trial || s.Version != "1.3.1" {
				t.Errorf("%+v", s)
			}
		})
	}
}

// What the plug breaks off between the last write to the slot and the choice.
func TestPlugBeforeTheChoice(t *testing.T) {
	for _, phase := range []Phase{Writing, Starting} {
		b := newBox(t, "1.2.0")
		b.must(b.State.Keep(State{Slot: slots.A, Phase: phase, Version: "1.3.0", Target: slots.B}))
		if s := b.restart(); s.Slot != slots.A || s.Outcome != Refused || s.Reason != reasonCut || s.Phase != Idle {
			t.Errorf("%s: %+v", phase, s)
		}
	}
}

// After the choice, before it is written down.
func TestPlugAfterTheChoice(t *testing.T) {
	b := newBox(t, "1.2.0")
	b.must(b.Install(t.Context(), bytes.NewReader(pack(t, "1.3.0", nil)), false))
	b.restart()
	b.must(b.Card.Choose(slots.Choice{Slot: slots.B}))
	if s := b.restart(); s.Slot != slots.B || s.Outcome != Settled || s.Phase != Idle {
		t.Errorf("%+v", s)
	}
}

// A start like any other writes nothing.
func TestCalmStarts(t *testing.T) {
	b := newBox(t, "1.2.0")
	if b.Calm() {
		t.Error("the first start is calm: nobody knows which slot runs")
	}
	b.restart()
	if !b.Calm() {
		t.Error("the second start is not calm")
	}
	b.must(b.Install(t.Context(), bytes.NewReader(pack(t, "1.3.0", nil)), false))
	if b.Calm() {
		t.Error("an update that waits is calm")
	}
}

// A card whose choice is lost starts something, and what runs is chosen from then on.
func TestChoiceIsMended(t *testing.T) {
	b := newBox(t, "1.2.0")
	for _, name := range []string{"slot.txt", "slot2.txt"} {
		b.must(os.WriteFile(filepath.Join(b.dir, "boot", name), []byte("slot="), 0o600))
	}
	b.Card.Running = slots.B
	_, err := b.Begin()
	b.must(err)
	if c, err := b.Card.Choice(); err != nil || c != (slots.Choice{Slot: slots.B}) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestRefusals(t *testing.T) {
	good := pack(t, "1.3.0", nil)
	flip := func(at int) []byte {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		return bad
	}
	at := func(what string) int { return bytes.Index(good, []byte(what)) }
	for name, test := range map[string]struct {
		file      []byte
		change    func(*box)
		downgrade bool
		want      error
		sentence  string
	}{
		"good":            {file: good},
		"empty":           {file: nil, want: ErrNoUpdate},
		"another file":    {file: bytes.Repeat([]byte("%PDF-1.4\n"), 1000), want: ErrNoUpdate},
		"another tar":     {file: otherTar(t), want: ErrNoUpdate},
		"cut in the head": {file: good[:700], want: ErrCut},
		"cut in a part":   {file: good[:at("1.3.0 root")+2000], want: ErrCut},
		"cut in the last": {file: good[:at("1.3.0 Image")+2000], want: ErrCut},
		"one octet less":  {file: good[:at("1.3.0 Image")+len("1.3.0 Image\n")*300-1], want: ErrCut},
		"longer":          {file: longer(t, good), want: ErrDamaged},
		"manifest changed": {file: bytes.Replace(good, []byte(`"version": "1.3.0"`), []byte(`"version": "1.4.0"`), 1),
			want: ErrSignature, sentence: "The update is not signed by whoever made this box's system."},
		"signature changed":   {file: flip(at("manifest.sig") + 512 + 3), want: ErrSignature},
		"a bit of the system": {file: flip(at("1.3.0 root") + 100), want: ErrDamaged, sentence: "The update file is damaged: its part root."},
		"a bit of the kernel": {file: flip(at("1.3.0 Image") + 100), want: ErrDamaged},
		"a name between":      {file: flip(at("initrd\x00")), want: ErrDamaged},
		"another key":         {file: good, change: func(b *box) { b.Key = public(key(2)) }, want: ErrSignature},
		"another board": {file: good, change: func(b *box) { b.Box.Boards = []string{"brcm,bcm2712"} }, want: ErrBoard,
			sentence: "The update is for other boards: linux,dummy-virt, brcm,bcm2711, and this is brcm,bcm2712."},
		"older": {file: good, change: func(b *box) { b.Box.Version = "1.10.0" }, want: ErrOlder,
			sentence: "The update is older than what runs: it is 1.3.0, and 1.10.0 runs."},
		"older and wanted": {file: good, change: func(b *box) { b.Box.Version = "1.10.0" }, downgrade: true},
		"the same":         {file: good, change: func(b *box) { b.Box.Version = "1.3.0" }},
		"over what is too old": {file: pack(t, "1.3.0", func(m *Manifest) { m.From = "1.2.5" }), want: ErrTooOld,
			sentence: "What runs is too old for this update: 1.2.0 runs; install 1.2.5 first."},
		"over what is young enough": {file: pack(t, "1.3.0", func(m *Manifest) { m.From = "1.2.0-rc.3" })},
		"while another is tried":    {file: good, change: func(b *box) { b.Box.Trial = true }, want: ErrTrial},
		"too large":                 {file: good, change: func(b *box) { b.must(os.Truncate(b.Card.Roots[slots.B], 2000)) }, want: ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "1.2.0")
			if test.change != nil {
				test.change(b)
			}
			before, _ := b.Card.Choice()
			err := b.Install(t.Context(), bytes.NewReader(test.file), test.downgrade)
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Fatalf("%v, want %v", err, test.want)
			}
			s, loadErr := b.State.Load()
			b.must(loadErr)
			after, _ := b.Card.Choice()
			if test.want == nil {
				if after.Try != slots.B {
					t.Errorf("it is not tried: %+v", after)
				}
				return
			}
			if after != before || s.Outcome != Refused || s.Phase != Idle || !strings.HasSuffix(s.Reason, ".") {
				t.Errorf("choice %+v, state %+v", after, s)
			}
			if test.sentence != "" && s.Reason != test.sentence {
				t.Errorf("it says %q, want %q", s.Reason, test.sentence)
			}
		})
	}
}

// TestEveryOctetCounts changes one octet at a time all over a file: it is refused, but for padding that means nothing.
func TestEveryOctetCounts(t *testing.T) {
	good := pack(t, "1.3.0", nil)
	b := Box{Version: "1.2.0", Boards: []string{"linux,dummy-virt"}}
	kinds := map[string]bool{} // of refusals
	for at := 0; at < len(good); at += 37 {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		m, err := Check(bytes.NewReader(bad), public(key(1)), b, false)
		if err == nil && m.Version != "1.3.0" {
			t.Fatalf("octet %d: taken as %+v", at, m)
		}
		if err == nil && good[at] != 0 && !inHeader(good, at) {
			t.Errorf("octet %d, %q: nobody minds", at, good[at])
		}
		kinds[fmt.Sprint(err)] = true
	}
	if len(kinds) < 3 {
		t.Errorf("only %v", kinds)
	}
}

// inHeader reports whether an octet is in a header of the tar: times and owners there mean nothing to us.
func inHeader(file []byte, at int) bool {
	block := file[at/512*512:]
	return len(block) >= 263 && string(block[257:262]) == "ustar"
}

// TestEveryLengthIsCutOff cuts a file off at every length.
func TestEveryLengthIsCutOff(t *testing.T) {
	good := pack(t, "1.3.0", nil)
	end := bytes.LastIndex(good, []byte("Image\n")) + len("Image\n")
	for n := 0; n < end; n += 101 {
		_, err := Check(bytes.NewReader(good[:n]), public(key(1)), Box{Version: "1.2.0", Boards: []string{"brcm,bcm2711"}}, false)
		if !errors.Is(err, ErrCut) && !errors.Is(err, ErrNoUpdate) {
			t.Fatalf("%d of %d octets: %v", n, len(good), err)
		}
	}
}

func otherTar(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "faxbox.db", Size: 3, Mode: 0o600}), w.Flush()); err != nil {
		if _, err := w.Write([]byte("abc")); err != nil {
			t.Fatal(err)
		}
	}
	return append(b.Bytes(), make([]byte, 2048)...)
}

// longer puts another file behind the last part.
func longer(t *testing.T, good []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "more", Size: 0, Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(good[:len(good)-1024]), b.Bytes()...)
}

func TestVersions(t *testing.T) {
	order := []string{"(devel)", "0.0.9", "0.9.0", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"}
	for i, a := range order {
		for j, b := range order {
			if got := older(a, b); got != (i < j) {
				t.Errorf("%s before %s: %v", a, b, got)
			}
		}
	}
	if older("1.0.0+dirty", "v1.0.0") || older("v1.0.0", "1.0.0+dirty") {
		t.Error("what is behind a plus counts")
	}
}

func TestKeys(t *testing.T) {
	text, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := PrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	half, err := PublicHalf(private)
	if err != nil {
		t.Fatal(err)
	}
	got, err := PublicKey(half)
	if err != nil || !got.Equal(private.Public()) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := PublicKey(text); err == nil {
		t.Error("a private key is taken for a public one")
	}
	if _, err := PrivateKey(half); err == nil {
		t.Error("a public key is taken for a private one")
	}
}

// FuzzCheck: whatever comes, nothing is taken that is not signed, and nothing panics.
func FuzzCheck(f *testing.F) {
	t := &testing.T{}
	good := pack(t, "1.3.0", nil)
	f.Add(good)
	f.Add(good[:3000])
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Check(bytes.NewReader(data), public(key(1)), Box{Boards: []string{"brcm,bcm2711"}}, true)
		if err == nil && m.Version != "1.3.0" {
			t.Errorf("taken as %+v", m)
		}
	})
}
