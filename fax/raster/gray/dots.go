package gray

import "faxbox/fax/raster"

// dots turns grays into dots by error diffusion: what a pel is too dark or too light by goes to its neighbours not yet drawn.
// A pel is drawn like those drawn before it beside and above, unless that is too far off (Levien's output-dependent feedback):
// dots cluster, which keeps their edges above one another and the code of T.6 short.
type dots struct {
	page *Page
	out  *raster.Page
	weights
	thresholds [16]int32 // by the pels above, if the pel before is white
	follow     int32     // what they are less by if it is black
	drawn      int       // the line drawn last
	line       []byte    // the grays of the line
	here, next []int32
	past       []byte // of each pel of the line, whether the pels above are black: bit 0 is the nearest
}

const (
	fine     = 16  // parts of a gray in which errors are counted
	lightest = 248 // a gray that gets no dots
	solid    = 7   // a gray that gets nothing else
)

// weights are how errors are spread, in 1/256, what is left going below and ahead; and how much the pels around are followed,
// in 1/1000 of half the way from black to white.
type weights struct {
	ahead, behindBelow, below                        int32
	before, above, aboveBehind, aboveAhead, twoAbove int32
}

// weightsFor are weights found by a random search over the photographs of package photo, which leave these as like their
// originals as a screen of 60 lines an inch does, seen from reading distance, with the shortest code. Dots must be made of more
// pels the finer these are.
func weightsFor(r raster.Resolution) weights {
	switch {
	case 3*r.Y < 2*r.X:
		return weights{186, 51, 19, 283, 268, 220, -44, -22}
	case 3*r.X < 2*r.Y:
		return weights{49, 58, 108, 305, 389, 147, 80, 3}
	case r.X < 250:
		return weights{98, 84, 48, 441, 116, 39, 78, -289}
	case r.X < 350:
		return weights{112, 42, 75, 720, 209, 255, 79, -270}
	}
	return weights{112, 42, 75, 841, 244, 298, 92, -315}
}

func newDots(p *Page, out *raster.Page) *dots {
	d := &dots{page: p, out: out, drawn: -2, weights: weightsFor(p.Resolution)}
	for i := range d.thresholds {
		bit := func(n int, w int32) int32 {
			if i>>n&1 == 1 {
				return w
			}
			return -w
		}
		like := bit(0, d.aboveAhead) + bit(1, d.above) + bit(2, d.twoAbove) + bit(3, d.aboveBehind)
		d.thresholds[i] = 255*fine/2 - (like-d.before)*255*fine/2000
	}
	d.follow = 2 * d.before * 255 * fine / 2000
	d.here, d.next = make([]int32, p.Width+2), make([]int32, p.Width+2)
	d.line = make([]byte, p.Width)
	d.past = make([]byte, p.Width+2)
	return d
}

// all draws all of it.
func (d *dots) all() {
	for y := range d.page.Height {
		copy(d.line, d.page.Row(y))
		d.span(y, 0, d.page.Width)
	}
}

// lighten takes the grays from x0 up to x1 of line y, made so much lighter that paper is white.
func (d *dots) lighten(y, x0, x1 int, t *tile) {
	from, to := d.page.Row(y)[x0:x1], d.line[x0:x1]
	if t.white == 255 {
		copy(to, from)
		return
	}
	least := int(t.white - min(t.faintest, t.white))
	scale := 255 * 256 / int(max(t.white, 1))
	for i, v := range from {
		to[i] = 255
		if int(v) < least {
			to[i] = byte(min(int(v)*scale>>8, 255))
		}
	}
}

// begin makes line y the one that is drawn. Lines are drawn from the top, and those without dots may be left out.
func (d *dots) begin(y int) {
	switch d.drawn {
	case y:
		return
	case y - 1:
		d.here, d.next = d.next, d.here
	default:
		clear(d.here)
	}
	clear(d.next)
	d.drawn = y
}

// span draws the pels from x0 up to x1 of line y; their grays are in d.line.
func (d *dots) span(y, x0, x1 int) {
	d.begin(y)
	to := d.out.Row(y)
	step, x := 1, x0
	if y%2 == 1 {
		step, x = -1, x1-1
	}
	// What is known of the pel before, here and ahead stays in registers, and so does what is not yet complete of the errors
	// of the next line: before is below the pel drawn last, here below this one.
	var carry, below, aheadBelow, last int32
	var before byte
	above := d.past[x+1]
	for range x1 - x0 {
		ahead := d.past[x+1+step]
		threshold := d.thresholds[ahead&1|above<<1|before<<2&8] - d.follow*last
		v := carry + d.here[x+1]
		switch gray := d.line[x]; {
		case gray >= lightest:
			v, last = 0, 0
		case gray <= solid:
			v, last = 0, 1
		default:
			v += int32(255-gray) * fine
			last = int32(uint32(threshold-v) >> 31) // 1 if v is greater
			v -= last * (255 * fine)
		}
		to[x/8] |= byte(last) << (7 - x%8)
		before, above = above<<1&2|byte(last), ahead
		d.past[x+1] = before
		carry = v * d.ahead >> 8
		behind, under := v*d.behindBelow>>8, v*d.below>>8
		d.next[x+1-step] = below + behind
		below, aheadBelow = aheadBelow+under, v-carry-behind-under
		x += step
	}
	d.next[x+1-step] = below
}
