package typeset

import (
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// glyph is a shape to be drawn. Lengths are in ems, so that a text is shaped once for all sizes; y goes up.
type glyph struct {
	id      font.GID
	rune    int // the first character it stands for
	x, y    float32
	advance float32
}

// run are characters of one level, script and font, with their glyphs from left to right.
type run struct {
	from, to int // characters
	level    level
	face     *face // nil: a tab
	glyphs   []glyph
}

// shaped is a piece with all that is needed to set it in lines.
type shaped struct {
	piece
	base    level
	runs    []run
	advance []float32 // of each character, in ems; a cluster's is with its first
	starts  []bool    // a cluster begins at this character
	breaks  []breaking
}

// breaking is whether a line may end before a character.
type breaking uint8

const (
	never breaking = iota
	inNeed
	freely
)

// shape finds the glyphs of a piece. The fonts are locked.
func (f *Fonts) shape(p piece, s Style, base level) shaped {
	n := len(p.runes)
	t := shaped{piece: p, base: base, advance: make([]float32, n), starts: make([]bool, n+1), breaks: make([]breaking, n+1)}
	levels := levelsOf(p.runes, base)
	for from := 0; from < n; {
		to := from + 1
		if p.runes[from] == '\t' {
			t.runs = append(t.runs, run{from: from, to: to, level: levels[from]})
			t.starts[from] = true
			from = to
			continue
		}
		for to < n && levels[to] == levels[from] && p.runes[to] != '\t' {
			to++
		}
		f.shapeLevel(&t, s, from, to, levels[from])
		from = to
	}
	t.starts[n] = true
	f.findBreaks(&t)
	return t
}

// shapeLevel shapes characters of one level.
func (f *Fonts) shapeLevel(t *shaped, s Style, from, to int, l level) {
	direction := di.DirectionLTR
	if l%2 == 1 {
		direction = di.DirectionRTL
	}
	fonts := &chooser{fonts: f, style: s, chosen: make(map[*font.Face]*face)}
	for _, in := range f.split.Split(shaping.Input{
		Text: t.runes, RunStart: from, RunEnd: to, Direction: direction, Language: language.DefaultLanguage(),
	}, fonts) {
		in.Direction = direction
		chosen := fonts.chosen[in.Face]
		glyphs, err := f.glyphs(in, chosen)
		if err != nil {
			chosen = f.load(s.font())
			glyphs, _ = f.glyphs(in, chosen)
		}
		t.add(run{from: in.RunStart, to: in.RunEnd, level: l, face: chosen}, glyphs)
	}
}

// glyphs shapes a run in a font, with lengths in font units. An error says that the font is damaged.
func (f *Fonts) glyphs(in shaping.Input, with *face) (glyphs []shaping.Glyph, err error) {
	defer func() {
		if err != nil { // they may have stopped in the middle of something
			f.shaper, f.without = shaping.HarfbuzzShaper{}, nil
		}
	}()
	defer with.from.survive(&err)
	in.Face, in.Size = with.Face, fixed.I(int(with.em))
	return f.shaper.ShapeNoExtents(in).Glyphs, nil
}

// add appends a run with the glyphs that were found for it.
func (t *shaped) add(r run, found []shaping.Glyph) {
	ems := func(v fixed.Int26_6) float32 { return float32(float64(v) / 64 / r.face.em) }
	r.glyphs = make([]glyph, 0, len(found))
	for _, g := range found {
		at := min(max(g.TextIndex(), r.from), r.to-1)
		r.glyphs = append(r.glyphs, glyph{g.GlyphID, at, ems(g.XOffset), ems(g.YOffset), ems(g.Advance)})
		t.advance[at] += ems(g.Advance)
		t.starts[at] = true
	}
	t.runs = append(t.runs, r)
}

// findBreaks asks UAX 14 where lines may end; in need they end between any two clusters that UAX 29 takes for two letters.
func (f *Fonts) findBreaks(t *shaped) {
	f.breaks.Init(t.runes)
	for letters := f.breaks.GraphemeIterator(); letters.Next(); {
		t.allow(letters.Grapheme().Offset, inNeed)
	}
	for words := f.breaks.LineIterator(); words.Next(); {
		t.allow(words.Line().Offset, freely)
	}
}

func (t *shaped) allow(at int, b breaking) {
	if at > 0 && t.starts[at] {
		t.breaks[at] = b
	}
}
