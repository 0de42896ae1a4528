package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// machine is one run of the emulated board "virt" with the image's card in it.
type machine struct {
	dir  string // sockets, console, keys
	base string // the built files: base.kernel, base.initrd
	card string

	logTo string // a file for every write to the card; empty: none

	http, https, ssh int // ports on the loopback that lead to 80, 443 and 22
	cmd              *exec.Cmd
	ended            chan struct{} // closed when QEMU has ended
	start            time.Time
	monitor          *monitor
	gpio             *gpio
}

// memory of the board in MiB: that of the smallest Pi it is for.
const memory = "512"

// start switches the board on.
func (m *machine) switchOn() (err error) {
	m.http, m.https, m.ssh = freePort(), freePort(), freePort()
	os.Remove(m.file("qmp"))
	os.Remove(m.file("qtest"))
	forward := fmt.Sprintf("user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:%d-:80,hostfwd=tcp:127.0.0.1:%d-:443,hostfwd=tcp:127.0.0.1:%d-:22", m.http, m.https, m.ssh)
	m.cmd = exec.Command("qemu-system-aarch64",
		"-accel", "tcg,thread=multi,tb-size=192", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", memory,
		"-display", "none", "-monitor", "none", "-no-reboot", "-serial", "file:"+m.file("console.log"),
		"-qmp", "unix:"+m.file("qmp")+",server=on,wait=off",
		"-qtest", "unix:"+m.file("qtest")+",server=on,wait=off", "-qtest-log", "none",
		"-kernel", m.base+".kernel", "-initrd", m.base+".initrd", "-dtb", m.base+".virt.dtb",
		"-append", "console=ttyAMA0 ro panic=10 fax.slot=a net.ifnames=0 systemd.show_status=0 lsm=landlock",
		"-blockdev", m.drive(), "-device", "virtio-blk-pci,drive=d,serial=rig",
		"-netdev", forward, "-device", "virtio-net-pci,netdev=n,romfile=",
		"-device", "qemu-xhci,id=usb", "-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset")
	m.cmd.Stderr = os.Stderr
	m.start = time.Now()
	if err := m.cmd.Start(); err != nil {
		return err
	}
	m.ended = make(chan struct{})
	go func() {
		defer close(m.ended)
		_ = m.cmd.Wait() // however it ended, it has
	}()
	if m.monitor, err = dialMonitor(m.file("qmp")); err == nil {
		m.gpio, err = openGPIO(m.file("qtest"), m.monitor)
	}
	if err != nil {
		m.pullPlug()
	}
	return err
}

// drive is the card, whose writes are on it when the box is told so: QEMU alone is killed, not the computer that it runs on.
func (m *machine) drive() string {
	if m.logTo != "" {
		return "driver=blklogwrites,node-name=d,file.driver=raw,file.file.driver=file,file.file.filename=" + m.card +
			",log.driver=file,log.filename=" + m.logTo
	}
	return "driver=raw,node-name=d,file.driver=file,file.filename=" + m.card
}

func (m *machine) file(name string) string { return filepath.Join(m.dir, name) }

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pullPlug cuts the power: nothing in the board gets to run again.
func (m *machine) pullPlug() {
	_ = m.cmd.Process.Kill() // it may have ended
	<-m.ended
}

// switchedOff waits for the board to switch itself off, or to reset.
func (m *machine) switchedOff(patience time.Duration) error {
	select {
	case <-m.ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("still on after %v", patience)
	}
}

// browser asks the box for pages, without following where it leads and without asking who signed its certificate.
var browser = &http.Client{
	Timeout:       20 * time.Second,
	Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ready waits until the box says how it is, however that is, and tells how long that took from power-on.
func (m *machine) ready(patience time.Duration) (time.Duration, error) {
	for time.Since(m.start) < patience {
		if answer, err := browser.Get(m.url("/healthz")); err == nil {
			answer.Body.Close()
			return time.Since(m.start), nil
		}
		select {
		case <-m.ended:
			return 0, fmt.Errorf("the board went off after %v\n%s", time.Since(m.start).Round(time.Second), m.console())
		case <-time.After(250 * time.Millisecond):
		}
	}
	return 0, fmt.Errorf("not ready after %v\n%s", patience, m.console())
}

// url is a page of the box.
func (m *machine) url(path string) string {
	return fmt.Sprintf("https://127.0.0.1:%d%s", m.https, path)
}

// console is the end of what the board said on its serial console.
func (m *machine) console() string {
	text, _ := os.ReadFile(m.file("console.log"))
	return string(text[max(0, len(text)-4000):])
}

// run runs a command in the box as root. The SSH server comes up a little later than the page, so it is tried again.
func (m *machine) run(command string) (string, error) {
	for try := 0; ; try++ {
		out, err := exec.Command("ssh", "-q", "-i", m.file("key"), "-p", fmt.Sprint(m.ssh), "-o", "StrictHostKeyChecking=no",
			"-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20", "-o", "BatchMode=yes", "root@127.0.0.1", command).CombinedOutput()
		const notConnected = 255
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != notConnected || len(out) > 0 || try > 30 {
			return strings.TrimSpace(string(out)), err
		}
		time.Sleep(time.Second)
	}
}
