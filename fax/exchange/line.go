package exchange

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Line is what a telephone line does to the signals that go one way over it. The zero value is a perfect line.
type Line struct {
	Delay time.Duration // from end to end
	Echo  time.Duration // the talker hears its own signals again after this long; 0: not at all

	// Fate decides on each burst and image signal as it begins, before its content is known (Frames, Octets, Duration are
	// empty). Nil carries everything. It is called with the exchange locked and must not call it.
	Fate func(Signal) Fate

	Cut     time.Duration // after the answer: from then on this way of the line is dead. 0: never
	Noise   Spells        // noise as loud as the signal: octets are random, frames have a bad FCS
	Dropout Spells        // silence: the carrier is away

	ImageErrors float64 // probability that a bit of an image signal is wrong
	FrameErrors float64 // probability that a bit of a frame is wrong

	FalseStart time.Duration // each image signal comes late, after a false carrier of its modulation of this length. 0: none
	Skew       int           // 0 to 7: the receiver's octets begin this many bits before the sender's, as a real modem's do

	Seed uint64 // of everything random on this line
}

// Spells are stretches of bad line.
type Spells struct {
	At    time.Duration // the first begins so long after the answer
	For   time.Duration // each lasts so long; 0: there are none
	Every time.Duration // from the beginning of one to the beginning of the next; 0: there is only one
}

// Lose is a Fate that loses the given signals of the station, counted from 1.
func Lose(n ...int) func(Signal) Fate {
	return func(s Signal) Fate {
		for _, i := range n {
			if s.N == i {
				return Lost
			}
		}
		return Carried
	}
}

// next is when the next spell that is not over at t begins, t counted from the answer; false if there is none.
func (s Spells) next(t time.Duration) (time.Duration, bool) {
	switch {
	case s.For <= 0:
		return 0, false
	case t < s.At+s.For:
		return s.At, true
	case s.Every <= 0:
		return 0, false
	}
	begin := s.At + (t-s.At)/s.Every*s.Every
	if t >= begin+s.For {
		begin += s.Every
	}
	return begin, true
}

// overlap reports whether a spell touches the time from a up to b, both counted from the answer.
func (s Spells) overlap(a, b time.Duration) bool {
	begin, ok := s.next(a)
	return ok && begin < b
}

// afterFalseStart parts a false carrier from the true one.
const afterFalseStart = 50 * time.Millisecond

// path is one way of the line of a call: from a talker to the ear at the other end.
type path struct {
	x        *Exchange
	from, to *extension
	call     *call
	way      int // 0 from the caller, 1 from the called
	line     Line
	answered time.Time
	rand     *rand.Rand

	last [2]time.Time // when the last sound reached or will reach the other end, and its echo this end

	wave *wave // being said; nil in silence
	dead bool  // cut
	away bool  // in a drop-out

	cut, spell *event
}

// wave is a signal on its way.
type wave struct {
	Signal  // as it is said
	talker  *extension
	path    *path         // nil when there is no line to say it on
	late    time.Duration // how much later than Line.Delay it arrives
	toError int           // bits until the next wrong one
	rest    byte          // Skew: the bits that did not fit into the octet before

	training time.Duration // Image: before its octets
	framing  bool          // Burst: a frame is on the line
	framed   time.Time     // Burst: when the last frame began or ended
	ruined   bool          // Burst: by its talker, who sends wrong FCSs
}

// sound is what reaches an ear.
type sound struct {
	wave  *wave
	what  soundKind
	began time.Time // when the wave's first energy came, or would have come, to this ear

	octets []byte        // frameEnds: the frame with its FCS; imageOctets: those
	took   time.Duration // frameEnds: how long the frame lasted, closing flag included
}

type soundKind uint8

const (
	begins      soundKind = iota // energy: a signal begins, or is back after a drop-out
	frameBegins                  // the flags of a burst give way to a frame
	frameEnds                    // a frame has arrived, with its closing flag
	imageOctets                  // octets have arrived
	ends                         // the energy is gone
	flagsHeard                   // not from the line: the modem's ear has recognised V.21
)

