package document

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// counted counts how often its pages are read.
type counted struct {
	Rasters
	reads []atomic.Int32
}

func newCounted(pages ...*raster.Page) *counted {
	return &counted{pages, make([]atomic.Int32, len(pages))}
}

func (c *counted) Page(n int) (*raster.Page, error) {
	c.reads[n].Add(1)
	return c.Rasters.Page(n)
}

func (c *counted) String() string {
	var s []string
	for i := range c.reads {
		s = append(s, fmt.Sprint(c.reads[i].Load()))
	}
	return strings.Join(s, " ")
}

// lines is a page with something on every line, and no two lines the same.
func lines(width, height int, r raster.Resolution, seed uint64) *raster.Page {
	p := raster.New(width, height, r)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for y := range height {
		row := p.Row(y)
		for range 5 {
			row[rnd.IntN(len(row)-1)] = byte(1 + rnd.IntN(255))
		}
	}
	return p
}

func format(c t4.Coding, r raster.Resolution, ecm bool) t30.Format {
	return t30.Format{Coding: c, Width: raster.A4.Width(r), Resolution: r, ECM: ecm}
}

func outgoing(t *testing.T, o Options, files ...File) *Outgoing {
	t.Helper()
	d, err := NewOutgoing(o, files...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// decode is what a receiver makes of octets.
func decode(t *testing.T, f t30.Format, octets []byte) (*raster.Page, t4.Report) {
	t.Helper()
	p := raster.New(f.Width, 0, f.Resolution)
	d, err := t4.NewDecoder(t4.Config{Coding: f.Coding, Width: f.Width, LSBFirst: true}, func(row []byte) {
		p.Bits = append(p.Bits, row...)
		p.Height++
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(octets); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return p, d.Report()
}

// TestCode: in every format the receiver gets the page, scaled to it, with its end.
func TestCode(t *testing.T) {
	page := sample.Letter(raster.Fine)
	o := outgoing(t, Options{}, File{"letter", Rasters{page}})
	for _, c := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Inch200, raster.Inch300, raster.R16} {
			for _, ecm := range []bool{false, true} {
				f := format(c, r, ecm)
				if c == t4.MMR && !ecm {
					continue // not in T.30
				}
				if !ecm {
					f.MinLineBits = 96
				}
				octets, err := o.Code(0, f)
				if err != nil {
					t.Fatal(err)
				}
				got, report := decode(t, f, octets)
				want := page.Fit(f.Width, r)
				if got.Height != want.Height || !bytes.Equal(got.Bits, want.Bits) {
					t.Errorf("%v: %d lines arrive, want %d", f, got.Height, want.Height)
				}
				if report.BadLines > 0 || !report.End {
					t.Errorf("%v: %d bad lines, end seen %t", f, report.BadLines, report.End)
				}
				if zeros := len(octets) - len(bytes.TrimRight(octets, "\x00")); !ecm && zeros < 20 {
					t.Errorf("%v: RTC is followed by %d octets of zero, want 20", f, zeros)
				}
			}
		}
	}
}

// TestLinesOfMR is T.4 clause 4.2.1.1 with the resolutions that came later.
func TestLinesOfMR(t *testing.T) {
	for y, want := range map[int]int{98: 2, 100: 2, 196: 4, 200: 4, 300: 6, 391: 8, 400: 8} {
		if got := linesOfMR(raster.Resolution{X: 200, Y: y}); got != want {
			t.Errorf("%d lines an inch: %d, want %d", y, got, want)
		}
	}
}

func TestStandardCoding(t *testing.T) {
	f := format(t4.MMR, raster.Fine, true)
	size := func(o Options) int {
		octets, err := outgoing(t, o, File{"letter", Rasters{sample.Letter(raster.Fine)}}).Code(0, f)
		if err != nil {
			t.Fatal(err)
		}
		return len(octets)
	}
	if short, standard := size(Options{}), size(Options{Standard: true}); short >= standard {
		t.Errorf("the shortest coding takes %d octets, the standard one %d", short, standard)
	}
}

// TestCodesAhead: while a page is on the line the next one is coded, once.
func TestCodesAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := newCounted(lines(1728, 50, raster.Fine, 1), lines(1728, 50, raster.Fine, 2), lines(1728, 50, raster.Fine, 3))
		o, err := NewOutgoing(Options{}, File{"three", pages})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		fast, slow := format(t4.MMR, raster.Fine, true), format(t4.MH, raster.Fine, false)
		for i, step := range []struct {
			page  int
			f     t30.Format
			reads string // of each page, in all, the first of them by NewOutgoing
		}{
			{0, fast, "2 2 1"}, // and the next
			{0, fast, "2 2 1"}, // rejected, sent again as it was
			{0, slow, "3 3 1"}, // and again in another coding: the next one, too
			{1, slow, "3 3 2"},
			{1, fast, "3 4 3"},
			{2, fast, "3 4 3"},
			{2, fast, "3 4 3"},
		} {
			octets, err := o.Code(step.page, step.f)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got, _ := decode(t, step.f, octets); !bytes.Equal(got.Bits, pages.Rasters[step.page].Bits) {
				t.Errorf("step %d: another page came", i+1)
			}
			if got := pages.String(); got != step.reads {
				t.Errorf("step %d: pages were read %s times, want %s", i+1, got, step.reads)
			}
		}
	})
}

