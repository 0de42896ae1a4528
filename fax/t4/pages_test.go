package t4

import (
	"math/rand/v2"
)

// A picture is a page for tests: rows of one width.
type picture struct {
	width int
	rows  [][]byte
}

// randomPicture draws rows that differ from the row above by a few pels, as real ones do, with some that do not.
func randomPicture(r *rand.Rand, width, height int) picture {
	p := picture{width: width}
	row := make([]byte, (width+7)/8)
	for range height {
		switch r.IntN(8) {
		case 0:
			clear(row)
		case 1:
			for i := range row {
				row[i] = byte(r.Uint32())
			}
		case 2:
			invert(row, 0, width)
		case 3:
		default:
			for range r.IntN(6) {
				x := r.IntN(width)
				invert(row, x, min(width, x+r.IntN(1+r.IntN(1+width))))
			}
		}
		whitenPadding(row, width)
		p.rows = append(p.rows, append([]byte(nil), row...))
	}
	return p
}

// invert inverts the pels from x0 up to x1.
func invert(row []byte, x0, x1 int) {
	for x := x0; x < x1; x++ {
		row[x/8] ^= 0x80 >> (x % 8)
	}
}

func whitenPadding(row []byte, width int) {
	if pad := len(row)*8 - width; pad > 0 {
		row[len(row)-1] &= 0xff << pad
	}
}

// shakenPicture draws rows whose changing elements lie a few pels from those above, now and then with a run put in or
// taken out: the neighbourhoods in which modes compete.
func shakenPicture(r *rand.Rand, width, height int) picture {
	p := picture{width: width}
	edges := make([]int, 1+width/(1+r.IntN(20)))
	for range height {
		if r.IntN(16) == 0 {
			for i := range edges {
				edges[i] = r.IntN(width + 1)
			}
		}
		changes := make([]bool, width+1)
		for i := range edges {
			if r.IntN(4) == 0 {
				edges[i] = min(max(edges[i]+r.IntN(9)-4, 0), width)
			}
			if r.IntN(40) == 0 {
				edges[i] = r.IntN(width + 1)
			}
			changes[edges[i]] = !changes[edges[i]]
		}
		row := make([]byte, (width+7)/8)
		colour := false
		for x := range width {
			if colour = colour != changes[x]; colour {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		p.rows = append(p.rows, row)
	}
	return p
}

// runsPicture has every run from 0 to 2650 pels in both colours: n white ones, n black ones, and white.
func runsPicture() picture {
	const longest = 2650
	p := picture{width: 2 * longest}
	for n := range longest + 1 {
		row := make([]byte, (p.width+7)/8)
		invert(row, n, 2*n)
		p.rows = append(p.rows, row)
	}
	return p
}