// ear is what hears at the end of a path.
type ear interface{ hear(sound) }

func (p *path) configure(l Line) {
	p.line = l
	p.line.Skew &= 7
	p.rand = rand.New(rand.NewPCG(l.Seed, uint64(p.call.id)<<1|uint64(p.way)))
	clock := &p.x.clock
	clock.cancel(p.cut)
	clock.cancel(p.spell)
	if p.away {
		p.unfade() // plans a drop-out of the new sort
	} else {
		p.planDropout()
	}
	if l.Cut > 0 {
		p.cut = clock.at(p.answered.Add(l.Cut), p.kill)
	}
}

// planDropout plans the beginning of the next drop-out.
func (p *path) planDropout() {
	clock := &p.x.clock
	begin, ok := p.line.Dropout.next(clock.now.Sub(p.answered))
	if !ok {
		return
	}
	over := p.answered.Add(begin + p.line.Dropout.For)
	p.spell = clock.at(p.answered.Add(begin), func() {
		p.fade()
		p.spell = clock.at(over, p.unfade)
	})
}

func (p *path) fade() {
	if p.wave != nil {
		p.carry(p.wave, sound{what: ends})
	}
	p.away = true
}

func (p *path) unfade() {
	p.away = false
	if p.wave != nil {
		p.carry(p.wave, sound{what: begins})
	}
	p.planDropout()
}

// kill ends all hearing over this path, now and later.
func (p *path) kill() {
	if p.wave != nil {
		p.carry(p.wave, sound{what: ends})
	}
	p.dead = true
	p.x.clock.cancel(p.cut)
	p.x.clock.cancel(p.spell)
}

// carry brings a sound to the other end, and its echo back.
func (p *path) carry(w *wave, s sound) {
	if p.dead || p.away && s.what != imageOctets || w.Fate == Lost {
		return
	}
	s.wave = w
	p.deliver(s, p.to, p.line.Delay+w.late)
	if p.line.Echo > 0 {
		p.deliver(s, p.from, p.line.Echo)
	}
}

// deliver lets a sound be heard after a delay, but not before what was said before it, even when the delay has changed.
func (p *path) deliver(s sound, to *extension, delay time.Duration) {
	last := &p.last[0]
	if to == p.from {
		last = &p.last[1]
	}
	if at := p.x.clock.now.Add(delay); at.After(*last) {
		*last = at
	}
	s.began = s.wave.Start.Add(delay)
	p.x.clock.at(*last, func() {
		if to.call == p.call {
			to.listen(s)
		}
	})
}

// begin starts a signal on the extension's line, and ends the one before. Where there is no call it goes nowhere.
func (e *extension) begin(s Signal) *wave {
	x := e.x
	if e.saying != nil {
		e.saying.end()
	}
	s.From, s.Start, s.Gap = e.Number, x.clock.now, e.quietFor()
	w := &wave{Signal: s, talker: e, rest: 0xFF, training: s.Modulation.Training()}
	if e.call != nil {
		w.Call = e.call.id
		w.path = e.call.pathFrom(e)
	}
	if s.Kind != Tone {
		e.said++
		w.N = e.said
	}
	e.saying = w
	if p := w.path; p != nil {
		p.wave = w
		if w.Kind != Tone && p.line.Fate != nil {
			w.Fate = p.line.Fate(w.Signal)
		}
		w.toError = p.gap(w.Kind)
		p.start(w)
	}
	if x.opts.Record {
		x.log = append(x.log, w)
	}
	return w
}

// start lets the far end hear the beginning of a signal, behind a false one if the line is of that sort.
func (p *path) start(w *wave) {
	if length := p.line.FalseStart; w.Kind == Image && length > 0 && w.Fate == Carried && !p.dead && !p.away {
		ghost := &wave{Signal: Signal{Kind: Image, Modulation: w.Modulation, Start: w.Start}}
		p.deliver(sound{wave: ghost, what: begins}, p.to, p.line.Delay)
		p.deliver(sound{wave: ghost, what: ends}, p.to, p.line.Delay+length)
		w.late = length + afterFalseStart
	}
	p.carry(w, sound{what: begins})
}

