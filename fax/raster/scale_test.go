package raster

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// draw makes a page of a picture: one string a line, # is black.
func draw(lines ...string) *Page {
	p := New(len(lines[0]), len(lines), Fine)
	for y, line := range lines {
		for x, c := range line {
			if c == '#' {
				p.Row(y)[x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return p
}

func picture(p *Page) string {
	var b bytes.Buffer
	for y := range p.Height {
		for x := range p.Width {
			if black(p, x, y) {
				b.WriteByte('#')
			} else {
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func black(p *Page, x, y int) bool { return p.Row(y)[x/8]&(0x80>>(x%8)) != 0 }

func noise(r *rand.Rand, width, height, percent int) *Page {
	p := New(width, height, Fine)
	for y := range height {
		for x := range width {
			if r.IntN(100) < percent {
				p.Row(y)[x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return p
}

func share(p *Page) float64 {
	n := 0
	for y := range p.Height {
		for x := range p.Width {
			if black(p, x, y) {
				n++
			}
		}
	}
	return float64(n) / float64(p.Width*p.Height)
}

func TestScale(t *testing.T) {
	for name, c := range map[string]struct {
		from *Page
		want string
	}{
		"a hairline between the sampled lines": {
			draw("........", "########", "........", "........"),
			"####\n....\n"},
		"a hairline on a sampled line": {
			draw("........", "........", "########", "........"),
			"....\n####\n"},
		"a vertical hairline": {
			draw(".#......", ".#......", ".#......", ".#......"),
			"#...\n#...\n"},
		"an edge is not moved by more than rounding": {
			draw("###.....", "###.....", "###.....", "........"),
			"##..\n##..\n"},
		"two hairlines with room between": {
			draw("........", "########", "........", "########"),
			"####\n####\n"},
		"a lone dot off the sampled line": {
			draw("........", "..#.....", "........", "........"),
			"....\n....\n"},
		"the last line": {
			draw("........", "........", "........", "########"),
			"....\n####\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := picture(c.from.Scale(4, 2)); got != c.want {
				t.Errorf("got\n%swant\n%sfrom\n%s", got, c.want, picture(c.from))
			}
		})
	}
}

func TestScaleUpAndDownIsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := noise(r, 1+r.IntN(70), 1+r.IntN(40), 1+r.IntN(99))
		n := 2 + r.IntN(4)
		q := p.Scale(p.Width*n, p.Height*n).Scale(p.Width, p.Height)
		if !bytes.Equal(p.Bits, q.Bits) {
			t.Fatalf("%d times larger and back: got\n%swant\n%s", n, picture(q), picture(p))
		}
	}
	// 200 to 300 pels an inch and back is no whole number, and yet nothing is lost.
	p := noise(r, 1728, 100, 30)
	if q := p.Scale(2592, 150).Scale(1728, 100); !bytes.Equal(p.Bits, q.Bits) {
		t.Error("1728 to 2592 and back is not the same")
	}
}

// TestScaleLosesNoLine draws straight hairlines, horizontal and vertical, with room between: each has its own line or
// column in the smaller page, over its whole length.
func TestScaleLosesNoLine(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		const size = 240
		to := 30 + r.IntN(210)
		across, down := New(size, size, Fine), New(size, size, Fine)
		lines := 0
		for y := r.IntN(20); y < size; y += 1 + 2*size/to + r.IntN(20) {
			blacken(down.Row(y), 0, size)
			for row := range size {
				blacken(across.Row(row), y, y+1)
			}
			lines++
		}
		across, down = across.Scale(to, to), down.Scale(to, to)
		if n := runs(down, func(i int) (int, int) { return to / 2, i }); n != lines {
			t.Fatalf("to %d: %d horizontal hairlines became %d", to, lines, n)
		}
		if n := runs(across, func(i int) (int, int) { return i, to / 2 }); n != lines {
			t.Fatalf("to %d: %d vertical hairlines became %d", to, lines, n)
		}
		if s, want := share(down), float64(lines)/float64(to); s < want-1e-9 {
			t.Fatalf("to %d: hairlines have gaps: %f black, want %f", to, s, want)
		}
	}
}

// runs counts the black runs along a straight line through the page.
func runs(p *Page, at func(i int) (x, y int)) int {
	n, before := 0, false
	for i := range p.Width {
		now := black(p, first(at(i)), second(at(i)))
		if now && !before {
			n++
		}
		before = now
	}
	return n
}

func first(x, _ int) int  { return x }
func second(_, y int) int { return y }

// TestScaleKeepsGray: a halftone of light gray becomes neither much darker nor lighter.
func TestScaleKeepsGray(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, percent := range []int{3, 6, 10} {
		p := noise(r, 800, 800, percent)
		q := p.Scale(800, 400)
		if a, b := share(p), share(q); b < 0.9*a || b > 1.5*a {
			t.Errorf("%d %% of black became %.1f %%", percent, 100*b)
		}
	}
	board := New(800, 800, Fine)
	for y := range board.Height {
		for i := range board.Row(y) {
			board.Row(y)[i] = 0xAA >> (y % 2)
		}
	}
	if s := share(board.Scale(800, 400)); s < 0.4 || s > 0.6 {
		t.Errorf("a chequer board of half black became %.2f black", s)
	}
}

func TestFit(t *testing.T) {
	type size struct {
		width, height int
		r             Resolution
	}
	for name, c := range map[string]struct{ from, to, want size }{
		"as it is":                       {size{1728, 2287, Fine}, size{1728, 0, Fine}, size{1728, 2287, Fine}},
		"Letter at 200 is padded":        {size{1700, 2200, Inch200}, size{1728, 0, Fine}, size{1728, 2200, Fine}},
		"Letter at 300 is padded":        {size{2550, 3300, Inch300}, size{2592, 0, Inch300}, size{2592, 3300, Inch300}},
		"Letter at 300 to R8":            {size{2550, 3300, Inch300}, size{1728, 0, Fine}, size{1728, 2200, Fine}},
		"fine to standard":               {size{1728, 2286, Fine}, size{1728, 0, Standard}, size{1728, 1143, Standard}},
		"standard to fine":               {size{1728, 1143, Standard}, size{1728, 0, Fine}, size{1728, 2286, Fine}},
		"standard to 200 by 100":         {size{1728, 1143, Standard}, size{1728, 0, Inch200x100}, size{1728, 1143, Inch200x100}},
		"R16 to R8":                      {size{3456, 4572, R16}, size{1728, 0, Fine}, size{1728, 2286, Fine}},
		"B4 for A4 keeps its proportion": {size{2048, 2800, Fine}, size{1728, 0, Fine}, size{1728, 2363, Fine}},
		"a narrow receipt":               {size{384, 1000, Inch200}, size{1728, 0, Inch200}, size{1728, 1000, Inch200}},
		"one pel":                        {size{1, 1, Inch400}, size{1728, 0, Standard}, size{1728, 1, Standard}},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(c.from.width, c.from.height, c.from.r)
			for y := range p.Height {
				blacken(p.Row(y), 0, p.Width)
			}
			q := p.Fit(c.to.width, c.to.r)
			if got := (size{q.Width, q.Height, q.Resolution}); got != c.want {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			checkPadding(t, q)
			start, end := nextRun(q.Row(q.Height/2), 0, q.Width)
			if left, right := start, q.Width-end; right-left < 0 || right-left > 1 {
				t.Errorf("margins of %d and %d pels", left, right)
			}
		})
	}
}

// checkPadding: padding bits are 0, as the type promises.
func checkPadding(t *testing.T, p *Page) {
	t.Helper()
	if p.Stride != (p.Width+7)/8 || len(p.Bits) != p.Stride*p.Height {
		t.Fatalf("stride %d and %d octets for %d x %d", p.Stride, len(p.Bits), p.Width, p.Height)
	}
	if p.Width%8 == 0 {
		return
	}
	for y := range p.Height {
		if p.Row(y)[p.Stride-1]&(0xFF>>(p.Width%8)) != 0 {
			t.Fatalf("line %d: padding bits are not 0", y)
		}
	}
}

// TestScaleLongPages: products of lines do not fit into 32 bits.
func TestScaleLongPages(t *testing.T) {
	p := New(8, 200000, Fine)
	for y := range p.Height {
		p.Row(y)[0] = byte(y / 100)
	}
	q := p.Scale(8, 100000)
	for y := range q.Height {
		if got, want := q.Row(y)[0], byte(y/50); got != want {
			t.Fatalf("line %d is %d, want %d", y, got, want)
		}
	}
}

func TestScaleAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		p := noise(r, 1+r.IntN(60), 1+r.IntN(60), 1+r.IntN(99))
		q := p.Scale(1+r.IntN(120), 1+r.IntN(120))
		checkPadding(t, q)
		checkPadding(t, p.Fit(1+r.IntN(120), Standard))
	}
}

func BenchmarkScaleFineToStandard(b *testing.B) {
	p := noise(rand.New(rand.NewPCG(9, 10)), 1728, 2286, 10)
	for b.Loop() {
		p.Fit(1728, Standard)
	}
}

func BenchmarkScaleR16ToR8(b *testing.B) {
	p := noise(rand.New(rand.NewPCG(9, 10)), 3456, 4572, 10)
	for b.Loop() {
		p.Fit(1728, Fine)
	}
}
