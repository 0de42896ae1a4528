package typeset

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
)

// line is a line as it is drawn. Lengths are in points.
type line struct {
	x      float64 // of its left end
	width  float64
	glyphs []placed
}

// placed is a glyph in its place: x from the left end of its line, y up from the baseline.
type placed struct {
	face *face
	id   font.GID
	x, y float32
}

const (
	// tabColumns is how many digits a tab stop is wide.
	tabColumns = 8
	// maxMissing is how many missing characters are named.
	maxMissing = 32
)

// flow sets at most so many lines of a text and says what is left of it.
func (f *Fonts) flow(text string, s Style, width float64, maxLines int) (b *Block, rest string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	set := setter{block: &Block{fonts: f, style: s}, width: width, maxLines: maxLines, tab: f.tab(s)}
	begins := true // a paragraph
	var base level
	for text != "" && len(set.block.lines) < maxLines {
		p := read(text)
		if begins {
			base = baseLevel(p.runes)
		}
		n := set.piece(f.shape(p, s, base))
		text, begins = text[n:], n == p.next && p.ended
	}
	return set.finish(), text
}

// tab is the width of a tab stop, in ems.
func (f *Fonts) tab(s Style) float32 {
	digits := f.load(s.font())
	zero, _ := digits.NominalGlyph('0')
	return tabColumns * digits.HorizontalAdvance(zero) / float32(digits.em)
}

// setter sets pieces in lines.
type setter struct {
	block    *Block
	width    float64 // points; none: 0 or less
	maxLines int
	tab      float32 // ems
	bases    []level // of each line
}

// piece sets the lines of a piece and says how far in the text it came. If the text goes on after the piece, so may its last
// line, which is left for the next piece unless it is the only one.
func (s *setter) piece(t shaped) int {
	n := len(t.runes)
	for from := 0; ; {
		to, tabs := s.fill(&t, from)
		if to == n && !t.ended && from > 0 {
			return t.offsets[from]
		}
		s.line(&t, from, to, tabs)
		if to == n {
			return t.next
		}
		if from = to; len(s.block.lines) == s.maxLines {
			return t.offsets[from]
		}
	}
}

// fill says which character no longer belongs to the line that begins at from, and how wide the tabs before it are, in
// ems. White space at the end of a line may stand out.
func (s *setter) fill(t *shaped, from int) (to int, tabs map[int]float32) {
	room := float32(s.width / s.block.style.size())
	var at float32
	free, need := -1, -1
	for i := from; i < len(t.runes); i++ {
		if i > from && t.breaks[i] != never {
			need = i
			if t.breaks[i] == freely {
				free = i
			}
		}
		advance := t.advance[i]
		if t.runes[i] == '\t' {
			if tabs == nil {
				tabs = make(map[int]float32)
			}
			advance = s.tab - mod(at, s.tab)
			tabs[i] = advance
		}
		at += advance
		if s.width <= 0 || at <= room+tolerance || unicode.IsSpace(t.runes[i]) {
			continue
		}
		switch {
		case free > 0:
			return free, tabs
		case need > 0:
			return need, tabs
		}
	}
	return len(t.runes), tabs
}

// tolerance is what rounding may add to the width of a line that just fits, in ems.
const tolerance = 1e-3

// mod is how far a is beyond the last multiple of b.
func mod(a, b float32) float32 { return a - float32(b*float32(int(a/b+tolerance))) }

// line appends a line to the block.
func (s *setter) line(t *shaped, from, to int, tabs map[int]float32) {
	for to > from && unicode.IsSpace(t.runes[to-1]) {
		to--
	}
	size := float32(s.block.style.size())
	var l line
	var pen float32
	for _, r := range t.visual(from, to) {
		if r.face == nil {
			pen += tabs[r.from]
			continue
		}
		for _, g := range r.glyphs {
			if g.rune < r.from || g.rune >= r.to {
				continue
			}
			if g.id == 0 {
				s.miss(t.runes[g.rune])
			}
			l.glyphs = append(l.glyphs, placed{r.face, g.id, (pen + g.x) * size, g.y * size})
			pen += g.advance
		}
	}
	l.width = float64(pen * size)
	s.block.lines = append(s.block.lines, l)
	s.bases = append(s.bases, t.base)
	s.block.width = max(s.block.width, l.width)
}

