package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"faxbox/fax"
	"faxbox/fax/trace"
	"faxbox/web/text"
)

// trees are the templates as they are parsed, by name.
func trees(t *testing.T) map[string]*parse.Tree {
	t.Helper()
	all := map[string]*parse.Tree{}
	names, err := fs.Glob(pageFiles, "page/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(string(content), "{{", "}}", all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// walk visits all nodes.
func walk(n parse.Node, visit func(parse.Node)) {
	visit(n)
	branch := func(b parse.BranchNode) {
		walk(b.Pipe, visit)
		walk(b.List, visit)
		if b.ElseList != nil {
			walk(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walk(child, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	case *parse.IfNode:
		branch(n.BranchNode)
	case *parse.RangeNode:
		branch(n.BranchNode)
	case *parse.WithNode:
		branch(n.BranchNode)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, visit)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			walk(arg, visit)
		}
	}
}

var (
	tag     = regexp.MustCompile(`(?s)<[^>]*>`)
	inWords = regexp.MustCompile(`(?:title|placeholder|aria-label|alt|data-ask)="([^"]*)"`)
	word    = regexp.MustCompile(`\p{L}{2,}`)
)

// No template holds words of its own: they would be English for everybody.
func TestTemplatesHoldNoWords(t *testing.T) {
	for name, tree := range trees(t) {
		if name == "described" { // attributes of a tag
			continue
		}
		var page strings.Builder
		walk(tree.Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.TextNode:
				page.Write(n.Text)
			case *parse.ActionNode, *parse.TemplateNode:
				page.WriteString("0") // what it becomes is somebody else's
			}
		})
		source := page.String()
		for _, m := range inWords.FindAllStringSubmatch(source, -1) {
			if word.MatchString(m[1]) {
				t.Errorf("%s: the attribute %s has words of its own", name, m[0])
			}
		}
		if found := word.FindString(tag.ReplaceAllString(source, " ")); found != "" {
			t.Errorf("%s has the word %q of its own", name, found)
		}
	}
}

// keysUsed are the keys that templates use: whole ones, and beginnings of those that are put together.
func keysUsed(t *testing.T) (whole, begun []string) {
	t.Helper()
	for _, tree := range trees(t) {
		walk(tree.Root, func(n parse.Node) {
			c, ok := n.(*parse.CommandNode)
			if !ok || len(c.Args) < 2 {
				return
			}
			f, ok := c.Args[0].(*parse.IdentifierNode)
			if !ok || f.Ident != "t" && f.Ident != "count" && f.Ident != "print" {
				return
			}
			s, ok := c.Args[1].(*parse.StringNode)
			switch {
			case !ok:
			case f.Ident == "t":
				whole = append(whole, s.Text)
			case f.Ident == "count":
				whole = append(whole, s.Text+".one", s.Text+".other")
			case strings.HasSuffix(s.Text, "."):
				begun = append(begun, s.Text)
			}
		})
	}
	return whole, begun
}

func TestTemplatesSayWhatThereIs(t *testing.T) {
	languages, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	base := languages[0]
	whole, begun := keysUsed(t)
	if len(whole) < 100 || len(begun) < 5 {
		t.Fatalf("only %d keys and %d beginnings were found", len(whole), len(begun))
	}
	for _, key := range whole {
		if !base.Has(key) {
			t.Errorf("there is no text %s", key)
		}
	}
	for _, sections := range [][]section{serverSections, timeSections, portSections, mailSections} {
		for _, s := range sections {
			if !base.Has("group." + s.name) {
				t.Errorf("there is no text group.%s", s.name)
			}
			for _, in := range s.inputs {
				if !base.Has(in.Words()) {
					t.Errorf("there is no text %s", in.Words())
				}
			}
		}
	}
	for _, c := range fax.Causes() {
		if !base.Has("cause." + c.String()) {
			t.Errorf("there is no text cause.%s", c)
		}
	}
	// Nobody writes texts that nobody says.
	sources := goSources(t)
	for _, key := range base.Keys() {
		put := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
		switch {
		case put("said."), slices.Contains(whole, key), slices.ContainsFunc(begun, put):
		case slices.ContainsFunc([]string{"problem.", "done.", "page.", "field.", "group.", "time.", "size.", "weekday.", "month.",
			"phase.", "frame.", "ladder.", "language.", "nav.", "about.", "object.", "did.", "job."}, put): // put together in Go
		case strings.Contains(sources, `"`+key+`"`):
		default:
			t.Errorf("nobody says %s", key)
		}
	}
}

// goSources are the sources of the package, without its tests.
func goSources(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			content, err := os.ReadFile(e.Name())
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
	}
	return all.String()
}

var iconUse = regexp.MustCompile(`\{\{icon "([a-z]+)"\}\}|"icon" "([a-z]+)"`)

