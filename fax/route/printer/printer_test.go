package printer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/OpenPrinting/goipp"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/route/nettest"
)

// fake is a printer that speaks IPP.
type fake struct {
	*nettest.Listener
	server http.Server

	mu      sync.Mutex
	formats []string
	kinds   []string
	dpi     []int
	refuses bool
	reasons []string
	up      time.Time
	answer  func(op goipp.Op) goipp.Status // of a request; 0: as usual
	lose    bool                           // the answer to Print-Job
	after   time.Duration                  // a job takes
	ends    jobState                       // and ends so; 0: never
	jobs    []job
}

type job struct {
	name, format string
	began        time.Time
	document     []byte
	gone         bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{Listener: nettest.Listen(), formats: []string{typePDF, typePWG, "image/urf"}, kinds: []string{"sgray_8", "srgb_8"},
		dpi: []int{300, 600}, after: 10 * time.Second, ends: jobCompleted, up: time.Now()}
	f.server.Handler = f
	go f.server.Serve(f)
	t.Cleanup(func() { f.server.Close() })
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m goipp.Message
	if err := m.Decode(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	document, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	op := goipp.Op(m.Code)
	answer := goipp.NewResponse(m.Version, goipp.StatusOk, m.RequestID)
	answer.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	answer.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	if f.answer != nil && f.answer(op) != 0 {
		answer.Code = goipp.Code(f.answer(op))
	} else {
		f.carryOut(op, &m, answer, document)
	}
	if op == goipp.OpPrintJob && f.lose {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", goipp.ContentType)
	_ = answer.Encode(w)
}

func (f *fake) carryOut(op goipp.Op, m, answer *goipp.Message, document []byte) {
	integer := func(attrs *goipp.Attributes, name string, n int) {
		attrs.Add(goipp.MakeAttribute(name, goipp.TagInteger, goipp.Integer(n)))
	}
	switch op {
	case goipp.OpGetPrinterAttributes:
		a := &answer.Printer
		a.Add(many("document-format-supported", goipp.TagMimeType, f.formats))
		a.Add(keyword("pwg-raster-document-type-supported", f.kinds...))
		res := goipp.Attribute{Name: "pwg-raster-document-resolution-supported"}
		for _, dpi := range f.dpi {
			res.Values.Add(goipp.TagResolution, goipp.Resolution{Xres: dpi, Yres: dpi, Units: goipp.UnitsDpi})
		}
		a.Add(res)
		a.Add(keyword("media-supported", A4.Name, Letter.Name))
		a.Add(keyword("print-scaling-supported", "fit", "none"))
		a.Add(keyword("job-creation-attributes-supported", "media", "print-scaling", "print-color-mode"))
		ops := goipp.Attribute{Name: "operations-supported"}
		for _, o := range []goipp.Op{goipp.OpPrintJob, goipp.OpGetJobs, goipp.OpGetJobAttributes} {
			ops.Values.Add(goipp.TagEnum, goipp.Integer(o))
		}
		a.Add(ops)
		a.Add(keyword("printer-state-reasons", append([]string{}, append(f.reasons, "none")...)...))
		a.Add(goipp.MakeAttribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(!f.refuses)))
		integer(a, "printer-up-time", 1+int(time.Since(f.up).Seconds()))
	case goipp.OpPrintJob:
		f.jobs = append(f.jobs, job{name: texts(m.Operation, "job-name")[0], format: texts(m.Operation, "document-format")[0],
			began: time.Now(), document: document})
		integer(&answer.Job, "job-id", len(f.jobs))
	case goipp.OpGetJobAttributes:
		n := number(m.Operation, "job-id")
		if n < 1 || n > len(f.jobs) || f.jobs[n-1].gone {
			answer.Code = goipp.Code(goipp.StatusErrorNotFound)
			return
		}
		answer.Job.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(f.state(f.jobs[n-1]))))
		answer.Job.Add(keyword("job-state-reasons", "none"))
	case goipp.OpGetJobs:
		which := texts(m.Operation, "which-jobs")[0]
		answer.Groups = goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: answer.Operation}}
		for i, j := range f.jobs {
			if over := f.state(j) == f.ends; over != (which == "completed") || j.gone {
				continue
			}
			var a goipp.Attributes
			integer(&a, "job-id", i+1)
			a.Add(goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(j.name)))
			a.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(f.state(j))))
			answer.Groups.Add(goipp.Group{Tag: goipp.TagJobGroup, Attrs: a})
		}
	}
}

