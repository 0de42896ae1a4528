// Testlog reads what `go test -json` prints and says what is worth reading of it: the packages, what failed tests printed,
// and which tests were skipped and why. With a file as argument it adds the names of the skipped tests to it, one a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	skipped := io.Discard
	if len(os.Args) > 1 {
		f, err := os.OpenFile(os.Args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			log.Fatal(err)
		}
		defer f.Close()
		skipped = f
	}
	if err := tell(os.Stdin, os.Stdout, skipped); err != nil {
		log.Fatal(err)
	}
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// tell reads events to their end. A line that is no event is passed on as it is.
func tell(events io.Reader, out, skipped io.Writer) error {
	printed := map[string]*strings.Builder{} // by package and test
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(out, "%s", line)
			} else {
				e.tell(printed, out, skipped)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (e event) tell(printed map[string]*strings.Builder, out, skipped io.Writer) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		if printed[key] == nil {
			printed[key] = &strings.Builder{}
		}
		printed[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		text := ""
		if b := printed[key]; b != nil {
			text = b.String()
		}
		delete(printed, key)
		if e.Test == "" {
			text = e.unended(printed) + text
		}
		e.end(text, out, skipped)
	}
}

// unended is what those tests of the package printed that had not ended when it did: one of them hung, or brought it down.
func (e event) unended(printed map[string]*strings.Builder) string {
	all := ""
	for _, key := range slices.Sorted(maps.Keys(printed)) {
		if strings.HasPrefix(key, e.Package+"\x00") {
			all += printed[key].String()
			delete(printed, key)
		}
	}
	return all
}

// end tells the end of a test or, when it has no name, of a package.
func (e event) end(text string, out, skipped io.Writer) {
	switch {
	case e.Test == "" && e.Action == "skip": // a package without tests
	case e.Action == "fail":
		fmt.Fprint(out, text)
	case e.Test == "":
		fmt.Fprintf(out, "ok  %-40s %7.1f s\n", e.Package, e.Elapsed)
	case e.Action == "skip":
		fmt.Fprintf(out, "    skipped %s: %s\n", e.Test, reason(text))
		fmt.Fprintln(skipped, e.Test)
	}
}

// reason is what a skipped test printed last before the line that tells its end.
func reason(text string) string {
	why := "no reason given"
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			why = line
		}
	}
	return why
}
