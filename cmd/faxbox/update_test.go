package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/web/upkeep"
)

// machineRoom is a box of files, before which no server runs.
type machineRoom struct {
	*testing.T
	dir     string
	reboots int
}

func newMachineRoom(t *testing.T) *machineRoom {
	m := &machineRoom{T: t, dir: t.TempDir()}
	for _, dir := range []string{"boot/a", "boot/b", "data/update"} {
		m.must(os.MkdirAll(m.path(dir), 0o700))
	}
	for _, name := range []string{"card2", "card3"} {
		m.must(os.WriteFile(m.path(name), make([]byte, 8<<10), 0o600))
	}
	m.starts(slots.A)
	m.must(os.WriteFile(m.path("board"), []byte("raspberrypi,4-model-b\x00brcm,bcm2711\x00"), 0o600))
	half, err := m.run("update", "key", m.path("key.pem"))
	m.must(err)
	m.must(os.WriteFile(m.path("update.pub"), []byte(half), 0o600))
	m.must((&slots.Card{Boot: m.path("boot")}).Choose(slots.Choice{Slot: slots.A}))
	return m
}

func (m *machineRoom) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machineRoom) path(name string) string { return filepath.Join(m.dir, name) }

// starts is the first user space, of that slot.
func (m *machineRoom) starts(s slots.Slot) {
	m.must(os.WriteFile(m.path("facts"), []byte("SLOT="+string(s)+"\nDISK="+m.path("card")+"\nBOOTDEV="+m.path("card1")+"\n"), 0o600))
}

// run runs a command; its error is what it says.
func (m *machineRoom) run(args ...string) (string, error) {
	c := &command{}
	con := console{out: &c.out, err: &c.err, reboot: func() error { m.reboots++; return nil },
		unlock: func(string) (func() error, error) { return func() error { return nil }, nil }}
	if c.status = run(context.Background(), args, con); c.status != exitDone {
		return c.out.String(), errors.New(c.err.String())
	}
	return c.out.String(), nil
}

// onCard runs one of the box's own commands.
func (m *machineRoom) onCard(name string, more ...string) error {
	_, err := m.run(append([]string{"update", name, "--boot", m.path("boot"), "--state", m.path("state.json"), "--key", m.path("update.pub"),
		"--facts", m.path("facts"), "--board", m.path("board")}, more...)...)
	return err
}

// stage is the server, which has checked an update file.
func (m *machineRoom) stage(board string) {
	m.Helper()
	part := m.path("part")
	m.must(os.WriteFile(part, []byte("what a part holds\n"), 0o600))
	_, err := m.run("update", "pack", "--key", m.path("key.pem"), "--out", m.path("data/update/"+upkeep.StagedFile), "--version", "7.0.0",
		"--board", board, "root="+part, "cmdline.txt="+part, "initrd="+part, "Image="+part)
	m.must(err)
	m.must(os.WriteFile(m.path("data/update/"+upkeep.RequestFile), []byte(`{"downgrade":false}`), 0o600))
}

func (m *machineRoom) state() update.State {
	m.Helper()
	s, err := update.Keeper{Path: m.path("state.json")}.Load()
	m.must(err)
	return s
}

// The commands of the units, one after another: settle at a start, apply, and settle in the new system, before which no
// server runs: the box goes back.
func TestApplyAndSettle(t *testing.T) {
	m := newMachineRoom(t)
	m.must(m.onCard("settle"))
	m.stage("brcm,bcm2711")
	m.must(m.onCard("apply", "--data", m.path("data")))
	if left, err := os.ReadDir(m.path("data/update")); err != nil || len(left) != 0 || m.reboots != 1 {
		t.Errorf("left %v, %v; %d reboots", left, err, m.reboots)
	}
	choice, err := (&slots.Card{Boot: m.path("boot")}).Choice()
	if err != nil || choice != (slots.Choice{Slot: slots.A, Try: slots.B, Left: 1}) {
		t.Errorf("%+v, %v", choice, err)
	}
	if s := m.state(); s.Phase != update.Starting || s.Version != "7.0.0" {
		t.Errorf("%+v", s)
	}
	if root, err := os.ReadFile(m.path("card3")); err != nil || !strings.HasPrefix(string(root), "what a part holds\n") {
		t.Errorf("the slot's partition: %.20q, %v", root, err)
	}

	m.starts(slots.A) // it did not even start
	m.must(m.onCard("settle"))
	if s := m.state(); s.Outcome != update.FellBack || s.Phase != update.Idle {
		t.Errorf("%+v", s)
	}
}

// What the server hands on is not believed.
func TestApplyBelievesNothing(t *testing.T) {
	for what, change := range map[string]func(*machineRoom){
		"is for other boards": func(m *machineRoom) { m.stage("brcm,bcm2837") },
		"is damaged":          func(m *machineRoom) { m.change("holds", "holdS") },
		"is not signed by":    func(m *machineRoom) { m.change("7.0.0", "7.0.1") },
		"is no plain file":    func(m *machineRoom) { m.link() },
		"an update is being tried": func(m *machineRoom) {
			m.must(update.Keeper{Path: m.path("state.json")}.Keep(update.State{Slot: slots.A, Trial: true}))
		},
	} {
		t.Run(what, func(t *testing.T) {
			m := newMachineRoom(t)
			m.stage("brcm,bcm2711")
			change(m)
			if err := m.onCard("apply", "--data", m.path("data")); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("it says %v, want %q", err, what)
			}
			choice, err := (&slots.Card{Boot: m.path("boot")}).Choice()
			if err != nil || choice != (slots.Choice{Slot: slots.A}) || m.reboots != 0 {
				t.Errorf("%+v, %v; %d reboots", choice, err, m.reboots)
			}
			if _, err := os.Lstat(m.path("data/update/" + upkeep.RequestFile)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the request is left, and would be found again: %v", err)
			}
		})
	}
}

// change changes the staged file.
func (m *machineRoom) change(from, to string) {
	path := m.path("data/update/" + upkeep.StagedFile)
	data, err := os.ReadFile(path)
	m.must(err)
	m.must(os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o600))
}

// link makes the staged file a link to itself, elsewhere.
func (m *machineRoom) link() {
	path := m.path("data/update/" + upkeep.StagedFile)
	m.must(os.Rename(path, m.path("elsewhere")))
	m.must(os.Symlink(m.path("elsewhere"), path))
}