// TestPrepare: the first page can be coded before it is asked for.
func TestPrepare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := newCounted(lines(1728, 50, raster.Fine, 1))
		o, err := NewOutgoing(Options{}, File{"one", pages})
		if err != nil {
			t.Fatal(err)
		}
		f := format(t4.MMR, raster.Fine, true)
		o.Prepare(0, f)
		synctest.Wait()
		if got := pages.String(); got != "2" {
			t.Fatalf("read %s times, want 2", got)
		}
		if _, err := o.Code(0, f); err != nil || pages.String() != "2" {
			t.Errorf("%v, read %s times", err, pages)
		}
	})
}

// TestCloseStops: nothing goes on after Close; the bubble would not end otherwise.
func TestCloseStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := sample.Halftone(raster.Superfine)
		o, err := NewOutgoing(Options{}, File{"two", Rasters{page, page}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Code(0, format(t4.MMR, raster.Superfine, true)); err != nil {
			t.Fatal(err)
		}
		o.Close()
		o.Close()
	})
}

var errUnreadable = errors.New("page 2: unreadable")

// spoilt is a file whose second page cannot be read, from the reading on that is counted down to.
type spoilt struct {
	Rasters
	from int
}

func (s *spoilt) Page(n int) (*raster.Page, error) {
	if n == 1 {
		if s.from--; s.from <= 0 {
			return nil, errUnreadable
		}
	}
	return s.Rasters.Page(n)
}

func TestUnreadable(t *testing.T) {
	page := lines(1728, 20, raster.Fine, 1)
	_, err := NewOutgoing(Options{}, File{"good.tif", Rasters{page}}, File{"bad.tif", &spoilt{Rasters{page, page}, 1}})
	if !errors.Is(err, errUnreadable) || err.Error() != "bad.tif: page 2: unreadable" {
		t.Errorf("got %v", err)
	}
	// The file goes bad, or away, after it was checked.
	o := outgoing(t, Options{}, File{"bad.tif", &spoilt{Rasters{page, page}, 2}})
	f := format(t4.MMR, raster.Fine, true)
	if _, err := o.Code(0, f); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := o.Code(1, f); !errors.Is(err, errUnreadable) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := o.Code(0, f); err != nil {
		t.Errorf("the page before: %v", err)
	}
}

