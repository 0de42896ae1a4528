package typeset

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// At 3.85 lines a millimetre a letter of 8 points has six lines between the baseline and the top of an x, and a horizontal
// stroke is thinner than one of them: drawn where it lies, it comes out as no line or as two, whichever it happens to fall on.
// So letters are stretched a little, up and down only, until each horizontal stroke fills whole lines, one at least, and
// letters of one height end on one line. Fonts bring instructions for that, in a language that nobody here speaks; finding
// the strokes in the outline serves every font.

// Lengths in ems.
const (
	columnWidth   = 0.02 // from one probe of an outline to the next
	maxColumns    = 128
	thickest      = 0.19 // horizontal stroke
	flat          = 0.02 // how far a stroke may rise or fall
	shortest      = 0.07 // stroke
	squat         = 0.7  // what is shorter than this times its thickness is no stroke
	zoneReach     = 0.025
	narrowest     = 0.02 // white that must be seen
	maxStrokes    = 16
	maxStrokeMove = 1 // lines, so that letters with more strokes than lines stay in their place
)

// span is what a column of a letter has black, from bottom to top. y goes up.
type span struct{ bottom, top float64 }

// stroke is a horizontal stroke of a letter.
type stroke struct {
	span
	support int  // columns
	reach   span // of all columns that are like it: an arch rises above where most of it is
}

// zone is a height at which letters of a font end, at the bottom or at the top, round ones a little beyond.
type zone struct {
	y   float64
	top bool
}

// at is the line of a zone, counted up from the baseline. Below five lines an e has no room for its three strokes: so small
// letters rather become a little larger.
func (z zone) at(lines float64) float64 {
	const few, rather = 5, 0.2
	at := float64(z.y * lines) // never fused with what follows: pages are the same on every machine
	if z.top && at < few {
		at += rather
	}
	return math.Round(at)
}

// zonesOf are those of a font: baseline and descenders, tops of small letters, capitals and ascenders.
func zonesOf(f *font.Face, em float64) []zone {
	zones := []zone{{0, false}}
	for _, z := range []struct {
		like rune
		top  bool
	}{{'x', true}, {'H', true}, {'d', true}, {'p', false}, {'ה', true}} {
		id, ok := f.NominalGlyph(z.like)
		outline, drawn := f.GlyphDataOutline(id)
		if !ok || !drawn || len(outline.Segments) == 0 {
			continue
		}
		extent := span{math.Inf(1), math.Inf(-1)}
		for _, s := range outline.Segments {
			for _, a := range s.Args[:points(s.Op)] {
				extent.bottom, extent.top = min(extent.bottom, float64(a.Y)/em), max(extent.top, float64(a.Y)/em)
			}
		}
		if z.top {
			zones = append(zones, zone{extent.top, true})
		} else {
			zones = append(zones, zone{extent.bottom, false})
		}
	}
	return zones
}

// edge is a piece of an outline, in ems.
type edge struct{ x0, y0, x1, y1 float64 }

// edgesOf are the edges of an outline in font units, curves as a few straight ones.
func edgesOf(segments []opentype.Segment, em float64) []edge {
	const pieces = 6
	var edges []edge
	var start, at [2]float64
	to := func(x, y float64) {
		edges = append(edges, edge{at[0], at[1], x, y})
		at = [2]float64{x, y}
	}
	for _, s := range segments {
		var p [3][2]float64
		for i, a := range s.Args {
			p[i] = [2]float64{float64(a.X) / em, float64(a.Y) / em}
		}
		from := at
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			to(start[0], start[1])
			start, at = p[0], p[0]
		case opentype.SegmentOpLineTo:
			to(p[0][0], p[0][1])
		case opentype.SegmentOpQuadTo:
			for i := 1; i <= pieces; i++ {
				t := float64(i) / pieces
				a, b, c := (1-t)*(1-t), 2*t*(1-t), t*t
				on := func(n int) float64 { return float64(a*from[n]) + float64(b*p[0][n]) + float64(c*p[1][n]) }
				to(on(0), on(1))
			}
		case opentype.SegmentOpCubeTo:
			for i := 1; i <= pieces; i++ {
				t := float64(i) / pieces
				a, b, c, d := (1-t)*(1-t)*(1-t), 3*t*(1-t)*(1-t), 3*t*t*(1-t), t*t*t
				on := func(n int) float64 {
					return float64(a*from[n]) + float64(b*p[0][n]) + float64(c*p[1][n]) + float64(d*p[2][n])
				}
				to(on(0), on(1))
			}
		}
	}
	to(start[0], start[1])
	return edges
}

