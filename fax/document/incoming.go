package document

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// Store is where received pages go. Each method returns when what it did would survive the plug being pulled. They are
// called one at a time, from goroutines of Incoming.
type Store interface {
	// Append adds a page.
	Append(tiff.Coded) error
	// Replace puts a page in the place of the last one, so that there is no moment at which neither is there.
	Replace(tiff.Coded) error
	// Drop takes away the last page.
	Drop() error
}

// maxCoded is how many octets a page may take in the store, ours: as many come in two and a half hours at 14400 bit/s.
const maxCoded = 16 << 20

var (
	errEmpty   = errors.New("the page has no lines")
	errTooLong = fmt.Errorf("the page takes more than %d MB", maxCoded>>20)
)

// Incoming takes the pages of one call, as t30 hands them over, and keeps them as MMR in a store. Every page is decoded
// while it arrives. Its methods are for one goroutine at a time; what the store does goes on in others.
//
// A page that arrived whole goes to the store with its RTC or EOFB already, while the sender still says that it has ended, so
// that Keep seldom waits.
//
// A page kept as Poor or Unconfirmed is likely to be sent again. It gives way to the page kept next if that is its
// repetition: if at least half of its different lines, white ones aside, are among the other's. Senders are known that take
// RTN for a confirmation and go on with their next page; then both stay. Of two copies neither of which is Complete the one
// with more good lines stays.
//
// A call takes about 200 kB of memory with letters, and a little over 16 MB with the worst of pages.
type Incoming struct {
	store    Store
	software string

	hash    maphash.Seed // of fingerprints
	page    *arriving    // begun last
	pending *keptCopy    // kept last, and perhaps to be sent again
	tail    *saving      // the last thing that the store was asked to do
}

// arriving is the page begun last.
type arriving struct {
	format  t30.Format
	began   time.Time
	decoder *t4.Decoder
	encoder *t4.Encoder
	strip   []byte
	rows    int
	hash    maphash.Seed
	print   fingerprint
	err     error // why no more of it is taken

	ended bool    // End was called
	early *saving // begun at End, as if kept as Complete
	kept  *saving // begun by Keep
}

// keptCopy is a page that was kept, and may be sent again.
type keptCopy struct {
	saved *saving
	print fingerprint
	good  int // lines that were not repaired
}

// NewIncoming begins to take pages. Software is named in every page.
func NewIncoming(s Store, software string) *Incoming {
	return &Incoming{store: s, software: software, hash: maphash.MakeSeed()}
}

// Begin starts a page. One begun before and not kept is dropped.
func (in *Incoming) Begin(f t30.Format) {
	in.drop()
	p := &arriving{format: f, began: time.Now(), hash: in.hash, print: fingerprint{}}
	in.page = p
	if p.encoder, p.err = t4.NewEncoder(t4.Config{Coding: t4.MMR, Width: f.Width}); p.err != nil {
		return
	}
	p.decoder, p.err = t4.NewDecoder(t4.Config{Coding: f.Coding, Width: f.Width, LSBFirst: true}, p.line)
}

// drop takes back what was stored of a page that was not kept.
func (in *Incoming) drop() {
	if p := in.page; p != nil && p.early != nil && p.kept == nil {
		early := p.early
		in.do(func() error {
			if early.err != nil {
				return nil // it is not there
			}
			return in.store.Drop()
		})
	}
	in.page = nil
}

// line takes a row that was decoded.
func (p *arriving) line(row []byte) {
	if len(p.strip) > maxCoded {
		p.err = errTooLong
		return
	}
	p.strip = p.encoder.Line(p.strip, row)
	p.rows++
	p.print.add(p.hash, row)
}

// Write takes octets of the page in line order, with the first bit on the line in the least significant bit of its octet.
// It never fails: what is wrong with them shows in End. With RTC or EOFB the page is at its end, and begins to be stored
// if nothing of it is missing: the sender will take a second and more to say so.
func (in *Incoming) Write(octets []byte) (int, error) {
	if p := in.page; p != nil && !p.ended && p.err == nil {
		if _, err := p.decoder.Write(octets); p.err == nil {
			p.err = err
		}
		if p.decoder.Ended() {
			in.End()
		}
	}
	return len(octets), nil
}

// Ended reports whether RTC or EOFB has been seen.
func (in *Incoming) Ended() bool {
	return in.page != nil && in.page.decoder != nil && in.page.decoder.Ended()
}

// Since is how many octets were written since the last line or EOL was complete.
func (in *Incoming) Since() int {
	if in.page == nil || in.page.decoder == nil {
		return 0
	}
	return in.page.decoder.Report().Since
}

