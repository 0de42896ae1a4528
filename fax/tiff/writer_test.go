package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
)

// disk is a Disk in memory that keeps a record of what was written, and fails when told to.
type disk struct {
	data   []byte
	log    []write
	failAt int // the n-th write or sync from 1 on fails; 0: none does
	n      int
}

// write is one write; without data it is a sync.
type write struct {
	at   int64
	data []byte
}

var errDisk = errors.New("the disk is full")

func (d *disk) op(w write) error {
	d.log = append(d.log, w)
	if d.n++; d.n == d.failAt {
		return errDisk
	}
	return nil
}

func (d *disk) WriteAt(p []byte, at int64) (int, error) {
	if err := d.op(write{at, bytes.Clone(p)}); err != nil {
		return 0, err
	}
	d.data = patch(d.data, p, at)
	return len(p), nil
}

func (d *disk) Sync() error { return d.op(write{}) }

// patch puts p at this place, lengthening data when needed.
func patch(data, p []byte, at int64) []byte {
	if need := int(at) + len(p) - len(data); need > 0 {
		data = append(data, make([]byte, need)...)
	}
	copy(data[at:], p)
	return data
}

func open(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// pattern is a page that has a little of everything.
func pattern(width, height int, r raster.Resolution) *raster.Page {
	p := raster.New(width, height, r)
	rnd := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	for y := range height {
		row := p.Row(y)
		switch {
		case y%7 == 3: // a white line
		case y%7 == 5:
			for i := range row {
				row[i] = 0xFF
			}
		case y > 0 && y%2 == 1:
			copy(row, p.Row(y-1))
			row[rnd.IntN(len(row))] ^= 0x18
		default:
			for range 6 {
				at := rnd.IntN(width)
				for x := at; x < min(at+rnd.IntN(40), width); x++ {
					row[x/8] |= 0x80 >> (x % 8)
				}
			}
		}
		if rest := width % 8; rest != 0 {
			row[len(row)-1] &= 0xFF << (8 - rest)
		}
	}
	return p
}

func samePage(t testing.TB, got, want *raster.Page) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height || got.Resolution != want.Resolution {
		t.Fatalf("got %d x %d at %v, want %d x %d at %v", got.Width, got.Height, got.Resolution, want.Width, want.Height, want.Resolution)
	}
	for y := range got.Height {
		if !bytes.Equal(got.Row(y), want.Row(y)) {
			t.Fatalf("line %d: got\n%x, want\n%x", y, got.Row(y), want.Row(y))
		}
	}
}

func coded(t testing.TB, p *raster.Page, s Style) Coded {
	t.Helper()
	c, err := Code(p, s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var styles = map[string]Style{
	"MH":           {Coding: t4.MH},
	"MH LSB":       {Coding: t4.MH, LSBFirst: true},
	"MH aligned":   {Coding: t4.MH, AlignedEOL: true},
	"MR":           {Coding: t4.MR},
	"MR LSB align": {Coding: t4.MR, LSBFirst: true, AlignedEOL: true},
	"MMR":          {Coding: t4.MMR},
	"MMR LSB":      {Coding: t4.MMR, LSBFirst: true},
}

func TestWriteAndRead(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			pages := []*raster.Page{
				pattern(1728, 60, raster.Fine), pattern(1728, 30, raster.Standard), pattern(2432, 40, raster.Superfine),
				pattern(2592, 50, raster.Inch300), pattern(13, 3, raster.Inch200), pattern(3456, 20, raster.R16),
			}
			var d disk
			if err := Write(&d, style, pages...); err != nil {
				t.Fatal(err)
			}
			f := open(t, d.data)
			if f.Pages() != len(pages) {
				t.Fatalf("%d pages, want %d", f.Pages(), len(pages))
			}
			for i, want := range pages {
				got, err := f.Page(i)
				if err != nil {
					t.Fatal(err)
				}
				samePage(t, got, want)
			}
		})
	}
}

