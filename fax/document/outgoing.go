// Package document turns what is to be sent into coded pages, and coded pages that come in into files. It stands between the
// conversation of t30, which asks for a page in a format or hands over its octets, and tiff, which keeps pages.
package document

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"faxbox/fax/raster"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// Pages is a file of pages: a *tiff.File, or Rasters.
type Pages interface {
	Pages() int
	// Page reads page n, counted from 0. With an error the page is not sent, even if there is something of it.
	Page(n int) (*raster.Page, error)
}

// Rasters are pages in memory.
type Rasters []*raster.Page

// Pages is how many there are.
func (r Rasters) Pages() int { return len(r) }

// Page is page n, counted from 0.
func (r Rasters) Page(n int) (*raster.Page, error) { return r[n], nil }

// File is one file of several that are sent in one call.
type File struct {
	Name  string // for errors
	Pages Pages
}

// Options say how pages are coded.
type Options struct {
	// Standard makes MMR follow the coding procedure of T.6, instead of the shortest legal sequence of modes.
	Standard bool
	// Header is drawn at the top of each page, at the resolution at which it is sent. Nil: nothing is.
	Header *Header
}

// Outgoing is a document to be sent, as t30 asks for it. While a page is on the line the next one is coded in a goroutine,
// so that Code need not be waited for. It holds two coded pages at most, and while it codes one plain page. Its methods are
// for one goroutine at a time.
type Outgoing struct {
	pages   []outgoingPage
	options Options
	last    *coding // what Code yielded last: it is asked for again after RTN
	ahead   *coding // the page after it; its goroutine is running or done
}

type outgoingPage struct {
	file   File
	n      int // in its file, counted from 0
	size   t30.PageSize
	starts bool
}

// NewOutgoing reads every page of the files, so that what cannot be sent is known before anything is dialled. Errors name
// the file and the page, counted from 1.
func NewOutgoing(options Options, files ...File) (*Outgoing, error) {
	o := &Outgoing{options: options}
	for _, f := range files {
		for n := range f.Pages.Pages() {
			page, err := f.Pages.Page(n)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			size, err := sizeOf(page)
			if err != nil {
				return nil, fmt.Errorf("%s: page %d: %w", f.Name, n+1, err)
			}
			o.pages = append(o.pages, outgoingPage{f, n, size, n == 0})
		}
	}
	if len(o.pages) == 0 {
		return nil, errors.New("there is no page to send")
	}
	return o, nil
}

// Pages is how many pages there are.
func (o *Outgoing) Pages() int { return len(o.pages) }

// Page is the size at which page n, counted from 0, is best sent: at a resolution and width of T.30.
func (o *Outgoing) Page(n int) t30.PageSize { return o.pages[n].size }

// Starts reports whether page n, counted from 0, is the first of its file.
func (o *Outgoing) Starts(n int) bool { return o.pages[n].starts }

// Code yields page n, counted from 0, in this format, with the first bit on the line in the least significant bit of its
// octet. RTC or EOFB is included, and without ECM the zeros that carry RTC through the modem. The octets are good until
// another page is asked for.
func (o *Outgoing) Code(n int, f t30.Format) ([]byte, error) {
	o.Prepare(n, f)
	octets, err := o.take(n, f)
	if err != nil {
		return nil, err
	}
	if n+1 < len(o.pages) {
		o.Prepare(n+1, f)
	}
	return octets, nil
}

// Prepare begins to code page n, which Code is going to be asked for in this format, unless it has been coded or is being
// coded so. It does not wait for anything that takes long.
func (o *Outgoing) Prepare(n int, f t30.Format) {
	if o.last.is(n, f) || o.ahead.is(n, f) {
		return
	}
	o.ahead.stop()
	o.ahead = &coding{n: n, format: f, done: make(chan struct{})}
	go o.ahead.run(o.pages[n], len(o.pages), o.options)
}

// take waits for the page in hand and makes it the last one asked for.
func (o *Outgoing) take(n int, f t30.Format) ([]byte, error) {
	if o.last.is(n, f) {
		return o.last.octets, nil
	}
	c := o.ahead
	<-c.done
	o.ahead = nil
	if c.err != nil {
		return nil, c.err
	}
	o.last = c
	return c.octets, nil
}

// Close ends what is being coded ahead and waits until it has ended.
func (o *Outgoing) Close() {
	o.ahead.stop()
	o.ahead = nil
}

// coding is a page being coded, or coded. A nil coding is no page.
type coding struct {
	n       int
	format  t30.Format
	stopped atomic.Bool
	done    chan struct{} // closed when octets and err are set
	octets  []byte
	err     error
}