func (f *fake) state(j job) jobState {
	if f.ends != 0 && time.Since(j.began) >= f.after {
		return f.ends
	}
	return 5 // processing
}

// sheets are pages in memory.
type sheets []*raster.Page

func (s sheets) Pages() int                       { return len(s) }
func (s sheets) Page(n int) (*raster.Page, error) { return s[n-1], nil }

// drawn is a page of random blots.
func drawn(height int) *raster.Page {
	p := raster.New(1728, height, raster.Fine)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		x, y := r.IntN(p.Stride), r.IntN(height)
		for dy := range min(9, height-y) {
			p.Row(y + dy)[x] = byte(r.Uint32())
		}
	}
	return p
}

func toPrint(format fax.FileFormat) Job {
	return Job{
		Name: "Fax from 030 [fax-1-abc]", Pages: sheets{drawn(300), drawn(200)}, Paper: A4, Format: format, Attempt: 1,
		PDF: func(w io.Writer) error { _, err := io.WriteString(w, "%PDF-1.7 and so on"); return err },
	}
}

// printing runs a test with a printer in virtual time.
func printing(t *testing.T, f func(t *testing.T, p Printer, f *fake)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := newFake(t)
		f(t, Printer{URL: "ipp://printer.local/ipp/print", Dial: fake.Dial}, fake)
	})
}

func TestPrintPDF(t *testing.T) {
	printing(t, func(t *testing.T, p Printer, f *fake) {
		begun := time.Now()
		result, handle, err := p.Print(t.Context(), toPrint(""))
		if err != nil || result != "job 1: printed" || handle != "1" {
			t.Fatalf("%v, %q, %q", err, result, handle)
		}
		if len(f.jobs) != 1 || f.jobs[0].format != typePDF || string(f.jobs[0].document) != "%PDF-1.7 and so on" || f.jobs[0].name != toPrint("").Name {
			t.Errorf("%+v", f.jobs)
		}
		if d := time.Since(begun); d < f.after || d > f.after+2*pollEvery {
			t.Errorf("told after %v", d)
		}
	})
}

// A printer without PDF gets raster, as it wants it.
func TestPrintRaster(t *testing.T) {
	for _, kinds := range [][]string{{"sgray_8", "srgb_8"}, {"black_1", "sgray_8"}} {
		printing(t, func(t *testing.T, p Printer, f *fake) {
			f.formats, f.kinds = []string{"image/urf", typePWG}, kinds
			if _, _, err := p.Print(t.Context(), toPrint("")); err != nil {
				t.Fatal(err)
			}
			pages := readPWG(t, f.jobs[0].document)
			if len(pages) != 2 {
				t.Fatalf("%d pages", len(pages))
			}
			for i, got := range pages {
				want := sheet(drawn([]int{300, 200}[i]), A4.Width, A4.Height, margin, 300)
				if got.Width != 2480 || got.Height != 3508 || !bytes.Equal(got.Bits, want.Bits) {
					t.Errorf("%v: page %d of %dx%d is another", kinds, i+1, got.Width, got.Height)
				}
			}
		})
	}
}