// spansOf probes a letter from left to right.
func spansOf(edges []edge) (spans []span) {
	left, right := math.Inf(1), math.Inf(-1)
	for _, e := range edges {
		left, right = min(left, e.x0), max(right, e.x0)
	}
	type crossing struct {
		y    float64
		wind int
	}
	var crossings []crossing
	columns := min(maxColumns, int((right-left)/columnWidth))
	for n := range columns {
		x := left + (float64(n)+0.5)*(right-left)/float64(columns)
		crossings = crossings[:0]
		for _, e := range edges {
			if (e.x0 <= x) == (e.x1 <= x) {
				continue
			}
			wind := 1
			if e.x0 > e.x1 {
				wind = -1
			}
			crossings = append(crossings, crossing{e.y0 + (e.y1-e.y0)*(x-e.x0)/(e.x1-e.x0), wind})
		}
		slices.SortFunc(crossings, func(a, b crossing) int { return cmp.Compare(a.y, b.y) })
		wind := 0
		for i, c := range crossings {
			if wind != 0 {
				last := len(spans) - 1
				spans[last].top = c.y
			}
			before := wind
			wind += c.wind
			if before == 0 && wind != 0 && i+1 < len(crossings) {
				spans = append(spans, span{c.y, c.y})
			}
		}
	}
	return spans
}

// strokesOf are the horizontal strokes of a letter, from bottom to top, none overlapping another.
func strokesOf(spans []span) []stroke {
	thin := slices.DeleteFunc(slices.Clone(spans), func(s span) bool { return s.top-s.bottom > thickest })
	var strokes []stroke
	for len(strokes) < maxStrokes {
		var best stroke
		for _, seed := range thin {
			support, reach := 0, seed
			for _, s := range thin {
				if like(s, seed) {
					support++
					reach = span{min(reach.bottom, s.bottom), max(reach.top, s.top)}
				}
			}
			// A dot may be a stroke, but not what is much higher than long: a comma, for one.
			if support > best.support && float64(support)*columnWidth >= max(shortest, squat*(seed.top-seed.bottom)) {
				best = stroke{seed, support, reach}
			}
		}
		if best.support == 0 {
			break
		}
		strokes = append(strokes, best)
		thin = slices.DeleteFunc(thin, func(s span) bool { return s.bottom < best.top+flat && s.top > best.bottom-flat })
	}
	slices.SortFunc(strokes, func(a, b stroke) int { return cmp.Compare(a.bottom, b.bottom) })
	return strokes
}

func like(a, b span) bool { return math.Abs(a.bottom-b.bottom) < flat && math.Abs(a.top-b.top) < flat }

// knot says where a height of a letter, in ems, is drawn, in lines above the baseline.
type knot struct{ y, line float64 }

// fitted says how to stretch a letter at so many lines an em. The knots rise.
func fitted(spans []span, zones []zone, lines float64) []knot {
	var knots []knot
	strokes := strokesOf(spans)
	for i := range strokes {
		strokes[i].extend(zones)
	}
	for _, s := range place(strokes, zones, lines) {
		knots = append(knots, knot{s.bottom, float64(s.line)}, knot{s.top, float64(s.line + s.thick)})
	}
	for _, z := range zones {
		if z.reached(spans) {
			knots = insert(knots, knot{z.y, z.at(lines)})
		}
	}
	for _, w := range whites(spans) {
		knots = part(knots, w, lines)
	}
	return knots
}

// whites are the bands without any black between parts of a letter, such as an accent and what is beneath it. Their bottom
// is where the lower part ends.
func whites(spans []span) (bands []span) {
	sorted := slices.SortedFunc(slices.Values(spans), func(a, b span) int { return cmp.Compare(a.bottom, b.bottom) })
	for i, end := 0, math.Inf(1); i < len(sorted); i++ {
		if sorted[i].bottom > end {
			bands = append(bands, span{end, sorted[i].bottom})
		}
		if i == 0 || sorted[i].top > end {
			end = sorted[i].top
		}
	}
	return bands
}

// part moves what is above a white band up until a white line is left.
func part(knots []knot, white span, lines float64) []knot {
	const nearly = 0.2
	// A line of which less is covered than the threshold is white.
	above := math.Floor(stretch(knots, white.bottom, lines)+1-threshold/255.0) + 1
	now := stretch(knots, white.top, lines)
	if now > above-nearly || white.top-white.bottom < narrowest {
		return knots
	}
	first, _ := slices.BinarySearchFunc(knots, white.top, func(k knot, y float64) int { return cmp.Compare(k.y, y) })
	for i := range knots[first:] {
		knots[first+i].line += math.Ceil(above - now)
	}
	return slices.Insert(knots, first, knot{white.top, above})
}

// extend moves a stroke that ends a letter to where the letter really ends.
func (s *stroke) extend(zones []zone) {
	for _, z := range zones {
		switch {
		case !z.touched(s.reach):
		case z.top:
			s.span = span{s.bottom + s.reach.top - s.top, s.reach.top}
			return
		default:
			s.span = span{s.reach.bottom, s.top + s.reach.bottom - s.bottom}
			return
		}
	}
}

