package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"faxbox/fax/trace"
)

type traceCommand struct {
	File string `arg:"" help:"A trace that --trace wrote." type:"path"`
	AT   bool   `name:"at" help:"Show the AT lines too."`
}

// Run draws the call as a ladder: what we said goes right, what we heard comes left.
func (t traceCommand) Run(con console) error {
	f, err := os.Open(t.File)
	if err != nil {
		return hinted{err, "Name a file that --trace has written."}
	}
	defer f.Close() // only read
	if err := drawTrace(con.out, f, t.AT); err != nil {
		return hinted{fmt.Errorf("%s: %w", t.File, err), "Name a file that --trace has written."}
	}
	return nil
}

// drawTrace draws a trace as a ladder.
func drawTrace(w io.Writer, r io.Reader, at bool) error {
	entries, err := trace.Read(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%9s  %-34s      %s\n", "seconds", "we", "they")
	for _, e := range entries {
		if line := rung(e, at); line != "" {
			fmt.Fprintf(w, "%9.3f  %s\n", e.At.Seconds(), line)
		}
	}
	return nil
}

// rung is one line of the ladder, "" for what is not shown.
func rung(e trace.Entry, at bool) string {
	verb, rest, _ := strings.Cut(e.Text, " ")
	switch {
	case e.Kind == trace.Say && verb == "listen":
		return ""
	case e.Kind == trace.Say && verb == "hang":
		return e.Text
	case e.Kind == trace.Say && verb == "burst":
		return fmt.Sprintf("%-34s ──▶", mnemonics(rest))
	case e.Kind == trace.Say:
		return fmt.Sprintf("%-34s ══▶", e.Text)
	case e.Kind == trace.Hear && verb == "burst":
		_, frames, _ := strings.Cut(rest, " ")
		return fmt.Sprintf("%-34s ◀── %s", "", mnemonics(frames))
	case e.Kind == trace.Hear && verb == "carrier":
		_, octets, _ := strings.Cut(rest, " ")
		return fmt.Sprintf("%-34s ◀══ %s", "", octets)
	case e.Kind == trace.Hear:
		return fmt.Sprintf("%-34s  ·  %s", "", verb)
	case e.Kind == trace.Note:
		return "                                        · " + e.Text
	case at:
		return fmt.Sprintf("    %s %s", e.Kind, e.Text)
	}
	return ""
}

// mnemonics leaves the frames' names, and the contents of those that are short.
func mnemonics(burst string) string {
	burst, damaged := strings.CutPrefix(burst, "damaged")
	var names []string
	for _, f := range strings.Split(strings.TrimSpace(burst), ", ") {
		name, _, _ := strings.Cut(f, " ")
		if name != "" {
			names = append(names, name)
		}
	}
	if damaged {
		names = append(names, "(damaged)")
	}
	return strings.Join(names, " ")
}