// visual are the runs of a line from left to right, cut to the line. Their glyphs are still all.
func (t *shaped) visual(from, to int) []run {
	var runs []run
	first := sort.Search(len(t.runs), func(i int) bool { return t.runs[i].to > from })
	for _, r := range t.runs[first:] {
		if r.from >= to {
			break
		}
		r.from, r.to = max(r.from, from), min(r.to, to)
		runs = append(runs, r)
	}
	reorder(runs, func(r run) level { return r.level })
	return runs
}

func (s *setter) miss(r rune) {
	if b := s.block; len(b.missing) < maxMissing && !slices.Contains(b.missing, r) {
		b.missing = append(b.missing, r)
	}
}

// finish moves lines to their places.
func (s *setter) finish() *Block {
	slices.Sort(s.block.missing)
	width := s.width
	if width <= 0 {
		width = s.block.width
	}
	for i := range s.block.lines {
		l := &s.block.lines[i]
		switch a := s.block.style.Align; {
		case a == Right, a == Start && s.bases[i] == 1:
			l.x = width - l.width
		case a == Centre:
			l.x = (width - l.width) / 2
		}
		l.crop(width, s.block.style.size())
	}
	return s.block
}

// crop leaves out what is more than an em outside the width: of a letter that is wider than the line, and no other.
func (l *line) crop(width, em float64) {
	if l.width <= width {
		return
	}
	l.glyphs = slices.DeleteFunc(l.glyphs, func(g placed) bool {
		at := l.x + float64(g.x)
		return at < -em || at > width
	})
}

const ellipsis = '…'

// oneLine shapes the beginning of a text, with line ends and tabs made spaces.
func (f *Fonts) oneLine(text string, s Style) shaped {
	p := read(strings.Map(func(r rune) rune {
		if r == '\t' || ends(r) {
			return ' '
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n")))
	return f.shape(p, s, baseLevel(p.runes))
}

// width is that of all characters, in ems.
func (t *shaped) width() float64 {
	var sum float64
	for _, advance := range t.advance {
		sum += float64(advance)
	}
	return sum
}

// line sets a text in one line, cut if it must be.
func (f *Fonts) line(t shaped, s Style, width float64) *Block {
	if t.ended && t.width()*s.size() <= width {
		return f.single(t, s)
	}
	room := width/s.size() - f.ellipsis(s)
	// An Arabic letter may become wider when it is the last one: a few tries more are enough.
	for tries := 0; ; tries++ {
		short := piece{runes: append(slices.Clone(t.runes[:t.within(room)]), ellipsis)}
		b := f.single(f.shape(short, s, t.base), s)
		over := b.width - width
		if !(over > 0) || room < 0 || tries == maxTries {
			return b
		}
		room -= over / s.size()
	}
}

// single sets a text in one line, however wide it gets.
func (f *Fonts) single(t shaped, s Style) *Block {
	set := setter{block: &Block{fonts: f, style: s}}
	if len(t.runes) > 0 {
		set.line(&t, 0, len(t.runes), nil)
	}
	return set.finish()
}

const maxTries = 8

// within is how many characters are no wider than so many ems together, without white space at the end.
func (t *shaped) within(room float64) int {
	fits, at := 0, 0.0
	for i, advance := range t.advance {
		if t.breaks[i] != never && at <= room {
			fits = i
		}
		at += float64(advance)
	}
	for fits > 0 && unicode.IsSpace(t.runes[fits-1]) {
		fits--
	}
	return fits
}

// ellipsis is the width of one, in ems.
func (f *Fonts) ellipsis(s Style) float64 {
	return float64(f.shape(piece{runes: []rune{ellipsis}}, s, 0).advance[0])
}
