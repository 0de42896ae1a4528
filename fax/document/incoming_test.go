package document

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// shelf is a Store in memory.
type shelf struct {
	pages []tiff.Coded
	log   string
	fail  error
	gate  chan struct{} // if not nil, everything waits for it to be closed
}

func (s *shelf) op(name string, f func()) error {
	if s.gate != nil {
		<-s.gate
	}
	s.log += name + " "
	if s.fail != nil {
		return s.fail
	}
	f()
	return nil
}

func (s *shelf) Append(c tiff.Coded) error {
	return s.op("append", func() { s.pages = append(s.pages, c) })
}

func (s *shelf) Replace(c tiff.Coded) error {
	return s.op("replace", func() { s.pages[len(s.pages)-1] = c })
}

func (s *shelf) Drop() error {
	return s.op("drop", func() { s.pages = s.pages[:len(s.pages)-1] })
}

// coding yields page in a format as a sender would.
func codingOf(t *testing.T, p *raster.Page, f t30.Format) []byte {
	t.Helper()
	octets, err := outgoing(t, Options{}, File{"page", Rasters{p}}).Code(0, f)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// arrive hands octets over as a modem does.
func arrive(in *Incoming, f t30.Format, octets []byte) {
	in.Begin(f)
	for len(octets) > 0 {
		n := min(250, len(octets))
		in.Write(octets[:n])
		octets = octets[n:]
	}
}

// pels reads what was stored.
func pels(t *testing.T, c tiff.Coded) *raster.Page {
	t.Helper()
	p := raster.New(c.Width, 0, c.Resolution)
	d, err := t4.NewDecoder(t4.Config{Coding: c.Coding, Width: c.Width, LSBFirst: c.LSBFirst}, func(row []byte) {
		p.Bits = append(p.Bits, row...)
		p.Height++
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(c.Strip); err != nil || !d.Ended() {
		t.Fatalf("stored strip: %v, EOFB seen %t", err, d.Ended())
	}
	if p.Height != c.Height {
		t.Fatalf("%d lines are stored, %d were announced", p.Height, c.Height)
	}
	return p
}

// TestReceive: in every coding the page is stored, pel for pel.
func TestReceive(t *testing.T) {
	for _, c := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		for _, r := range []raster.Resolution{raster.Standard, raster.Inch300} {
			f := format(c, r, c == t4.MMR)
			page := sample.Form(r)
			s := &shelf{}
			in := NewIncoming(s, "faxbox")
			arrive(in, f, codingOf(t, page, f))
			if !in.Ended() {
				t.Errorf("%v: the end was not seen", f)
			}
			if got, want := in.End(), (t30.Copy{Rows: page.Height, End: true}); got != want {
				t.Errorf("%v: got %+v, want %+v", f, got, want)
			}
			if err := <-in.Keep(t30.Complete); err != nil {
				t.Fatal(err)
			}
			if got := pels(t, s.pages[0]); !bytes.Equal(got.Bits, page.Bits) || got.Resolution != r {
				t.Errorf("%v: another page is stored", f)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// The pages of TestKeep.
var keepFormat = format(t4.MR, raster.Fine, false)

const keepRows = 200

// TestKeep: what is in the store after pages were kept with these verdicts.
func TestKeep(t *testing.T) {
	whole := func(seed uint64) []byte {
		return codingOf(t, lines(1728, keepRows, raster.Fine, seed), keepFormat)
	}
	cut := func(b []byte, percent int) []byte { return b[:len(b)*percent/100] }
	// The lines of different pages must not be taken for one another's, but a page with a letterhead has some in common.
	mixed := lines(1728, keepRows, raster.Fine, 2)
	copy(mixed.Bits[:mixed.Stride*keepRows*2/5], lines(1728, keepRows, raster.Fine, 1).Bits)
	type arrival struct {
		octets  []byte
		verdict t30.Verdict
	}
	const notKept = t30.Verdict(255)
	for name, c := range map[string]struct {
		arrivals []arrival
		want     string // verdict and lines of the pages stored; about, for cut ones
		log      string
	}{
		"two good pages": {
			[]arrival{{whole(1), t30.Complete}, {whole(2), t30.Complete}},
			"complete 200, complete 200", "append append "},
		"the same page twice on purpose": {
			[]arrival{{whole(1), t30.Complete}, {whole(1), t30.Complete}},
			"complete 200, complete 200", "append append "},
		"rejected and repeated": {
			[]arrival{{cut(whole(1), 60), t30.Poor}, {whole(1), t30.Complete}},
			"complete 200", "append replace "},
		"rejected, and the sender goes on": {
			[]arrival{{cut(whole(1), 60), t30.Poor}, {whole(2), t30.Complete}},
			"poor 120, complete 200", "append append "},
		"rejected, and the sender goes on with the same letterhead": {
			[]arrival{{whole(1), t30.Poor}, {codingOf(t, mixed, keepFormat), t30.Complete}},
			"poor 200, complete 200", "append replace append "},
		"rejected thrice, better each time": {
			[]arrival{{cut(whole(1), 30), t30.Poor}, {cut(whole(1), 40), t30.Poor}, {cut(whole(1), 50), t30.Poor}},
			"poor 100", "append replace replace "},
		"rejected thrice, worse each time": {
			[]arrival{{cut(whole(1), 50), t30.Poor}, {cut(whole(1), 40), t30.Poor}, {cut(whole(1), 30), t30.Poor}},
			"poor 100", "append "},
		"rejected, repeated, and on": {
			[]arrival{{cut(whole(1), 50), t30.Poor}, {whole(1), t30.Complete}, {whole(2), t30.Complete}},
			"complete 200, complete 200", "append replace append "},
		"begun anew after the line was silent": {
			[]arrival{{cut(whole(1), 50), t30.Unconfirmed}, {whole(1), t30.Complete}},
			"complete 200", "append replace "},
		"broken off after the first page": {
			[]arrival{{whole(1), t30.Complete}, {cut(whole(2), 50), t30.Unconfirmed}},
			"complete 200, unconfirmed 100", "append append "},
		"whole, and yet not confirmed": {
			[]arrival{{whole(1), t30.Unconfirmed}},
			"unconfirmed 200", "append replace "},
		"not kept at all": {
			[]arrival{{whole(1), notKept}, {whole(2), t30.Complete}},
			"complete 200", "append drop append "},
		"the last one not kept at all": {
			[]arrival{{whole(1), t30.Complete}, {whole(2), notKept}},
			"complete 200", "append append drop "},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			in := NewIncoming(s, "faxbox")
			for _, a := range c.arrivals {
				arrive(in, keepFormat, a.octets)
				in.End()
				if a.verdict == notKept {
					continue
				}
				for range 2 {
					if err := <-in.Keep(a.verdict); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, p := range s.pages {
				pels(t, p)
				if i > 0 {
					got += ", "
				}
				verdict := map[string]string{"": "complete", rejected: "poor", unconfirmed: "unconfirmed"}[p.Description]
				got += fmt.Sprintf("%s %d", verdict, (p.Height+5)/20*20)
			}
			if got != c.want || s.log != c.log {
				t.Errorf("got %s by %s, want %s by %s", got, s.log, c.want, c.log)
			}
		})
	}
}

// TestEarly: the store is at work before Keep, and Keep yields when it is done and not before.
func TestEarly(t *testing.T) {
	octets := codingOf(t, lines(1728, keepRows, raster.Fine, 1), keepFormat)
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{gate: make(chan struct{})}
		in := NewIncoming(s, "faxbox")
		arrive(in, keepFormat, octets)
		in.End()
		synctest.Wait()
		kept := in.Keep(t30.Complete)
		again := in.Keep(t30.Complete)
		synctest.Wait()
		select {
		case err := <-kept:
			t.Fatalf("confirmed before it was stored: %v", err)
		default:
		}
		close(s.gate)
		for _, c := range []<-chan error{kept, again} {
			if err := <-c; err != nil {
				t.Error(err)
			}
		}
		if s.log != "append " {
			t.Errorf("the store did %s", s.log)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		in := NewIncoming(s, "faxbox")
		arrive(in, keepFormat, octets)
		in.End()
		synctest.Wait()
		if s.log != "append " {
			t.Errorf("before Keep the store did %q", s.log)
		}
	})
}

// TestQuality: damaged lines are counted, repaired and noted.
func TestQuality(t *testing.T) {
	page := lines(1728, keepRows, raster.Fine, 1)
	octets := codingOf(t, page, keepFormat)
	for i := len(octets) / 3; i < len(octets)/3+12; i++ {
		octets[i] ^= 0x5A
	}
	s := &shelf{}
	in := NewIncoming(s, "faxbox")
	arrive(in, keepFormat, octets)
	c := in.End()
	if c.BadRows == 0 || c.BadRows > 20 || c.LongestBad == 0 || !c.End || c.Err != nil {
		t.Fatalf("got %+v", c)
	}
	if s.log != "" {
		t.Errorf("the store did %s before anybody said that the page is good enough", s.log)
	}
	if err := <-in.Keep(t30.Complete); err != nil {
		t.Fatal(err)
	}
	want := tiff.Quality{BadRows: c.BadRows, LongestBad: c.LongestBad, Data: tiff.Regenerated}
	if got := s.pages[0].Quality; got == nil || *got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

var errFull = errors.New("no space left on device")

// TestStoreFails: the error comes out of Keep, of every Keep, and the next page is tried again.
func TestStoreFails(t *testing.T) {
	octets := codingOf(t, lines(1728, keepRows, raster.Fine, 1), keepFormat)
	for _, verdict := range []t30.Verdict{t30.Complete, t30.Poor, t30.Unconfirmed} {
		s := &shelf{fail: errFull}
		in := NewIncoming(s, "faxbox")
		arrive(in, keepFormat, octets)
		in.End()
		for range 2 {
			if err := <-in.Keep(verdict); !errors.Is(err, errFull) {
				t.Errorf("verdict %d: got %v", verdict, err)
			}
		}
		s.fail = nil
		arrive(in, keepFormat, octets)
		if err := <-in.Keep(t30.Complete); err != nil {
			t.Errorf("verdict %d: the same page again: %v", verdict, err)
		}
		if err := in.Close(); err != nil || len(s.pages) != 1 {
			t.Errorf("verdict %d: %v, %d pages are stored", verdict, err, len(s.pages))
		}
	}
}

// TestNothing: what has no line is never stored and never confirmed.
func TestNothing(t *testing.T) {
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MR, Width: 1728, LSBFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, octets := range map[string][]byte{
		"no octets":  nil,
		"RTC alone":  e.End(nil),
		"only zeros": make([]byte, 1000),
	} {
		s := &shelf{}
		in := NewIncoming(s, "faxbox")
		arrive(in, keepFormat, octets)
		if c := in.End(); c.Rows != 0 {
			t.Errorf("%s: %+v", name, c)
		}
		for _, v := range []t30.Verdict{t30.Complete, t30.Poor, t30.Unconfirmed} {
			if err := <-in.Keep(v); !errors.Is(err, errEmpty) {
				t.Errorf("%s: kept: %v", name, err)
			}
		}
		if err := in.Close(); err != nil || s.log != "" {
			t.Errorf("%s: %v, the store did %q", name, err, s.log)
		}
	}
	in := NewIncoming(&shelf{}, "faxbox")
	if in.Ended() || in.End().Err == nil {
		t.Error("there is a page before the first Begin")
	}
	if _, err := in.Write([]byte{1}); err != nil {
		t.Error(err)
	}
	if err := <-in.Keep(t30.Complete); !errors.Is(err, errEmpty) {
		t.Errorf("kept before the first Begin: %v", err)
	}
}

// TestEndless: a sender without end does not fill the memory.
func TestEndless(t *testing.T) {
	f := format(t4.MMR, raster.Fine, true)
	in := NewIncoming(&shelf{}, "faxbox")
	in.Begin(f)
	white := bytes.Repeat([]byte{0xFF}, 1<<10) // eight lines an octet
	for range 1 << 10 {
		in.Write(white)
	}
	c := in.End()
	if c.Err == nil || c.Rows > t4.DefaultMaxRows {
		t.Errorf("got %+v", c)
	}
	if n := len(in.page.strip); n > maxCoded+1<<20 {
		t.Errorf("%d octets are held", n)
	}
}

// TestImpossible: a format that cannot be decoded is a page without lines and not a panic.
func TestImpossible(t *testing.T) {
	in := NewIncoming(&shelf{}, "faxbox")
	in.Begin(t30.Format{})
	in.Write([]byte{1, 2, 3})
	if c := in.End(); c.Err == nil || in.Ended() {
		t.Errorf("got %+v", c)
	}
	if err := <-in.Keep(t30.Complete); err == nil {
		t.Error("it was kept")
	}
}

// FuzzIncoming: whatever comes over the line, what is stored is what was reported, line for line.
func FuzzIncoming(f *testing.F) {
	for i, c := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		e, err := t4.NewEncoder(t4.Config{Coding: c, Width: 64, LSBFirst: true})
		if err != nil {
			f.Fatal(err)
		}
		p := lines(64, 20, raster.Fine, uint64(i))
		var octets []byte
		for y := range p.Height {
			octets = e.Line(octets, p.Row(y))
		}
		f.Add(e.End(octets), byte(c), uint16(64), byte(i))
	}
	f.Fuzz(func(t *testing.T, octets []byte, coding byte, width uint16, verdict byte) {
		s := &shelf{}
		in := NewIncoming(s, "")
		format := t30.Format{Coding: t4.Coding(coding%3) + t4.MH, Width: int(width), Resolution: raster.Fine}
		for range 2 {
			arrive(in, format, octets)
			c := in.End()
			if err := <-in.Keep(t30.Verdict(verdict % 3)); (err == nil) != (c.Rows > 0) {
				t.Fatalf("a page of %d lines: %v", c.Rows, err)
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		for _, p := range s.pages {
			pels(t, p)
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	f := format(t4.MMR, raster.Fine, true)
	o, err := NewOutgoing(Options{}, File{"letter", Rasters{sample.Letter(raster.Fine)}})
	if err != nil {
		b.Fatal(err)
	}
	octets, err := o.Code(0, f)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		in := NewIncoming(&shelf{}, "")
		arrive(in, f, octets)
		if err := <-in.Keep(t30.Complete); err != nil {
			b.Fatal(err)
		}
	}
}
