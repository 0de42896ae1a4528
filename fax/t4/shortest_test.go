package t4

import (
	"math"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
)

// onLine counts bits and the zeros that HDLC stuffs into them.
func onLine(octets []byte) int {
	bits, ones := 8*len(octets), 0
	for i := range 8 * len(octets) {
		if octets[i/8]<<(i%8)&0x80 == 0 {
			ones = 0
		} else if ones++; ones == stuffAfter {
			bits, ones = bits+1, 0
		}
	}
	return bits
}

const never = math.MaxInt / 2

// tryAll finds the least bits over the line by trying every sequence of modes on every line, after every number of ones that
// the line before may leave. It sees lines as pels, and modes as T.6 clause 2.2.1 defines them.
func tryAll(p picture) int {
	best := [stuffAfter]int{0, never, never, never, never}
	ref := make([]byte, (p.width+7)/8)
	for _, row := range p.rows {
		after := [stuffAfter]int{never, never, never, never, never}
		for ones, bits := range best {
			if bits < never {
				tryLine(p.width, row, ref, -1, white, bits, ones, &after)
			}
		}
		best, ref = after, row
	}
	least := never
	for ones, bits := range best {
		if bits < never {
			eofb, _ := send(eolCode+eolCode, ones)
			least = min(least, bits+eofb)
		}
	}
	return least
}

// send is what a code takes over the line after so many ones, and the ones after it.
func send(code string, ones int) (bits, onesAfter int) {
	bits = len(code)
	for _, bit := range code {
		if bit == '0' {
			ones = 0
		} else if ones++; ones == stuffAfter {
			bits, ones = bits+1, 0
		}
	}
	return bits, ones
}

func pel(row []byte, x int) int {
	if x < 0 {
		return white
	}
	return int(row[x/8] >> (7 - x%8) & 1)
}

// change is the first changing element of a row right of x whose colour is c, or the width.
func change(row []byte, width, x, c int) int {
	for x++; x < width; x++ {
		if pel(row, x) == c && pel(row, x-1) != c {
			return x
		}
	}
	return width
}

func tryLine(width int, cur, ref []byte, a0, colour, bits, ones int, after *[stuffAfter]int) {
	if a0 == width {
		after[ones] = min(after[ones], bits)
		return
	}
	b1 := change(ref, width, a0, colour^1)
	b2 := change(ref, width, b1, colour)
	a1 := a0
	for a1 = max(a0, 0); a1 < width && pel(cur, a1) == colour; a1++ {
	}
	a2 := a1
	for ; a2 < width && pel(cur, a2) != colour; a2++ {
	}
	next := func(code string, to, colour int) {
		more, ones := send(code, ones)
		tryLine(width, cur, ref, to, colour, bits+more, ones, after)
	}
	if b2 < a1 {
		next(passCode, b2, colour)
	}
	if d := a1 - b1; -3 <= d && d <= 3 {
		next(verticalCodes[d+3], a1, colour^1)
	}
	code := horizontalCode
	for _, c := range append(appendRun(nil, colour, a1-max(a0, 0)), appendRun(nil, colour^1, a2-a1)...) {
		code += bitString(c)
	}
	next(code, a2, colour)
}

// TestShortestIsShortest tries all sequences of modes on pages narrow enough for it.
func TestShortestIsShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	shorter := 0
	for i := range 10000 {
		width := 1 + r.IntN(24)
		p := randomPicture(r, width, 1+r.IntN(4))
		if i%2 == 0 {
			p = shakenPicture(r, width, 1+r.IntN(4))
		}
		c := Config{Coding: MMR, Width: width, Shortest: true}
		got := lineBits(t, c, p)
		if want := tryAll(p); got != want {
			t.Fatalf("%v takes %d bits, want %d", p, got, want)
		}
		c.Shortest = false
		if got < lineBits(t, c, p) {
			shorter++
		}
	}
	if shorter == 0 {
		t.Error("the standard's modes are never longer")
	}
}

// lineBits is what a page takes over the line without the padding after EOFB.
func lineBits(t *testing.T, c Config, p picture) int {
	t.Helper()
	coded := mustEncode(t, c, p)
	bits := onLine(coded)
	for last := coded[len(coded)-1]; last&1 == 0; last >>= 1 {
		bits--
	}
	return bits
}

// TestShortestSaves holds the gain on pages like an office's.
func TestShortestSaves(t *testing.T) {
	for _, page := range benchmarkPages {
		p := fromPage(page.draw(raster.Fine))
		standard := lineBits(t, Config{Coding: MMR, Width: p.width}, p)
		shortest := lineBits(t, Config{Coding: MMR, Width: p.width, Shortest: true}, p)
		saved := 1 - float64(shortest)/float64(standard)
		t.Logf("%s: %d bits, standard %d, saved %.2f %%", page.name, shortest, standard, 100*saved)
		if saved < page.saves {
			t.Errorf("%s: saved %.2f %%, want %.2f %%", page.name, 100*saved, 100*page.saves)
		}
	}
}