// End says that no more octets come for this page, and reports on it. Called again it reports the same.
func (in *Incoming) End() t30.Copy {
	p := in.page
	if p == nil || p.decoder == nil {
		return t30.Copy{Err: errEmpty}
	}
	if !p.ended {
		p.ended = true
		if err := p.decoder.Close(); p.err == nil {
			p.err = err
		}
		p.strip = p.encoder.End(p.strip)
		if p.whole() && in.pending == nil {
			p.early = in.put(p.coded(t30.Complete, in.software), nil)
		}
	}
	r := p.decoder.Report()
	return t30.Copy{Rows: p.rows, BadRows: r.BadLines, LongestBad: r.LongestBad, End: r.End, Err: p.err}
}

// whole tells whether nothing at all is missing of the page.
func (p *arriving) whole() bool {
	r := p.decoder.Report()
	return p.rows > 0 && r.BadLines == 0 && r.End && !r.Broken && p.err == nil
}

// Keep asks that the page be made durable. The channel yields one value: nil when the page would survive the plug being
// pulled. Kept again, the page is not stored again. A page without a line cannot be kept.
func (in *Incoming) Keep(v t30.Verdict) <-chan error {
	in.End()
	p := in.page
	if p == nil || p.rows == 0 {
		return failed(errEmpty)
	}
	if p.kept == nil {
		p.kept = in.keep(p, v)
	}
	return p.kept.result()
}

func failed(err error) <-chan error {
	c := make(chan error, 1)
	c <- err
	return c
}

func (in *Incoming) keep(p *arriving, v t30.Verdict) *saving {
	switch {
	case p.early != nil && v == t30.Complete:
		return p.early
	case p.early != nil:
		return in.remember(p, v, in.put(p.coded(v, in.software), p.early))
	}
	before := in.pending
	if before == nil || !p.print.repeats(before.print) {
		return in.remember(p, v, in.put(p.coded(v, in.software), nil))
	}
	if v != t30.Complete && p.good() < before.good {
		return before.saved
	}
	return in.remember(p, v, in.put(p.coded(v, in.software), before.saved))
}

// remember notes that the page may come again.
func (in *Incoming) remember(p *arriving, v t30.Verdict, s *saving) *saving {
	in.pending = nil
	if v != t30.Complete {
		in.pending = &keptCopy{s, p.print, p.good()}
	}
	return s
}

func (p *arriving) good() int { return p.rows - p.decoder.Report().BadLines }

// What the description of a page says that was not received as it should be.
const (
	rejected    = "This page was received with errors and asked for again."
	unconfirmed = "The call broke off before this page was confirmed. It may be incomplete."
)

// coded is the page as it is stored.
func (p *arriving) coded(v t30.Verdict, software string) tiff.Coded {
	r := p.decoder.Report()
	c := tiff.Coded{
		Width: p.format.Width, Height: p.rows, Resolution: p.format.Resolution,
		Coding: t4.MMR, Strip: p.strip,
		Quality:  &tiff.Quality{BadRows: r.BadLines, LongestBad: r.LongestBad},
		Software: software,
		Time:     p.began,
	}
	if r.BadLines > 0 {
		c.Quality.Data = tiff.Regenerated
	}
	switch v {
	case t30.Poor:
		c.Description = rejected
	case t30.Unconfirmed:
		c.Description = unconfirmed
	}
	return c
}

// Close drops a page that was not kept, and returns when nothing more goes on.
func (in *Incoming) Close() error {
	in.drop()
	if in.tail == nil {
		return nil
	}
	<-in.tail.done
	return in.tail.err
}

// saving is something the store does.
type saving struct {
	done chan struct{} // closed when err is set
	err  error
}

// put stores a page, in the place of another if that was stored.
func (in *Incoming) put(c tiff.Coded, instead *saving) *saving {
	return in.do(func() error {
		if instead != nil && instead.err == nil {
			return in.store.Replace(c)
		}
		return in.store.Append(c)
	})
}

// do does something with the store when all that was to be done before is done.
func (in *Incoming) do(f func() error) *saving {
	before := in.tail
	s := &saving{done: make(chan struct{})}
	in.tail = s
	go func() {
		defer close(s.done)
		if before != nil {
			<-before.done
		}
		s.err = f()
	}()
	return s
}

// result yields how it went, once it is done.
func (s *saving) result() <-chan error {
	c := make(chan error, 1)
	select {
	case <-s.done:
		c <- s.err
	default:
		go func() {
			<-s.done
			c <- s.err
		}()
	}
	return c
}

// fingerprint is the set of a page's different lines, white ones aside, as hashes.
type fingerprint map[uint64]struct{}

func (f fingerprint) add(hash maphash.Seed, row []byte) {
	if slices.ContainsFunc(row, func(b byte) bool { return b != 0 }) {
		f[maphash.Bytes(hash, row)] = struct{}{}
	}
}

// repeats reports whether at least half of the lines of the page before are among these.
func (f fingerprint) repeats(before fingerprint) bool {
	found := 0
	for line := range before {
		if _, ok := f[line]; ok {
			found++
		}
	}
	return 2*found >= len(before)
}