// reached reports whether a letter ends in a zone with more than a corner.
func (z zone) reached(spans []span) bool {
	support := 0
	for _, s := range spans {
		if z.touched(s) {
			support++
		}
	}
	return float64(support)*columnWidth >= shortest/2
}

// touched reports whether a span ends in a zone.
func (z zone) touched(s span) bool {
	if z.top {
		return math.Abs(s.top-z.y) < zoneReach
	}
	return math.Abs(s.bottom-z.y) < zoneReach
}

// insert adds a knot unless it would turn letters upside down, or is as good as there.
func insert(knots []knot, k knot) []knot {
	at, _ := slices.BinarySearchFunc(knots, k, func(a, b knot) int { return cmp.Compare(a.y, b.y) })
	if at > 0 && (k.y-knots[at-1].y < zoneReach || k.line < knots[at-1].line) {
		return knots
	}
	if at < len(knots) && (knots[at].y-k.y < zoneReach || k.line > knots[at].line) {
		return knots
	}
	return slices.Insert(knots, at, k)
}

// placedStroke is a stroke with the line it begins at, counted up from the baseline, and how many it takes.
type placedStroke struct {
	stroke
	line, thick int
}

// place finds whole lines for strokes, as near as possible to where they are, so that two strokes with white between them
// keep at least one white line. Where there is no room for all, it gives up the shortest.
func place(strokes []stroke, zones []zone, lines float64) []placedStroke {
	for len(strokes) > 0 {
		if placed, ok := tryPlace(strokes, zones, lines); ok {
			return placed
		}
		shortest := slices.MinFunc(strokes, func(a, b stroke) int { return cmp.Compare(a.support, b.support) })
		strokes = slices.DeleteFunc(strokes, func(s stroke) bool { return s == shortest })
	}
	return nil
}

// tryPlace is the least sum of squared moves over all places that keep strokes apart.
func tryPlace(strokes []stroke, zones []zone, lines float64) ([]placedStroke, bool) {
	const places = 2*maxStrokeMove + 1
	type choice struct {
		cost float64
		from int // place of the stroke before
	}
	choices := make([][places]choice, len(strokes))
	placed := make([]placedStroke, len(strokes))
	for i, s := range strokes {
		line, thick, weight := ideal(s, zones, lines)
		middle := int(math.Round(line))
		placed[i] = placedStroke{s, middle, thick}
		for p := range places {
			at := middle + p - maxStrokeMove
			off := float64(at) - line
			c := choice{math.Inf(1), 0}
			if i == 0 {
				c.cost = 0
			}
			for q := 0; i > 0 && q < places; q++ {
				end := placed[i-1].line + q - maxStrokeMove + placed[i-1].thick
				if at >= end+gap(strokes[i-1], s, lines) && choices[i-1][q].cost < c.cost {
					c = choice{choices[i-1][q].cost, q}
				}
			}
			c.cost += float64(weight * off * off)
			choices[i][p] = c
		}
	}
	last := len(strokes) - 1
	best := 0
	for p := range choices[last] {
		if choices[last][p].cost < choices[last][best].cost {
			best = p
		}
	}
	if math.IsInf(choices[last][best].cost, 1) {
		return nil, false
	}
	for i := last; i >= 0; i-- {
		placed[i].line += best - maxStrokeMove
		best = choices[i][best].from
	}
	return placed, true
}

// gap is how many white lines two strokes keep between them.
func gap(below, above stroke, lines float64) int {
	const visible = 0.3
	if (above.bottom-below.top)*lines < visible {
		return 0
	}
	return 1
}

// ideal is the line at which a stroke would best begin, how many lines it takes, and how much that matters.
func ideal(s stroke, zones []zone, lines float64) (line float64, thick int, weight float64) {
	const fixed = 8
	thick = max(1, int(math.Round((s.top-s.bottom)*lines)))
	for _, z := range zones {
		switch {
		case !z.touched(s.span):
		case z.top:
			return z.at(lines) - float64(thick), thick, fixed
		default:
			return z.at(lines), thick, fixed
		}
	}
	return float64((s.bottom+s.top)/2*lines) - float64(thick)/2, thick, 1
}

// stretch is where a height in ems is drawn, in lines above the baseline.
func stretch(knots []knot, y, lines float64) float64 {
	at, _ := slices.BinarySearchFunc(knots, y, func(k knot, y float64) int { return cmp.Compare(k.y, y) })
	switch {
	case len(knots) == 0:
		return y * lines
	case at == 0:
		return knots[0].line + float64((y-knots[0].y)*lines)
	case at == len(knots):
		return knots[at-1].line + float64((y-knots[at-1].y)*lines)
	}
	a, b := knots[at-1], knots[at]
	return a.line + (y-a.y)*(b.line-a.line)/(b.y-a.y)
}
