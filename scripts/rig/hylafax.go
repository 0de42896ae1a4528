package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// HylaFAX is a HylaFAX with a spool of its own in the exchange's folder, on one of its modems. Nothing of an installed
// one is touched or started.
type HylaFAX struct {
	x     *Exchange
	name  string // of the modem
	spool string
	dev   string // the modem's name as a device
	port  int    // of hfaxd
	ran   []*exec.Cmd
}

// hylaPatience is how long a call of HylaFAX may take.
const hylaPatience = 15 * time.Minute

// HylaFAXMissing says why HylaFAX cannot be run here; it is empty when it can.
func HylaFAXMissing() string {
	for _, need := range []struct{ path, deb string }{
		{"/usr/sbin/faxgetty", "hylafax-server"}, {"/usr/bin/sendfax", "hylafax-client"},
		{"/etc/hylafax/setup.cache", "hylafax-server, then faxsetup -nointeractive"},
	} {
		if _, err := os.Stat(need.path); err != nil {
			return "no " + need.path + ": install " + need.deb
		}
	}
	if os.Getuid() != 0 {
		return "its daemons start as root"
	}
	return ""
}

// HylaFAXModem is the option of Start that adds a modem for HylaFAX, which wants its modems in /dev.
func HylaFAXModem(name, number string) []string {
	return []string{"--modem", endpoint(name, number, []string{"link=/dev/" + hylaDevice(name)})}
}

func hylaDevice(name string) string { return fmt.Sprintf("ttyFAXLINE%d%s", os.Getpid(), name) }

// StartHylaFAX runs HylaFAX on a modem that HylaFAXModem added.
func (x *Exchange) StartHylaFAX(name, number string) (*HylaFAX, error) {
	h := &HylaFAX{x: x, name: name, spool: x.Path("spool-" + name), dev: hylaDevice(name)}
	if err := h.makeSpool(number); err != nil {
		return nil, fmt.Errorf("the spool of HylaFAX: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	h.port = port
	if err := h.run(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *HylaFAX) run() error {
	if err := h.spawn("/usr/sbin/faxq", "-D", "-q", h.spool); err != nil {
		return err
	}
	if err := await(10*time.Second, "the FIFO of faxq", func() bool {
		_, err := os.Stat(filepath.Join(h.spool, "FIFO"))
		return err == nil
	}); err != nil {
		return err
	}
	if err := h.spawn("/usr/sbin/hfaxd", "-d", "-q", h.spool, "-l", "127.0.0.1", "-i", fmt.Sprint(h.port)); err != nil {
		return err
	}
	if err := h.spawn("/usr/sbin/faxgetty", "-q", h.spool, "/dev/"+h.dev); err != nil {
		return err
	}
	return h.awaitIdle()
}

// spawn starts a daemon; what it prints goes to a file of the spool.
func (h *HylaFAX) spawn(program string, args ...string) error {
	out, err := os.Create(filepath.Join(h.spool, filepath.Base(program)+".out"))
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	h.ran = append(h.ran, cmd)
	return nil
}

// Close ends what StartHylaFAX started.
func (h *HylaFAX) Close() error {
	for _, cmd := range slices.Backward(h.ran) {
		_ = cmd.Process.Signal(os.Interrupt) // it may be gone already
		done := make(chan struct{})
		go func() {
			_ = cmd.Wait() // how a daemon ends does not matter
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	}
	return nil
}

func (h *HylaFAX) awaitIdle() error {
	return await(60*time.Second, "an idle HylaFAX", func() bool {
		text, err := os.ReadFile(filepath.Join(h.spool, "status", h.dev))
		return err == nil && strings.Contains(string(text), "Running and idle")
	})
}

// Send sends a file of docs.sh to a number, and returns the event of the call's end.
func (h *HylaFAX) Send(file, number string) (Event, error) {
	if err := h.awaitIdle(); err != nil {
		return Event{}, err
	}
	resolution := "-m"
	if strings.Contains(filepath.Base(file), "-std") {
		resolution = "-l"
	}
	before, err := h.x.Events()
	if err != nil {
		return Event{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sendfax", "-n", "-N", resolution, "-t", "1", "-T", "1",
		"-h", fmt.Sprintf("localhost:%d", h.port), "-d", number, file)
	cmd.Env = append(os.Environ(), "FAXUSER=root")
	if out, err := cmd.CombinedOutput(); err != nil {
		return Event{}, fmt.Errorf("sendfax: %w\n%s", err, out)
	}
	e, _, err := h.x.AwaitCall(len(before), h.name, hylaPatience)
	return e, err
}

// Receive lets a machine send a file to HylaFAX, with options of the control command send, and returns the event of the
// call's end and the file in which HylaFAX keeps what it received.
func (h *HylaFAX) Receive(machine, number, file string, options ...string) (Event, string, error) {
	if err := h.awaitIdle(); err != nil {
		return Event{}, "", err
	}
	before, err := h.x.Events()
	if err != nil {
		return Event{}, "", err
	}
	if _, err := h.x.Control(append([]string{"send", machine, number, file}, options...)...); err != nil {
		return Event{}, "", err
	}
	e, _, err := h.x.AwaitCall(len(before), machine, hylaPatience)
	if err != nil {
		return e, "", err
	}
	if err := h.awaitIdle(); err != nil {
		return e, "", err
	}
	got, err := filepath.Glob(filepath.Join(h.spool, "recvq", "fax*.tif"))
	if err != nil {
		return e, "", err
	}
	if got == nil {
		return e, "", errors.New("HylaFAX kept nothing of the call")
	}
	return e, slices.Max(got), nil
}

// freePort finds a TCP port of which the one below is free as well: hfaxd takes both.
func freePort() (int, error) {
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		below, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port-1))
		_ = l.Close() // nothing was accepted
		if err == nil {
			_ = below.Close()
			return port, nil
		}
	}
	return 0, errors.New("no two free TCP ports beside each other")
}

// await waits until something is so.
func await(patience time.Duration, what string, so func() bool) error {
	for end := time.Now().Add(patience); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("waited %v in vain for %s", patience, what)
		}
	}
	return nil
}