func TestRemarks(t *testing.T) {
	c := coded(t, pattern(1728, 10, raster.Fine), Style{Coding: t4.MMR})
	c.Quality = &Quality{BadRows: 3, LongestBad: 2, Data: Regenerated}
	c.Description = "the line broke off"
	c.Software = "faxbox"
	c.Time = time.Date(2026, 11, 21, 14, 22, 33, 0, time.UTC)
	c.Fields = []Field{Text(FaxSubAddress, "123"), Longs(FaxRecvTime, 42), Shorts(40001, 1, 2, 3), Fraction(40000, 1, 3)}
	var d disk
	w, err := NewWriter(&d)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Append(c); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, d.data)
	got, err := f.Info(1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Quality == nil || *got.Quality != *c.Quality {
		t.Errorf("quality %v, want %v", got.Quality, *c.Quality)
	}
	got.Quality = nil
	want := Info{
		Width: 1728, Height: 10, Resolution: raster.Fine, Scheme: Group4,
		Description: c.Description, Software: "faxbox", DateTime: "2026:11:21 14:22:33",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for tag, want := range map[Tag]string{
		FaxSubAddress: "123", FaxRecvTime: "42", 40001: "1, 2, 3", 40000: "0.3333333333333333", PageNumber: "1, 0", NewSubfileType: "2",
	} {
		if v, ok, err := f.Field(1, tag); !ok || err != nil || v.String() != want {
			t.Errorf("%v: %q %v %v, want %q", tag, v, ok, err, want)
		}
	}
	if _, ok, err := f.Field(1, Artist); ok || err != nil {
		t.Errorf("Artist: %v %v, want none", ok, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	good := coded(t, pattern(64, 4, raster.Fine), Style{Coding: t4.MH})
	for name, c := range map[string]struct {
		change func(*Coded)
		want   string
	}{
		"no lines":        {func(c *Coded) { c.Height = 0 }, "page 1: a page of 64 x 0 pels"},
		"no octets":       {func(c *Coded) { c.Strip = nil }, "in 0 octets cannot be stored"},
		"too wide":        {func(c *Coded) { c.Width = t4.MaxWidth + 1 }, "cannot be stored"},
		"no coding":       {func(c *Coded) { c.Coding = 0 }, "page 1: no coding cannot be stored"},
		"a tag twice":     {func(c *Coded) { c.Fields = []Field{Shorts(ImageWidth, 1)} }, "tag ImageWidth (256) is there twice"},
		"half a number":   {func(c *Coded) { c.Fields = []Field{{40000, Long, []byte{1, 2, 3}}} }, "tag 40000: 3 octets are no values of type 4"},
		"an unknown type": {func(c *Coded) { c.Fields = []Field{{40000, 99, []byte{1}}} }, "no values of type 99"},
		"nothing":         {func(c *Coded) { c.Fields = []Field{Shorts(40000)} }, "0 octets are no values"},
	} {
		t.Run(name, func(t *testing.T) {
			var d disk
			w, err := NewWriter(&d)
			if err != nil {
				t.Fatal(err)
			}
			bad := good
			c.change(&bad)
			if err := w.Append(bad); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err := w.Append(good); err != nil {
				t.Errorf("a good page after it: %v", err)
			}
		})
	}
	var d disk
	w, err := NewWriter(&d)
	if err != nil {
		t.Fatal(err)
	}
	w.end = math.MaxUint32 - 5
	if err := w.Append(good); err == nil || !strings.Contains(err.Error(), "4 GB") {
		t.Errorf("at 4 GB: %v", err)
	}
}

// change is one thing that is done to a file, for TestPlugPulled.
type change struct {
	do    func(*Writer) error
	after []int // heights of the pages when it is done
}

// TestPlugPulled writes a file and cuts the power at every moment: after each write, and within each, with what was not yet
// synced there or not, or partly. At each moment the file holds the pages before the change or those after it, whole.
func TestPlugPulled(t *testing.T) {
	page := func(height int) Coded { return coded(t, pattern(64, height, raster.Fine), Style{Coding: t4.MMR}) }
	add := func(height int) func(*Writer) error {
		return func(w *Writer) error { return w.Append(page(height)) }
	}
	instead := func(height int) func(*Writer) error {
		return func(w *Writer) error { return w.Replace(page(height)) }
	}
	changes := []change{
		{add(1), []int{1}},
		{instead(2), []int{2}},
		{add(3), []int{2, 3}},
		{add(40), []int{2, 3, 40}},
		{instead(5), []int{2, 3, 5}},
		{add(6), []int{2, 3, 5, 6}},
		{(*Writer).Drop, []int{2, 3, 5}},
		{add(7), []int{2, 3, 5, 7}},
	}
	var d disk
	w, err := NewWriter(&d)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	var before []int
	for i, c := range changes {
		durable := bytes.Clone(d.data)
		d.log = nil
		if err := c.do(w); err != nil {
			t.Fatal(err)
		}
		for data := range crashes(durable, d.log) {
			checked++
			if got := heights(data); got != fmt.Sprint(before) && got != fmt.Sprint(c.after) {
				t.Fatalf("change %d: pages %s, want %v or %v", i+1, got, before, c.after)
			}
		}
		if got := heights(d.data); got != fmt.Sprint(c.after) {
			t.Fatalf("change %d: pages %s, want %v", i+1, got, c.after)
		}
		if w.Pages() != len(c.after) {
			t.Fatalf("change %d: Pages is %d, want %d", i+1, w.Pages(), len(c.after))
		}
		before = c.after
	}
	if checked < 1000 {
		t.Errorf("only %d moments were looked at", checked)
	}
}

// crashes yields what may be on the disk after the power fails somewhere in these writes. What was synced is there. Of each
// write since, any of: nothing; its beginning; its end. A write of four octets or less on a multiple of four is there or not.
func crashes(durable []byte, log []write) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, w := range log {
			if w.data == nil {
				continue
			}
			cuts := []int{0, len(w.data)}
			if len(w.data) > 4 || w.at%4 != 0 {
				cuts = nil
				for cut := range len(w.data) + 1 {
					cuts = append(cuts, cut)
				}
			}
			for _, cut := range cuts {
				if !yield(patch(bytes.Clone(durable), w.data[:cut], w.at)) ||
					!yield(patch(bytes.Clone(durable), w.data[cut:], w.at+int64(cut))) {
					return
				}
			}
			durable = patch(bytes.Clone(durable), w.data, w.at)
		}
	}
}

// TestWritesAreSynced: crashes takes it that each write is durable before the next begins.
func TestWritesAreSynced(t *testing.T) {
	var d disk
	if err := Write(&d, Style{Coding: t4.MMR}, pattern(64, 4, raster.Fine), pattern(64, 5, raster.Fine)); err != nil {
		t.Fatal(err)
	}
	for i, w := range d.log[1:] { // after the header
		if i%2 != 0 != (w.data == nil) {
			t.Fatalf("operation %d is not in turn: write, sync, write, sync", i)
		}
	}
}

// heights names the pages of a file by their heights, having read each of them.
func heights(data []byte) string {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil && strings.Contains(err.Error(), "no pages") {
		return "[]"
	}
	if err != nil {
		return err.Error()
	}
	var h []int
	for i := range f.Pages() {
		p, err := f.Page(i)
		if err != nil {
			return err.Error()
		}
		h = append(h, p.Height)
	}
	return fmt.Sprint(h)
}

// TestDiskFails: whatever operation fails, the error comes out, and the pages that were confirmed are there.
func TestDiskFails(t *testing.T) {
	page := coded(t, pattern(64, 4, raster.Fine), Style{Coding: t4.MMR})
	for failAt := 1; ; failAt++ {
		d := &disk{failAt: failAt}
		w, err := NewWriter(d)
		if err != nil {
			if !errors.Is(err, errDisk) {
				t.Fatal(err)
			}
			continue
		}
		kept, failed := 0, false
		for range 3 {
			if err := w.Append(page); err == nil {
				kept++
			} else if failed = true; !errors.Is(err, errDisk) {
				t.Fatal(err)
			}
		}
		if got := strings.Count(heights(d.data), "4"); got < kept {
			t.Errorf("operation %d fails: %d pages are there, %d were confirmed", failAt, got, kept)
		}
		if !failed {
			break
		}
	}
}

// TestAppendAfterFullDisk: a page that did not fit may be tried again.
func TestAppendAfterFullDisk(t *testing.T) {
	page := coded(t, pattern(64, 4, raster.Fine), Style{Coding: t4.MMR})
	d := &disk{}
	w, err := NewWriter(d)
	if err != nil {
		t.Fatal(err)
	}
	d.failAt = d.n + 1
	if err := w.Append(page); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	if err := w.Append(page); err != nil {
		t.Fatal(err)
	}
	if got := heights(d.data); got != "[4]" {
		t.Errorf("pages %s", got)
	}
}

func BenchmarkPage(b *testing.B) {
	for name, style := range map[string]Style{"MH": {Coding: t4.MH}, "MMR": {Coding: t4.MMR}} {
		b.Run(name, func(b *testing.B) {
			var d disk
			if err := Write(&d, style, sample.Letter(raster.Fine)); err != nil {
				b.Fatal(err)
			}
			f := open(b, d.data)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Page(0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