func TestPrintFailures(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fake)
		want   string
		final  bool
		handle string
	}{
		"closed":          {func(f *fake) { f.Close() }, "cannot be reached", false, ""},
		"no format":       {func(f *fake) { f.formats = []string{"image/urf"} }, "takes none of the formats", true, ""},
		"no resolution":   {func(f *fake) { f.formats, f.dpi = []string{typePWG}, nil }, "takes none of the formats", true, ""},
		"not accepting":   {func(f *fake) { f.refuses, f.reasons = true, []string{"paused"} }, "takes no jobs now: it is paused", false, ""},
		"wrong path":      {func(f *fake) { f.refuse(goipp.OpGetPrinterAttributes, goipp.StatusErrorNotFound) }, "client-error-not-found", false, ""},
		"no right":        {func(f *fake) { f.refuse(goipp.OpPrintJob, goipp.StatusErrorNotAuthorized) }, "not-authorized", false, ""},
		"busy":            {func(f *fake) { f.refuse(goipp.OpPrintJob, goipp.StatusErrorBusy) }, "busy", false, ""},
		"not that format": {func(f *fake) { f.refuse(goipp.OpPrintJob, goipp.StatusErrorDocumentFormatNotSupported) }, "cannot print application/pdf", true, ""},
		"cancelled":       {func(f *fake) { f.ends = jobCanceled }, "somebody cancelled", true, ""},
		"aborted":         {func(f *fake) { f.ends = jobAborted }, "broke off", false, ""},
		"no paper":        {func(f *fake) { f.ends, f.reasons = 0, []string{"media-empty-error", "toner-low"} }, "has not printed it yet: it has no paper", false, "1"},
		"lost answer":     {func(f *fake) { f.lose = true }, "cannot be reached", false, ""},
		"no state":        {func(f *fake) { f.refuse(goipp.OpGetJobAttributes, goipp.StatusErrorInternal) }, "server-error-internal", false, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			printing(t, func(t *testing.T, p Printer, f *fake) {
				c.change(f)
				begun := time.Now()
				result, handle, err := p.Print(t.Context(), toPrint(""))
				bad, ok := errors.AsType[*failed](err)
				if !ok || !strings.Contains(err.Error(), c.want) || bad.Final() != c.final || bad.Hint() == "" || result != "" || handle != c.handle {
					t.Errorf("%v, %+v, %q, %q", err, bad, result, handle)
				}
				if d := time.Since(begun); d > pollFor+10*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func (f *fake) refuse(which goipp.Op, with goipp.Status) {
	f.answer = func(op goipp.Op) goipp.Status {
		if op == which {
			return with
		}
		return 0
	}
}

// What the printer has, it is not given again: not if its answer was lost, and not if it takes hours.
func TestPrintOnce(t *testing.T) {
	printing(t, func(t *testing.T, p Printer, f *fake) {
		f.lose, f.ends = true, 0
		if _, handle, err := p.Print(t.Context(), toPrint("")); err == nil || handle != "" {
			t.Fatalf("%v, %q", err, handle)
		}
		f.lose = false
		j := toPrint("")
		j.Attempt = 2
		_, handle, err := p.Print(t.Context(), j) // found by its name
		if err == nil || handle != "1" {
			t.Fatalf("%v, %q", err, handle)
		}
		j.Attempt, j.Handle, j.Seen, f.ends = 3, handle, time.Now(), jobCompleted
		result, _, err := p.Print(t.Context(), j)
		if err != nil || result != "job 1: printed" || len(f.jobs) != 1 {
			t.Errorf("%v, %q, %d jobs", err, result, len(f.jobs))
		}
		time.Sleep(time.Hour)
		f.jobs[0].gone = true // as printers forget
		if result, _, err = p.Print(t.Context(), j); err != nil || !strings.Contains(result, "knows it no more") || len(f.jobs) != 1 {
			t.Errorf("%v, %q", err, result)
		}
		f.up = time.Now() // it was switched off and on, with what it had not printed
		if _, handle, err = p.Print(t.Context(), j); err == nil || handle != "" || !strings.Contains(err.Error(), "switched off") {
			t.Errorf("%v, %q", err, handle)
		}
	})
}

// A job that a printer breaks off every time is not given it for ever.
func TestPrintAborted(t *testing.T) {
	printing(t, func(t *testing.T, p Printer, f *fake) {
		f.ends = jobAborted
		for n := 1; n <= enough; n++ {
			j := toPrint("")
			j.Attempt = n
			_, _, err := p.Print(t.Context(), j)
			if bad, ok := errors.AsType[*failed](err); !ok || bad.Final() != (n == enough) {
				t.Errorf("%d: %v", n, err)
			}
		}
	})
}

// A printer that hangs is left when the attempt's time is over.
func TestPrintHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hole := nettest.Listen()
		go func() { // accepts, and says nothing
			for {
				c, err := hole.Accept()
				if err != nil {
					return
				}
				go io.Copy(io.Discard, c)
			}
		}()
		defer hole.Close()
		for _, address := range []string{"ipp://p/ipp/print", "socket://p"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, _, err := Printer{URL: address, Dial: hole.Dial}.Print(ctx, toPrint(""))
			if address == "ipp://p/ipp/print" && (err == nil || !errors.Is(err, context.DeadlineExceeded)) {
				t.Errorf("%s: %v", address, err)
			}
			cancel()
		}
	})
}

func TestRaw(t *testing.T) {
	for _, format := range []fax.FileFormat{"", fax.PDF} {
		l, got := nettest.Raw(t)
		result, handle, err := Printer{URL: "socket://" + l.Addr().String()}.Print(t.Context(), toPrint(format))
		if err != nil || handle != "" || !strings.Contains(result, "does not tell") {
			t.Errorf("%v, %q", err, result)
		}
		data := <-got
		if format == fax.PDF {
			if string(data) != "%PDF-1.7 and so on" {
				t.Errorf("%q", data)
			}
			continue
		}
		pages := readPCL(t, data)
		for i, p := range pages {
			if want := logical(drawn([]int{300, 200}[i]), A4); !bytes.Equal(p, trimmedRows(want)) {
				t.Errorf("page %d is another: %d of %d octets", i+1, len(p), len(trimmedRows(want)))
			}
		}
		if len(pages) != 2 {
			t.Errorf("%d pages", len(pages))
		}
	}
}

func TestRawRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, _, err = Printer{URL: "socket://" + l.Addr().String()}.Print(t.Context(), toPrint(""))
	if bad, ok := errors.AsType[*failed](err); !ok || bad.Final() || bad.Hint() == "" {
		t.Errorf("%v", err)
	}
}