// frameBegins tells that the flags give way to a frame.
func (w *wave) frameBegins() {
	w.framing, w.framed = true, w.talker.x.clock.now
	if w.path != nil {
		w.path.carry(w, sound{what: frameBegins})
	}
}

// frameEnds tells that the closing flag of the frame has gone.
func (w *wave) frameEnds(body []byte) {
	x := w.talker.x
	took := x.clock.now.Sub(w.framed)
	w.framing, w.framed = false, x.clock.now
	if x.opts.Record {
		w.Frames = append(w.Frames, slices.Clone(body))
	}
	p := w.path
	if p == nil {
		return
	}
	f := withFCS(body)
	now := x.clock.now.Sub(p.answered)
	bad := p.line.Noise.overlap(now-took, now) || p.line.Dropout.overlap(now-took, now)
	if bad || w.ruined || w.Fate == Spoilt {
		f[len(f)-1] ^= 0xFF // a frame full of noise is one whose check fails
	}
	p.flip(w, f, p.line.FrameErrors)
	p.carry(w, sound{what: frameEnds, octets: f, took: took})
}

// send tells that image octets have just gone.
func (w *wave) send(b []byte) {
	if w.talker.x.opts.Record {
		w.Octets = append(w.Octets, b...)
	}
	p := w.path
	if p == nil || p.dead || w.Fate != Carried {
		return
	}
	b = slices.Clone(b)
	p.flip(w, b, p.line.ImageErrors)
	p.drown(w, b)
	w.shift(b, p.line.Skew)
	p.carry(w, sound{what: imageOctets, octets: b})
}

// end tells that the last energy has gone. Ending a signal twice does nothing.
func (w *wave) end() {
	e := w.talker
	if e.saying != w {
		return
	}
	e.saying = nil
	e.quiet = e.x.clock.now
	w.Duration = e.quiet.Sub(w.Start)
	if w.path != nil {
		w.path.carry(w, sound{what: ends})
		w.path.wave = nil
	}
}

// flip makes bits wrong at random.
func (p *path) flip(w *wave, b []byte, rate float64) {
	if rate <= 0 {
		return
	}
	for n := len(b) * 8; w.toError < n; {
		b[w.toError/8] ^= 1 << (w.toError % 8)
		w.toError += 1 + p.gap(w.Kind)
	}
	w.toError -= len(b) * 8
}

// gap is how many bits go well until one does not: geometrically distributed.
func (p *path) gap(k Kind) int {
	rate := p.line.ImageErrors
	if k == Burst {
		rate = p.line.FrameErrors
	}
	if rate <= 0 || rate >= 1 {
		return 0
	}
	return int(math.Min(math.Log(1-p.rand.Float64())/math.Log1p(-rate), math.MaxInt32))
}

// drown replaces the octets that fell into a spell of noise, or into a drop-out that the receiver may ride over.
func (p *path) drown(w *wave, b []byte) {
	c, _ := w.Modulation.carrier()
	last := p.x.clock.now.Sub(p.answered)
	first := last - c.time(len(b))
	if !p.line.Noise.overlap(first, last) && !p.line.Dropout.overlap(first, last) {
		return
	}
	for i := range b {
		from, to := first+c.time(i), first+c.time(i+1)
		if p.line.Noise.overlap(from, to) || p.line.Dropout.overlap(from, to) {
			b[i] = byte(p.rand.Uint32())
		}
	}
}

// shift moves the octets by some bits, beginning with ones, as when the receiver's first bit is not the sender's.
func (w *wave) shift(b []byte, bits int) {
	if bits == 0 {
		return
	}
	for i, octet := range b {
		b[i] = octet<<bits | w.rest>>(8-bits)
		w.rest = octet
	}
}
