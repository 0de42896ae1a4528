// Package rig drives scripts/faxline, the telephone exchange with real modem audio: it builds and starts it, places and
// watches calls, and compares what arrived with what was sent. Tests use it, and the programs beneath it measure with it.
package rig

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Exchange is a running faxline. Its methods may be called from several goroutines.
type Exchange struct {
	Dir string // where its control socket, its log, the links to its modems and the received pages are
	cmd *exec.Cmd
	log logFile
}

// Top is the folder of go.mod.
func Top() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// faxlineDir is where the exchange's source is.
func faxlineDir() string { return filepath.Join(Top(), "scripts", "faxline") }

// Missing names what faxline needs and this machine has not, with the Debian package that has it; it is empty when
// nothing is missing.
func Missing() []string {
	var missing []string
	for _, tool := range []struct{ name, deb string }{{"gcc", "gcc"}, {"make", "make"}} {
		if _, err := exec.LookPath(tool.name); err != nil {
			missing = append(missing, tool.name+" ("+tool.deb+")")
		}
	}
	for _, header := range []struct{ pattern, deb string }{
		{"/usr/include/*/spandsp.h", "libspandsp-dev"},
		{"/usr/include/*/tiffio.h", "libtiff-dev"},
	} {
		if found, _ := filepath.Glob(header.pattern); found == nil { // the pattern is well-formed
			missing = append(missing, filepath.Base(header.pattern)+" ("+header.deb+")")
		}
	}
	return missing
}

// Start builds faxline and runs it with its files in dir, which must exist. Args are options of faxline beyond
// --control, --log, --at-trace and --sound-trace.
func Start(dir string, args ...string) (*Exchange, error) {
	if missing := Missing(); missing != nil {
		return nil, fmt.Errorf("faxline cannot be built without %s: install the packages in parentheses", strings.Join(missing, ", "))
	}
	if out, err := exec.Command("make", "-s", "-C", faxlineDir(), "faxline").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building faxline: %w\n%s", err, out)
	}
	x := &Exchange{Dir: dir}
	options := []string{"--control", x.Path("ctl"), "--log", x.Path("log.jsonl"), "--at-trace", "--sound-trace"}
	x.cmd = exec.Command(filepath.Join(faxlineDir(), "faxline"), slices.Concat(options, args)...)
	x.cmd.Stderr = os.Stderr
	out, err := x.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := x.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting faxline: %w", err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		return nil, errors.Join(fmt.Errorf("faxline did not start: %q: %w", line, err), x.Close())
	}
	return x, nil
}

// Path is the file of this name in the exchange's folder.
func (x *Exchange) Path(name string) string { return filepath.Join(x.Dir, name) }

// Close ends the exchange and all its calls. The log stays.
func (x *Exchange) Close() error {
	x.log.close()
	if err := x.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return x.cmd.Wait()
}

// Control gives the exchange a command (see its README) and returns the lines of the answer before its "ok", and what
// follows that word.
func (x *Exchange) Control(words ...string) (string, error) {
	return Control(x.Path("ctl"), 10*time.Second, words...)
}

// Control gives a command to the exchange that has this control socket. Patience is how long the answer may take.
func Control(socket string, patience time.Duration, words ...string) (string, error) {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return "", err
	}
	defer c.Close() // everything was read
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	command := strings.Join(words, " ")
	if _, err := fmt.Fprintln(c, command); err != nil {
		return "", err
	}
	var answer strings.Builder
	for r := bufio.NewScanner(c); r.Scan(); {
		line := r.Text()
		if rest, ok := strings.CutPrefix(line, "ok"); ok {
			answer.WriteString(strings.TrimSpace(rest))
			return answer.String(), nil
		}
		if reason, ok := strings.CutPrefix(line, "error"); ok {
			return "", fmt.Errorf("faxline: %s: %s", command, strings.TrimSpace(reason))
		}
		answer.WriteString(line + "\n")
	}
	return "", fmt.Errorf("faxline: %s: no answer", command)
}

// Wait waits until an endpoint is on hook and has nothing left to do, and returns the result of the machine's last call:
// "ok 0: OK".
func (x *Exchange) Wait(name string, patience time.Duration) (string, error) {
	return Control(x.Path("ctl"), patience+5*time.Second, "wait", name, strconv.Itoa(int(patience.Seconds())))
}

// Modem is the option of Start that adds a modem. Its pty is linked to as name in dir. Keys are more of its keys, as the
// README of faxline lists them: "cid=plain".
func Modem(dir, name, number string, keys ...string) []string {
	return []string{"--modem", endpoint(name, number, append(keys, "link="+filepath.Join(dir, name)))}
}

// Machine is the option of Start that adds a reference machine, which stores what it receives in dir.
func Machine(dir, name, number string, keys ...string) []string {
	return []string{"--machine", endpoint(name, number, append(keys, "dir="+dir))}
}

func endpoint(name, number string, keys []string) string {
	return strings.Join(append([]string{"name=" + name, "number=" + number}, keys...), ",")
}