func (c *coding) is(n int, f t30.Format) bool { return c != nil && c.n == n && c.format == f }

func (c *coding) stop() {
	if c != nil {
		c.stopped.Store(true)
		<-c.done
	}
}

var errStopped = errors.New("stopped")

// run codes a page of a document of so many.
func (c *coding) run(p outgoingPage, pages int, o Options) {
	defer close(c.done)
	page, err := p.file.Pages.Page(p.n)
	if err != nil {
		c.err = fmt.Errorf("%s: %w", p.file.Name, err)
		return
	}
	if c.stopped.Load() {
		c.err = errStopped
		return
	}
	page = page.Fit(c.format.Width, c.format.Resolution)
	if o.Header != nil {
		page = o.Header.onto(page, c.n, pages)
	}
	if c.octets, err = c.code(page, o); err != nil {
		c.err = fmt.Errorf("%s: page %d: %w", p.file.Name, p.n+1, err)
	}
}

// trailer is how many octets of zero follow RTC, so that it has left the modem before the carrier drops.
const trailer = 20

func (c *coding) code(p *raster.Page, o Options) ([]byte, error) {
	f := c.format
	e, err := t4.NewEncoder(t4.Config{
		Coding:      f.Coding,
		Width:       f.Width,
		K:           linesOfMR(f.Resolution),
		MinLineBits: f.MinLineBits,
		LSBFirst:    true,
		Shortest:    !o.Standard,
	})
	if err != nil {
		return nil, err
	}
	octets := make([]byte, 0, 32<<10)
	for y := range p.Height {
		if y%64 == 0 && c.stopped.Load() {
			return nil, errStopped
		}
		octets = e.Line(octets, p.Row(y))
	}
	octets = e.End(octets)
	if !f.ECM {
		octets = append(octets, make([]byte, trailer)...)
	}
	return octets, nil
}

// linesOfMR is parameter K of T.4 clause 4.2.1.1: 2 at 98 and 100 lines an inch, 4 at 196 and 200, 6 at 300, 8 at 391 and
// 400.
func linesOfMR(r raster.Resolution) int { return max(2, (r.Y+25)/50) }

// square are the resolutions that pages of none known to T.30 are sent at.
var square = [...]raster.Resolution{raster.Inch200, raster.Inch300, raster.Inch400}

// known are the resolutions of T.30 that pages are sent at as they are.
var known = [...]raster.Resolution{
	raster.Standard, raster.Fine, raster.Superfine, raster.R16,
	raster.Inch200x100, raster.Inch200, raster.Inch200x400, raster.Inch300, raster.Inch400,
}

// sendResolution is that of T.30 at which a page loses nothing or, beyond 400 pels an inch, the least.
func sendResolution(r raster.Resolution) raster.Resolution {
	if slices.Contains(known[:], r) {
		return r
	}
	for _, s := range square {
		if r.X <= s.X && r.Y <= s.Y {
			return s
		}
	}
	return raster.Inch400
}

const (
	// overhang is by how many per cent a page may be wider than a paper and yet be sent on it, made smaller.
	overhang = 2
	// tooWide is how many times A3 a page may be wide at most: beyond, no print can be read.
	tooWide = 3
)

// sizeOf chooses the resolution and the paper for a page: the narrowest that holds it, or A3 for wider ones.
func sizeOf(p *raster.Page) (t30.PageSize, error) {
	if p.Width < 1 || p.Height < 1 {
		return t30.PageSize{}, fmt.Errorf("a page of %d x %d pels is empty", p.Width, p.Height)
	}
	r := sendResolution(p.Resolution)
	natural, _ := p.Fitted(tooWide*raster.A3.Width(r)+1, r)
	if natural > tooWide*raster.A3.Width(r) {
		return t30.PageSize{}, fmt.Errorf("%d pels at %d an inch are too wide for any fax: make the page smaller, A3 at most", p.Width, p.Resolution.X)
	}
	paper := raster.A3
	for _, smaller := range []raster.Paper{raster.B4, raster.A4} {
		if natural*100 <= smaller.Width(r)*(100+overhang) {
			paper = smaller
		}
	}
	width := paper.Width(r)
	_, height := p.Fitted(width, r)
	if height > tiff.MaxPageOctets/((width+7)/8) {
		return t30.PageSize{}, fmt.Errorf("%d lines are too long for any fax: cut the page up", p.Height)
	}
	return t30.PageSize{Width: width, Height: height, Resolution: r}, nil
}
