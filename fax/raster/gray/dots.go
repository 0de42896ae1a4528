package gray

import "faxbox/fax/raster"

// dots turns grays into dots by error diffusion: what a pel is too dark or too light by goes to its neighbours not yet drawn.
// A pel is drawn like those drawn before it beside and above, unless that is too far off (Levien's output-dependent feedback):
// dots cluster, which keeps their edges above one another and the code of T.6 short.
type dots struct {
	page *Page
	out  *raster.Page
	weights
	thresholds [32]int32
	drawn      int // the line drawn last
	here, next []int32
	past       []byte // of each pel of the line, whether the pels above are black: bit 0 is the nearest
}

// A gray is counted in 1/16.
const fine = 16

// weights are how errors are spread, in 1/256, and how much the pels around are followed, in 1/100 of half the way from black
// to white.
type weights struct {
	ahead, behindBelow, below                        int32
	before, above, aboveBehind, aboveAhead, twoAbove int32
}

func newDots(p *Page, out *raster.Page) *dots {
	d := &dots{page: p, out: out, drawn: -2}
	d.weights = weights{
		ahead: 118, behindBelow: 88, below: 47,
		before: 45, above: 12, aboveBehind: 4, aboveAhead: 8, twoAbove: -30,
	}
	for i := range d.thresholds {
		bit := func(n int, w int32) int32 {
			if i>>n&1 == 1 {
				return w
			}
			return -w
		}
		follow := bit(0, d.aboveAhead) + bit(1, d.above) + bit(2, d.twoAbove) + bit(3, d.before) + bit(4, d.aboveBehind)
		d.thresholds[i] = 255*fine/2 - follow*255*fine/200
	}
	d.here, d.next = make([]int32, p.Width+2), make([]int32, p.Width+2)
	d.past = make([]byte, p.Width+2)
	return d
}

// all draws all of it.
func (d *dots) all() {
	for y := range d.page.Height {
		d.span(y, 0, d.page.Width)
	}
}

// begin makes line y the one that is drawn. Lines are drawn from the top, and those without dots left out.
func (d *dots) begin(y int) {
	switch {
	case d.drawn == y:
		return
	case d.drawn == y-1:
		d.here, d.next = d.next, d.here
		clear(d.next)
	default:
		clear(d.here)
		clear(d.next)
		clear(d.past)
	}
	d.drawn = y
}

// span draws the pels from x0 up to x1 of line y.
func (d *dots) span(y, x0, x1 int) {
	d.begin(y)
	line, to := d.page.Row(y), d.out.Row(y)
	step, x, end := 1, x0, x1
	if y%2 == 1 {
		step, x, end = -1, x1-1, x0-1
	}
	d.past[x+1-step] = 0
	carry := int32(0)
	for ; x != end; x += step {
		around := d.past[x+1+step]&1 | d.past[x+1]<<1 | d.past[x+1-step]<<3
		v := int32(255-line[x])*fine + carry + d.here[x+1]
		black := byte(0)
		switch line[x] {
		case 255:
			v = 0
		case 0:
			v, black = 0, 1
		default:
			if v > d.thresholds[around] {
				v -= 255 * fine
				black = 1
			}
		}
		to[x/8] |= black << (7 - x%8)
		d.past[x+1] = d.past[x+1]<<1&2 | black
		carry = v * d.ahead >> 8
		behind, under := v*d.behindBelow>>8, v*d.below>>8
		d.next[x+1-step] += behind
		d.next[x+1] += under
		d.next[x+1+step] += v - carry - behind - under
	}
}
