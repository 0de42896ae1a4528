package gray

import "encoding/binary"

const (
	binBits = 3 // grays that differ only in so many low bits are counted together
	bins    = 256 >> binBits
	white   = ^uint64(0) // eight pels
	each    = 0x0101010101010101
	tops    = 0x8080808080808080
)

// census counts the grays of a tile.
type census struct {
	bins  [bins]uint16
	pels  uint16 // counted
	value byte   // of all pels so far, if they are even
	mixed bool   // they are not
}

// measure looks at every pel once.
func (s *sheet) measure() {
	counts := make([]census, s.across)
	for row := range s.down {
		top, bottom := row*s.high, min((row+1)*s.high, s.Height)
		for y := top; y < bottom; y++ {
			if ink := s.ink[y]; ink.From < ink.To {
				first := ink.From / s.width
				s.count(counts[first:], s.Row(y)[first*s.width:ink.To])
			}
		}
		for x := range counts {
			c := &counts[x]
			if c.pels == 0 {
				*s.at(x, row) = tile{kind: blank, ground: 255, share: 255, even: true}
				continue
			}
			c.whites(uint16((bottom-top)*(min((x+1)*s.width, s.Width)-x*s.width)) - c.pels)
			*s.at(x, row) = c.tile()
			*c = census{}
		}
	}
}

// count counts a line of tiles, but for words of pure white.
func (s *sheet) count(counts []census, line []byte) {
	for x := 0; len(line) > 0; x++ {
		c, pels := &counts[x], line[:min(s.width, len(line))]
		line = line[len(pels):]
		for ; len(pels) >= 8; pels = pels[8:] {
			if w := binary.LittleEndian.Uint64(pels); w != white {
				c.word(w)
			}
		}
		for _, v := range pels {
			if v != 255 {
				c.pel(v)
			}
		}
	}
}

func (c *census) word(w uint64) {
	if w == w&0xFF*each {
		c.same(byte(w), 8)
		return
	}
	c.mixed = true
	c.pels += 8
	for range 8 {
		c.bins[w&0xFF>>binBits]++
		w >>= 8
	}
}

func (c *census) pel(v byte) { c.same(v, 1) }

func (c *census) same(v byte, n uint16) {
	if c.pels == 0 {
		c.value = v
	}
	c.mixed = c.mixed || v != c.value
	c.bins[v>>binBits] += n
	c.pels += n
}

// whites counts what count left out.
func (c *census) whites(n uint16) {
	if n > 0 {
		c.same(255, n)
	}
}

// tile says what was counted.
func (c *census) tile() tile {
	if !c.mixed {
		return tile{kind: strokes, ground: c.value, share: 255, even: true, dark: allIf(c.value < 64)}
	}
	ground, share := c.ground()
	dark := 0
	for _, n := range c.bins[:64>>binBits] {
		dark += int(n)
	}
	darkest := 0
	for c.bins[darkest] == 0 {
		darkest++
	}
	return tile{
		kind:   strokes,
		ground: ground,
		share:  c.part(share),
		depth:  byte(max(int(ground)-darkest<<binBits, 0)),
		dark:   c.part(dark),
	}
}

func allIf(yes bool) byte {
	if yes {
		return 255
	}
	return 0
}

func (c *census) part(n int) byte { return byte(n * 255 / int(c.pels)) }

// ground is the lightest gray that a seventh of the tile has, and how many pels have it or nearly so.
func (c *census) ground() (gray byte, pels int) {
	sum := 0 // of the bin and the two above it
	for b := bins - 1; b >= 0; b-- {
		sum += int(c.bins[b])
		if b+3 < bins {
			sum -= int(c.bins[b+3])
		}
		if sum >= int(c.pels)/7 {
			return c.peak(b)
		}
	}
	return 255, 0 // not reached: all bins together are in some three
}

// peak is the fullest of the windows of three bins that begin at b or just below, its mean gray, and its pels.
func (c *census) peak(b int) (gray byte, pels int) {
	total := 0
	for low := max(b-2, 0); low <= b; low++ {
		n, sum := 0, 0
		for i := low; i < min(low+3, bins); i++ {
			n += int(c.bins[i])
			sum += int(c.bins[i]) * i
		}
		if n > pels {
			pels, total = n, sum
		}
	}
	if pels == 0 {
		return 255, 0
	}
	return byte(total * 255 / (pels * (bins - 1))), pels
}