func (h *HylaFAX) makeSpool(number string) error {
	for _, d := range strings.Fields("archive client config dev docq doneq etc info log pollq recvq sendq status tmp") {
		if err := os.MkdirAll(filepath.Join(h.spool, d), 0o755); err != nil {
			return err
		}
	}
	for _, from := range []string{"/var/spool/hylafax/bin", "/etc/hylafax/."} {
		to := h.spool
		if strings.HasPrefix(from, "/etc") {
			to = filepath.Join(h.spool, "etc")
		}
		if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	class1, err := class1Defaults()
	if err != nil {
		return err
	}
	files := map[string]string{
		"etc/hosts.hfaxd":     "^localhost$\n127.0.0.1\n^.*$:::\n",
		"etc/config":          hylaConfig,
		"etc/config." + h.dev: fmt.Sprintf(hylaDeviceConfig, number) + class1,
		"etc/dialrules":       "Any-digits = [0-9]+\nCanonicalNumber := [\n]\nDialString := [\n]\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(h.spool, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, hook := range []string{"bin/faxrcvd", "bin/notify"} { // no mail
		path := filepath.Join(h.spool, hook)
		_ = os.Remove(path) // it may be a link to elsewhere
		if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
			return err
		}
	}
	if out, err := exec.Command("chown", "-R", "uucp:uucp", h.spool).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return openWay(h.spool)
}

// openWay lets other users, as which the daemons run, reach a folder.
func openWay(dir string) error {
	for dir = filepath.Dir(dir); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// class1Defaults are the settings for Class 1 modems that HylaFAX comes with.
func class1Defaults() (string, error) {
	text, err := os.ReadFile("/var/spool/hylafax/config/class1")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		setting, _, _ := strings.Cut(line, "#")
		if strings.HasPrefix(setting, "Class1") {
			b.WriteString(strings.TrimSpace(setting) + "\n")
		}
	}
	return b.String(), nil
}

const hylaConfig = `LogFacility: daemon
CountryCode: 49
AreaCode: 30
LongDistancePrefix: 0
InternationalPrefix: 00
DialStringRules: etc/dialrules
ServerTracing: 0xFFF
UseJobTSI: true
PageChop: none
`

const hylaDeviceConfig = `CountryCode: 49
AreaCode: 30
FAXNumber: +49.30.%s
LongDistancePrefix: 0
InternationalPrefix: 00
DialStringRules: etc/dialrules
ServerTracing: 0xFFF
SessionTracing: 0xFFF
RecvFileMode: 0644
LogFileMode: 0644
DeviceMode: 0666
RingsBeforeAnswer: 1
SpeakerVolume: off
LocalIdentifier: "HylaFAX"
TagLineFormat: ""
ModemType: Class1
ModemRate: 115200
ModemFlowControl: rtscts
Class1ECMSupport: yes
Class1ECMFrameSize: 256
`