// TestSizes: the size at which a page is offered is one of T.30, and nothing is stretched.
func TestSizes(t *testing.T) {
	at := func(x, y int) raster.Resolution { return raster.Resolution{X: x, Y: y} }
	for name, c := range map[string]struct {
		width, height int
		r             raster.Resolution
		want          t30.PageSize
		err           string
	}{
		"A4":                     {1728, 2286, raster.Fine, t30.PageSize{Width: 1728, Height: 2286, Resolution: raster.Fine}, ""},
		"B4":                     {2048, 2800, raster.Fine, t30.PageSize{Width: 2048, Height: 2800, Resolution: raster.Fine}, ""},
		"A3":                     {2432, 3000, raster.Standard, t30.PageSize{Width: 2432, Height: 3000, Resolution: raster.Standard}, ""},
		"Letter at 200":          {1700, 2200, raster.Inch200, t30.PageSize{Width: 1728, Height: 2200, Resolution: raster.Inch200}, ""},
		"Letter at 300":          {2550, 3300, raster.Inch300, t30.PageSize{Width: 2592, Height: 3300, Resolution: raster.Inch300}, ""},
		"A4 at 600":              {4961, 7016, at(600, 600), t30.PageSize{Width: 3456, Height: 4677, Resolution: raster.Inch400}, ""},
		"A4 of a screen":         {595, 842, at(72, 72), t30.PageSize{Width: 1728, Height: 2339, Resolution: raster.Inch200}, ""},
		"a little wider than A4": {1740, 2000, raster.Fine, t30.PageSize{Width: 1728, Height: 1986, Resolution: raster.Fine}, ""},
		"between A4 and B4":      {1800, 2000, raster.Fine, t30.PageSize{Width: 2048, Height: 2000, Resolution: raster.Fine}, ""},
		"A2 is made smaller":     {3307, 4677, raster.Inch200, t30.PageSize{Width: 2432, Height: 3440, Resolution: raster.Inch200}, ""},
		"a receipt":              {384, 9000, raster.Inch200, t30.PageSize{Width: 1728, Height: 9000, Resolution: raster.Inch200}, ""},
		"three times A3":         {7296, 100, raster.Fine, t30.PageSize{Width: 2432, Height: 33, Resolution: raster.Fine}, ""},
		"more":                   {7297, 100, raster.Fine, t30.PageSize{}, "wide.tif: page 1: 7297 pels at 204 an inch are too wide for any fax: make the page smaller, A3 at most"},
		"a roll":                 {1728, 320000, raster.Standard, t30.PageSize{}, "wide.tif: page 1: 320000 lines are too long for any fax: cut the page up"},
		"nothing":                {1728, 0, raster.Standard, t30.PageSize{}, "wide.tif: page 1: a page of 1728 x 0 pels is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := NewOutgoing(Options{}, File{"wide.tif", Rasters{raster.New(c.width, c.height, c.r)}})
			if c.err != "" {
				if fmt.Sprint(err) != c.err {
					t.Errorf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Page(0); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			octets, err := o.Code(0, t30.Format{Coding: t4.MMR, Width: c.want.Width, Resolution: c.want.Resolution, ECM: true})
			if err != nil {
				t.Fatal(err)
			}
			if p, _ := decode(t, t30.Format{Coding: t4.MMR, Width: c.want.Width}, octets); p.Height != c.want.Height {
				t.Errorf("%d lines are sent, %d were announced", p.Height, c.want.Height)
			}
		})
	}
}

func TestStarts(t *testing.T) {
	page := lines(1728, 10, raster.Fine, 1)
	o := outgoing(t, Options{}, File{"a", Rasters{page, page}}, File{"b", Rasters{page}}, File{"c", Rasters{page, page}})
	var got []bool
	for n := range o.Pages() {
		got = append(got, o.Starts(n))
	}
	if want := []bool{true, false, true, true, false}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := NewOutgoing(Options{}); err == nil {
		t.Error("a document without pages is no error")
	}
}

var (
	_ t30.Document = (*Outgoing)(nil)
	_ t30.Sink     = (*Incoming)(nil)
	_ Pages        = (*tiff.File)(nil)
	_ Store        = (*tiff.Writer)(nil)
	_ Store        = (*CallFile)(nil)
)

func BenchmarkCode(b *testing.B) {
	page := sample.Letter(raster.Fine)
	for name, f := range map[string]t30.Format{
		"MMR at its resolution": format(t4.MMR, raster.Fine, true),
		"MR made standard":      format(t4.MR, raster.Standard, false),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				o, err := NewOutgoing(Options{}, File{"letter", Rasters{page}})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := o.Code(0, f); err != nil {
					b.Fatal(err)
				}
				o.Close()
			}
		})
	}
}