func TestIconsAreDrawn(t *testing.T) {
	drawn, err := fs.ReadFile(assetFiles, "asset/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	names, _ := fs.Glob(pageFiles, "page/*.html")
	for _, name := range names {
		content, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range iconUse.FindAllStringSubmatch(string(content), -1) {
			if icon := m[1] + m[2]; !strings.Contains(string(drawn), `id="`+icon+`"`) {
				t.Errorf("%s: there is no icon %s", name, icon)
			}
		}
	}
}

func testWords(t *testing.T, tag string) words {
	t.Helper()
	languages, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return words{languages.Choose(tag, ""), time.UTC}
}

func TestLasted(t *testing.T) {
	w := testWords(t, "en")
	for s, want := range map[fax.Seconds]string{0: "0:00", 7.9: "0:07", 61: "1:01", 751: "12:31", 3723: "1:02:03"} {
		if got := w.lasted(s); got != want {
			t.Errorf("%v s: %s, want %s", s, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	w := testWords(t, "de")
	for n, want := range map[int64]string{0: "0 Byte", 1023: "1023 Byte", 2048: "2 kB", 11 << 20: "11 MB"} {
		if got := w.size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestBarOf(t *testing.T) {
	for _, row := range []struct {
		start, end string
		want       []piece
	}{
		{"08:00", "10:30", []piece{{480, 150}}},
		{"20:00", "07:00", []piece{{0, 420}, {1200, 240}}},
		{"00:00", "00:00", []piece{{0, 1440}}},
	} {
		var p fax.Period
		if err := p.Start.UnmarshalText([]byte(row.start)); err != nil {
			t.Fatal(err)
		}
		if err := p.End.UnmarshalText([]byte(row.end)); err != nil {
			t.Fatal(err)
		}
		if got := barOf(p); !slices.Equal(got, row.want) {
			t.Errorf("%s to %s: %v, want %v", row.start, row.end, got, row.want)
		}
	}
}

const recorded = `faxbox trace 1
      0 at>  ATDT100
   9510 at<  CONNECT
   9510 say  listen burst
  11440 hear burst +0 CSI ff03403030312030332039342b20202020202020202020, DIS ff138000eefac4819f03
  11440 note identified: "+49 30 100"
  11440 say  burst TSI ff03433130312030332039342b20202020202020202020, DCS ff13830062f0c401
  11440 say  tcf V.17 14400, 2701 octets
  17740 hear burst +225 CFR ff1384
  17740 say  ecm V.17 14400 short, 20209 octets
  17740 say  burst PPS ff13bf4f000048
  31777 hear burst +205 damaged MCF ff138c
  33000 hear silence +3000
  44455 say  burst DCN ff13fb
  44455 say  hang up
  45705 note ok
`

func TestLadder(t *testing.T) {
	entries, err := trace.Read(strings.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	w := testWords(t, "en")
	l := draw(entries, w.Language)
	var got []string
	for _, r := range l.Rungs {
		got = append(got, r.Clock+" "+r.Side+" "+r.Kind+" "+r.Text)
	}
	want := []string{
		"0.00 we line dials 100", "11.44 they frames CSI DIS", `11.44 note note identified: "+49 30 100"`, "11.44 we frames TSI DCS",
		"11.44 we image TCF V.17 14400, 2701 octets", "17.74 they frames CFR", "17.74 we image page: ecm V.17 14400 short, 20209 octets",
		"17.74 we frames PPS", "31.78 they damaged MCF (damaged)", "33.00 note silence nothing was heard", "44.45 we frames DCN",
		"44.45 note note on hook", "45.70 note note ok",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var phases string
	for i, b := range l.Bands {
		phases += b.Phase
		if b.Y+b.End > l.Height || b.End <= 0 || i > 0 && b.Y != l.Bands[i-1].Y+l.Bands[i-1].End {
			t.Errorf("phase %s lies from %d to %d of %d", b.Phase, b.Y, b.Y+b.End, l.Height)
		}
	}
	if phases != "ABCDE" {
		t.Errorf("phases %s", phases)
	}
}

// Whatever a trace holds, a ladder of it is drawn, and is not endless.
func FuzzLadder(f *testing.F) {
	f.Add(recorded)
	f.Add("faxbox trace 1\n 1 hear burst +0 damaged \n 2 say \n 3 note \n 4 hear  \n 5 say burst ,, ,\n")
	languages, err := text.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, record string) {
		entries, err := trace.Read(strings.NewReader(record))
		if err != nil {
			return
		}
		if l := draw(entries, languages[0]); len(l.Rungs) > mostRungs || l.Height < ladderTop {
			t.Errorf("%d rungs, height %d", len(l.Rungs), l.Height)
		}
	})
}

func TestDayNumber(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// The 25th has 25 hours: the clocks go back.
	before := time.Date(2026, 10, 24, 23, 59, 0, 0, berlin)
	after := time.Date(2026, 10, 26, 0, 1, 0, 0, berlin)
	if got := dayNumber(after) - dayNumber(before); got != 2 {
		t.Errorf("%d days, want 2", got)
	}
}

// Every state of a job has a name in the office's words.
func TestJobStates(t *testing.T) {
	languages, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		for _, s := range []fax.QueueStatus{fax.Pending, fax.InProgress, fax.Failed, fax.Paused, fax.NoLine, fax.Retrying,
			fax.RetriesExceeded, fax.Finished, fax.Aborted, fax.Deleting, fax.BeingRouted} {
			if word := (words{Language: l}).jobState(s); strings.HasPrefix(word, "[") {
				t.Errorf("%s has no word for %s", l.Tag, s)
			}
		}
	}
}