// Pages of all shapes lie whole on the paper.
func TestSheet(t *testing.T) {
	for _, c := range []struct {
		width, height int
		r             raster.Resolution
	}{{1728, 2292, raster.Fine}, {1728, 1146, raster.Standard}, {1728, 6000, raster.Fine}, {2432, 3300, raster.Fine}, {1, 1, raster.Fine}, {2592, 3600, raster.Resolution{X: 300, Y: 300}}} {
		p := raster.New(c.width, c.height, c.r)
		for y := range c.height {
			row := p.Row(y)
			if y == 0 || y == c.height-1 {
				for i := range row {
					row[i] = 0xFF
				}
			}
			row[0] |= 0x80
			row[(c.width-1)/8] |= 0x80 >> ((c.width - 1) % 8)
			if c.width%8 != 0 {
				row[len(row)-1] &= 0xFF << (8 - c.width%8)
			}
		}
		for _, paper := range []Paper{A4, Letter} {
			s := sheet(p, paper.Width, paper.Height, margin, 300)
			edge := pels(margin, 300) - 1
			first, last, left, right := -1, -1, s.Width, -1
			for y := range s.Height {
				for x := range s.Width {
					if s.Row(y)[x/8]>>(7-x%8)&1 == 1 {
						if first < 0 {
							first = y
						}
						last, left, right = y, min(left, x), max(right, x)
					}
				}
			}
			if first < edge || last >= s.Height-edge || left < edge || right >= s.Width-edge {
				t.Errorf("%+v on %s: rows %d to %d, pels %d to %d of %dx%d", c, paper.Name, first, last, left, right, s.Width, s.Height)
			}
		}
	}
}

func FuzzRuns(f *testing.F) {
	f.Add([]byte("aabbbbbcdefg"))
	f.Add(bytes.Repeat([]byte{0}, 300))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, line []byte) {
		if got := unruns(t, bytes.NewReader(runs(nil, line)), len(line)); !bytes.Equal(got, line) {
			t.Errorf("PWG: %q", got)
		}
		if got := unpack(t, packed(nil, line)); !bytes.Equal(got, line) {
			t.Errorf("PCL: %q", got)
		}
	})
}

// unruns reads a line of PWG raster.
func unruns(t *testing.T, r *bytes.Reader, octets int) []byte {
	t.Helper()
	var line []byte
	for len(line) < octets {
		c, err := r.ReadByte()
		if err != nil || c == 128 {
			t.Fatalf("code %d: %v", c, err)
		}
		n := int(c) + 1
		if c > 128 {
			n = 257 - int(c)
			part := make([]byte, n)
			if _, err := io.ReadFull(r, part); err != nil {
				t.Fatal(err)
			}
			line = append(line, part...)
			continue
		}
		b, err := r.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		line = append(line, bytes.Repeat([]byte{b}, n)...)
	}
	return line
}

