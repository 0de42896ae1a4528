package class1

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Checklist 58: distinctive ring and caller id in all forms modems have for them. Each golden file holds what a modem says
// and, below --, what becomes of it.
func TestChecklist58_CallerID(t *testing.T) {
	files, err := filepath.Glob("testdata/callerid/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said, want, _ := strings.Cut(string(text), "--\n")
		with(t, nil, func(b *bench) {
			script := ""
			for line := range strings.Lines(said) {
				script += "< " + line + ". 100ms\n"
			}
			b.script(script)
			var last Ring
			for {
				r, err := b.m.WaitRing(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if r.Count == 0 && r.Caller == (Caller{}) && r.Cadence == nil {
					break
				}
				last = r
			}
			got := describeRing(last)
			if *update {
				if err := os.WriteFile(file, []byte(said+"--\n"+got), 0o644); err != nil {
					b.Fatal(err)
				}
			} else if got != want {
				b.Errorf("%s: got\n%swant\n%s", file, got, want)
			}
		})
	}
}

func describeRing(r Ring) string {
	var s strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&s, "%s %s\n", name, value)
		}
	}
	line("rings", fmt.Sprint(r.Count))
	line("number", r.Caller.Number)
	line("name", r.Caller.Name)
	line("called", r.Caller.Called)
	if r.Caller.Withheld {
		s.WriteString("withheld\n")
	}
	if r.Caller.Unavailable {
		s.WriteString("unavailable\n")
	}
	line("date", r.Caller.Date)
	line("time", r.Caller.Time)
	line("pattern", r.Pattern)
	line("cadence", strings.Trim(fmt.Sprint(r.Cadence), "[]"))
	return s.String()
}

func TestRingsAreCountedAndForgotten(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("< RING\n. 6s\n< RING\n. 100ms\n< NMBR = 4711\n. 20s\n< RING")
		for i, want := range []struct {
			count  int
			number string
			at     time.Duration
		}{
			{1, "", 0}, {2, "", 6 * time.Second}, {2, "4711", 6100 * time.Millisecond},
			{0, "", 14 * time.Second},
			{1, "", 26100 * time.Millisecond},
		} {
			r, err := b.m.WaitRing(b.Context())
			if at := time.Since(b.begun); err != nil || r.Count != want.count || r.Caller.Number != want.number || at != want.at {
				b.Errorf("%d: %+v at %v, %v, want %+v", i, r, at, err, want)
			}
		}
	})
}

// A caller does not wait until the modem is ready again after the call before.
func TestRingDuringAReset(t *testing.T) {
	for _, script := range []string{
		"> END\n. 100ms\n< RING\n> ATE0V1Q0\n< OK",
		"> END\n> ATE0V1Q0\n< OK\n> ATZ\n. 1s\n< RING\n< OK",
	} {
		with(t, nil, func(b *bench) {
			b.script(script)
			if err := b.m.Reset(b.Context()); err != nil {
				b.Fatal(err)
			}
			begun := time.Now()
			if r, err := b.m.WaitRing(b.Context()); err != nil || r.Count != 1 || time.Since(begun) > 0 {
				b.Errorf("%+v after %v, %v, want a ring at once", r, time.Since(begun), err)
			}
		})
	}
}

func TestWaitRingEnds(t *testing.T) {
	with(t, nil, func(b *bench) {
		ctx, cancel := context.WithTimeout(b.Context(), 5*time.Hour)
		defer cancel()
		if _, err := b.m.WaitRing(ctx); !errors.Is(err, context.DeadlineExceeded) {
			b.Errorf("%v", err)
		}
		time.AfterFunc(time.Second, func() { b.port.Close() })
		if _, err := b.m.WaitRing(b.Context()); err == nil {
			b.Error("the modem is gone, and it is waited for")
		}
	})
}

func FuzzCallerIDMessage(f *testing.F) {
	f.Add("8014010831313230303830330206303330313233")
	f.Add("04083131323030383033")
	f.Add("80ff01")
	f.Fuzz(func(t *testing.T, digits string) {
		var r ring
		r.message(digits)
		if n := len(r.Caller.Number) + len(r.Caller.Name) + len(r.Caller.Called); n > len(digits) {
			t.Errorf("%d characters out of %d", n, len(digits))
		}
	})
}
