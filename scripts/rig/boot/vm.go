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
	"strconv"
	"strings"
	"time"
)

// machine is one run of the emulated board "virt" with the image's card in it.
type machine struct {
	dir  string // sockets, console, keys
	base string // the built files: base.kernel, base.initrd
	card string

	logTo string // a file for every write to the card; empty: none
	uboot bool   // U-Boot chooses the system on the card; else QEMU starts slot a by itself

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
		"-accel", "tcg,thread=multi,tb-size=192", "-M", "virt,acpi=off", "-cpu", "cortex-a72", "-smp", "2", "-m", memory,
		"-display", "none", "-monitor", "none", "-no-reboot", "-serial", "file:"+m.file("console.log"),
		"-qmp", "unix:"+m.file("qmp")+",server=on,wait=off",
		"-qtest", "unix:"+m.file("qtest")+",server=on,wait=off", "-qtest-log", "none",
		"-blockdev", m.drive(), "-device", "virtio-blk-pci,drive=d,serial=rig",
		"-netdev", forward, "-device", "virtio-net-pci,netdev=n,romfile=",
		"-device", "qemu-xhci,id=usb", "-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset")
	if m.uboot {
		m.cmd.Args = append(m.cmd.Args, "-bios", m.base+".uboot-virt")
	} else {
		m.cmd.Args = append(m.cmd.Args, "-kernel", m.base+".kernel", "-initrd", m.base+".initrd", "-dtb", m.base+".virt.dtb",
			"-append", "console=ttyAMA0 ro panic=10 fax.slot=a net.ifnames=0 systemd.show_status=0 lsm=landlock")
	}
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

// sshPatience is how much later than the page the SSH server may come up.
const sshPatience = 3 * time.Minute

// run runs a command in the box as root. Until the SSH server has come up it is tried again.
func (m *machine) run(command string) (string, error) {
	for began := time.Now(); ; {
		out, err := exec.Command("ssh", append(m.sshArgs(), command)...).CombinedOutput()
		const notConnected = 255
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != notConnected || len(out) > 0 || m.off() || time.Since(began) > sshPatience {
			return strings.TrimSpace(string(out)), err
		}
		time.Sleep(time.Second)
	}
}

// sshArgs are what SSH wants to know, but for the command.
func (m *machine) sshArgs() []string {
	return []string{"-q", "-i", m.file("key"), "-p", fmt.Sprint(m.ssh), "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20", "-o", "BatchMode=yes", "root@127.0.0.1"}
}

// work is the processor time that QEMU has taken so far: other than time on the clock it does not depend on what else the
// computer does.
func (m *machine) work() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name before it may hold anything
	fields := strings.Fields(after)
	const user, system, perSecond = 11, 12, 100
	if len(fields) <= system {
		return 0
	}
	u, _ := strconv.Atoi(fields[user]) // the kernel writes numbers
	k, _ := strconv.Atoi(fields[system])
	return time.Duration(u+k) * time.Second / perSecond
}

// off tells whether the board is off.
func (m *machine) off() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}
