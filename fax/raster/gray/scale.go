package gray

import "math"

// Scale is src with other numbers of pels and lines, each at least 1; its resolution is kept. In a direction that shrinks
// each new pel is the mean of the paper it covers, so that no line is lost, only paler; in one that grows it is interpolated
// by cubics. Means are of the values as stored, not of light: thin black lines on white stay dark.
func Scale(src *Page, width, height int) *Page {
	p := scale(src.Width, src.Height, func(to []byte, y int) { copy(to, src.Row(y)) }, width, height)
	p.Resolution = src.Resolution
	return p
}

// A row of the picture between the two directions holds grays in 1/64, without clamping; weights are in 1/16384.
const (
	grayBits   = 6
	weightBits = 14
	one        = 1 << weightBits
)

// taps are the old pels that make a new one: weights[k] is that of pel first+k.
type taps struct {
	first   int
	weights []int32
}

// scale makes a page of a picture whose lines are asked for one by one, in order, each once.
func scale(width, height int, line func(to []byte, y int), toWidth, toHeight int) *Page {
	p := &Page{Width: max(toWidth, 1), Height: max(toHeight, 1)}
	p.Pix = make([]byte, p.Width*p.Height)
	if width <= 0 || height <= 0 {
		for i := range p.Pix {
			p.Pix[i] = 255
		}
		return p
	}
	if width == p.Width && height == p.Height {
		for y := range height {
			line(p.Row(y), y)
		}
		return p
	}
	across, down := filter(width, p.Width), filter(height, p.Height)
	ring := newRing(p.Width, most(down))
	from := make([]byte, width)
	read := 0
	for y := range p.Height {
		t := down[y]
		for ; read < t.first+len(t.weights); read++ {
			line(from, read)
			mix(ring.row(read), from, across)
		}
		ring.sum(p.Row(y), t)
	}
	return p
}

// filter tells what each of the new pels along a line is made of.
func filter(from, to int) []taps {
	all := make([]taps, to)
	for i := range all {
		if to < from {
			all[i] = mean(i, from, to)
		} else {
			all[i] = cubic(i, from, to)
		}
	}
	return all
}

// mean weighs old pels by how much of new pel i they cover.
func mean(i, from, to int) taps {
	// In units of which an old pel is `to` long and a new one `from`.
	start, end := int64(i)*int64(from), int64(i+1)*int64(from)
	first, last := start/int64(to), (end-1)/int64(to)
	shares := make([]float64, 0, last-first+1)
	for k := first; k <= last; k++ {
		covered := min(end, (k+1)*int64(to)) - max(start, k*int64(to))
		shares = append(shares, float64(covered)/float64(from))
	}
	return taps{int(first), weigh(shares)}
}

// cubic is interpolation between the four old pels nearest to the centre of new pel i (Catmull and Rom's); pels beyond the
// edge are like the last one.
func cubic(i, from, to int) taps {
	centre := (float64(i)+0.5)*float64(from)/float64(to) - 0.5
	base := int(math.Floor(centre))
	f := centre - float64(base)
	first, last := max(base-1, 0), min(base+2, from-1)
	shares := make([]float64, last-first+1)
	for k, w := range [4]float64{
		((-0.5*f+1)*f - 0.5) * f,
		(1.5*f-2.5)*f*f + 1,
		((-1.5*f+2)*f + 0.5) * f,
		(0.5*f - 0.5) * f * f,
	} {
		shares[min(max(base-1+k, first), last)-first] += w
	}
	return taps{first, weigh(shares)}
}

// weigh makes whole weights of shares, so that their sum is exactly one and white stays white.
func weigh(shares []float64) []int32 {
	weights := make([]int32, len(shares))
	rest, largest := int32(one), 0
	for k, share := range shares {
		weights[k] = int32(math.Round(share * one))
		rest -= weights[k]
		if share > shares[largest] {
			largest = k
		}
	}
	weights[largest] += rest
	return weights
}

func most(all []taps) int {
	n := 0
	for _, t := range all {
		n = max(n, len(t.weights))
	}
	return n
}

// mix scales one line across.
func mix(to []int32, from []byte, across []taps) {
	for x := range to {
		t := across[x]
		sum := int32(0)
		for k, v := range from[t.first : t.first+len(t.weights)] {
			sum += int32(v) * t.weights[k]
		}
		to[x] = sum >> (weightBits - grayBits)
	}
}

// ring holds the last few lines scaled across.
type ring struct {
	width, rows int
	lines       []int32
	total       []int32
}

func newRing(width, rows int) *ring {
	return &ring{width, rows, make([]int32, width*rows), make([]int32, width)}
}

func (r *ring) row(y int) []int32 {
	n := y % r.rows
	return r.lines[n*r.width : (n+1)*r.width]
}

// sum makes a line of the new page.
func (r *ring) sum(to []byte, t taps) {
	total := r.total
	for x := range total {
		total[x] = 1 << (weightBits + grayBits - 1)
	}
	for k, w := range t.weights {
		row := r.row(t.first + k)
		for x, v := range row {
			total[x] += v * w
		}
	}
	for x, v := range total {
		to[x] = byte(min(max(v>>(weightBits+grayBits), 0), 255))
	}
}