// readPWG reads pages, whatever their depth.
func readPWG(t *testing.T, data []byte) (pages []*raster.Page) {
	t.Helper()
	r := bytes.NewReader(data)
	sync := make([]byte, 4)
	if _, err := io.ReadFull(r, sync); err != nil || string(sync) != "RaS2" {
		t.Fatalf("%q, %v", sync, err)
	}
	for r.Len() > 0 {
		h := make([]byte, 1796)
		if _, err := io.ReadFull(r, h); err != nil {
			t.Fatal(err)
		}
		get := func(at int) int { return int(binary.BigEndian.Uint32(h[at:])) }
		p := raster.New(get(372), get(376), raster.Resolution{X: get(276), Y: get(280)})
		for y := 0; y < p.Height; {
			same, err := r.ReadByte()
			if err != nil {
				t.Fatal(err)
			}
			line := unruns(t, r, get(392))
			if get(388) == 8 {
				line = threshold(line)
			}
			for range int(same) + 1 {
				copy(p.Row(y), line)
				y++
			}
		}
		pages = append(pages, p)
	}
	return pages
}

func threshold(line []byte) []byte {
	bits := make([]byte, (len(line)+7)/8)
	for x, v := range line {
		if v < 128 {
			bits[x/8] |= 0x80 >> (x % 8)
		}
	}
	return bits
}

func unpack(t *testing.T, data []byte) (row []byte) {
	t.Helper()
	for len(data) > 0 {
		n := int(int8(data[0]))
		switch {
		case n >= 0:
			row, data = append(row, data[1:n+2]...), data[n+2:]
		default:
			row, data = append(row, bytes.Repeat(data[1:2], 1-n)...), data[2:]
		}
	}
	return row
}

// trimmedRows are the rows of a page down to the last that is not white, each without its white end and with a mark behind it.
func trimmedRows(p *raster.Page) []byte {
	var all []byte
	for y := range p.Height {
		all = append(append(all, trimmed(p.Row(y))...), "|"...)
	}
	return bytes.TrimRight(all, "|")
}

// readPCL reads the raster of each page as trimmedRows has it.
func readPCL(t *testing.T, data []byte) (pages [][]byte) {
	t.Helper()
	var rows []byte
	for len(data) > 0 {
		at := bytes.IndexAny(data, "\x1b\f")
		if at < 0 {
			break
		}
		if data[at] == '\f' {
			pages, rows, data = append(pages, bytes.TrimRight(rows, "|")), nil, data[at+1:]
			continue
		}
		data = data[at:]
		end := 1 + slices.IndexFunc(data[1:], func(b byte) bool { return 'A' <= b && b <= 'Z' || b == '%' })
		var n int
		switch command := string(data[:end+1]); {
		case strings.HasPrefix(command, "\x1b*b") && data[end] == 'W':
			fmt.Sscanf(command, "\x1b*b%dW", &n)
			rows = append(append(rows, trimmed(unpack(t, data[end+1:end+1+n]))...), "|"...)
			end += n
		case strings.HasPrefix(command, "\x1b*b") && data[end] == 'Y':
			fmt.Sscanf(command, "\x1b*b%dY", &n)
			rows = append(rows, strings.Repeat("|", n)...)
		}
		data = data[end+1:]
	}
	return pages
}

func TestUnreachable(t *testing.T) {
	for want, err := range map[string]error{
		"nothing answers": &net.OpError{Err: syscall.ECONNREFUSED}, "its name": fmt.Errorf("x: %w", &net.DNSError{}), "no way": syscall.EHOSTUNREACH,
		"does not answer": context.DeadlineExceeded, "broke the connection": io.ErrUnexpectedEOF, "something else": errors.New("something else"),
	} {
		if got := Unreachable(err); !strings.Contains(got.Error(), want) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestPanel(t *testing.T) {
	if got := panel("Fax \"x\"\r\n@PJL RESET \x1b%-12345X ä"); strings.ContainsAny(got, "\"\r\n\x1b") {
		t.Errorf("%q", got)
	}
}
