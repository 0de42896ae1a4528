package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"faxbox/hal/update"
	"faxbox/scripts/rig"
)

// updates is the scene of the two systems on a card. The board starts by U-Boot, as a Pi does.
func updates(s *stage) {
	s.uboot = true
	later := s.later()
	s.give()
	s.on()
	first := s.in("faxbox version | head -1")
	s.check(s.slot() == "a", "the box starts by U-Boot from slot %s: %s", s.slot(), first)
	s.install(later)
	second := s.in("faxbox version | head -1")
	s.check(s.slot() == "b" && second != first, "the update runs from slot %s: %s", s.slot(), second)
	s.must(until(context.Background(), 10*time.Minute, func() (bool, error) { return strings.Contains(s.in("faxbox update status"), "installed"), nil }))
	s.check(true, "it is chosen for good: %s", s.in("faxbox update status"))
	s.restart("systemctl reboot")
	s.check(s.slot() == "b", "and runs from slot %s after a restart", s.slot())

	s.fallsBack("whose kernel finds no first program", s.pack("2000.0.0", "rdinit=/nothing"))
}

// wedged is the scene of an update that starts and does not work.
func wedged(s *stage) {
	s.uboot = true
	s.later()
	s.give()
	s.on()
	s.fallsBack("whose server does not start", s.pack("3000.0.0", "systemd.unit=sysinit.target"))
}

// fallsBack installs an update that is no good.
func (s *stage) fallsBack(what, file string) {
	slot, version := s.slot(), s.in("faxbox version | head -1")
	began := time.Now()
	s.install(file)
	s.check(s.slot() == slot && s.in("faxbox version | head -1") == version,
		"an update %s falls back by itself: slot %s, %.0f s", what, s.slot(), time.Since(began).Seconds())
	fmt.Printf("    %s\n", s.in("faxbox update status"))
}

// slot is the slot that runs.
func (s *stage) slot() string { return s.in("sed -n s/^SLOT=//p /run/faxbox-slot.env") }

// install gives an update to the box, and waits until it has restarted and answers.
func (s *stage) install(file string) {
	began := time.Now()
	s.must(s.copyIn(file, "/data/next.update"))
	fmt.Printf("    %s\n", s.in("faxbox update /data/next.update; rm /data/next.update"))
	s.restart("")
	fmt.Printf("    installed and started again after %.0f s\n", time.Since(began).Seconds())
}

// restart waits until the board resets, and switches it on again: QEMU ends at a reset here. A system that does not start
// resets once more; one that starts and does not work is given its time.
func (s *stage) restart(command string) {
	if command != "" {
		_, _ = s.run(command) // the connection ends with it
	}
	const starts = 3
	for n := range starts {
		s.must(s.switchedOff(s.patience))
		s.must(s.switchOn())
		took, err := s.ready(s.patience + update.SettleTime)
		if err == nil {
			fmt.Printf("    start %d: ready %.1f s after power-on\n", n+1, took.Seconds())
			return
		}
		if !s.off() {
			s.must(err)
		}
		fmt.Printf("    start %d: the board resets after %.0f s\n", n+1, time.Since(s.start).Seconds())
	}
	s.must(fmt.Errorf("no system starts"))
}

// copyIn copies a file into the box.
func (s *stage) copyIn(file, to string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	s.in("true") // SSH has come up
	cmd := exec.Command("ssh", append(s.sshArgs(), "cat >"+to+" && sync "+to)...)
	cmd.Stdin = f
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("copying %s: %w: %s", file, err, out)
	}
	return nil
}

// later makes an update to a version that is later than the image's.
func (s *stage) later() string {
	good := s.base + "-next.update"
	image, err := os.Stat(s.image)
	s.must(err)
	if made, err := os.Stat(good); err != nil || made.ModTime().Before(image.ModTime()) {
		fmt.Println("    building a later version")
		build := exec.Command(filepath.Join(rig.Top(), "scripts", "image"), s.base+"-next.img")
		build.Env = append(os.Environ(), "VERSION=1000.0.0")
		out, err := build.CombinedOutput()
		if err != nil {
			s.must(fmt.Errorf("%w: %s", err, out))
		}
		s.must(os.Remove(s.base + "-next.img"))
	}
	return good
}

// pack makes an update of that later version whose kernel is told more.
func (s *stage) pack(version, args string) string {
	out := s.file(version + ".update")
	s.must(os.WriteFile(s.file("cmdline.txt"), []byte("args=console=ttyAMA0 ro panic=5 net.ifnames=0 lsm=landlock "+args+"\n"), 0o600))
	next := s.base + "-next"
	pack := exec.Command("go", "run", "./cmd/faxbox", "update", "pack", "--key", s.key(), "--version", version, "--out", out,
		"--board", "linux,dummy-virt", "root="+next+".sqfs", "cmdline.txt="+s.file("cmdline.txt"), "initrd="+next+".initrd", "Image="+next+".kernel")
	pack.Dir = rig.Top()
	if out, err := pack.CombinedOutput(); err != nil {
		s.must(fmt.Errorf("%w: %s", err, out))
	}
	return out
}

// key is the private key of the image's updates: scripts/image says where it is.
func (s *stage) key() string {
	if path := os.Getenv("FAXBOX_UPDATE_KEY"); path != "" {
		return path
	}
	work := os.Getenv("WORK")
	if work == "" {
		caches, err := os.UserCacheDir()
		s.must(err)
		work = filepath.Join(caches, "faxbox-image")
	}
	return filepath.Join(work, "update-key.pem")
}
