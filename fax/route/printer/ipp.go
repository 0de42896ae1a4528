package printer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/OpenPrinting/goipp"

	"faxbox/fax"
)

// ipp speaks to one printer.
type ipp struct {
	uri  string // ipp: or ipps:
	url  string // the same for HTTP
	host string // to be vouched for
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	next uint32 // request id

	trust func(proof string) error
}

const (
	connectPatience = 30 * time.Second
	answerPatience  = 2 * time.Minute // a printer that wakes up
	maxAnswer       = 1 << 20
)

// ask makes a request, with a document behind it if there is one, and reads the answer. A status that is no success is a
// *status.
func (p *ipp) ask(ctx context.Context, op goipp.Op, attrs []goipp.Attribute, job goipp.Attributes, document io.Reader) (*goipp.Message, error) {
	p.next++
	m := goipp.NewRequest(goipp.MakeVersion(1, 1), op, p.next)
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	m.Operation.Add(goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(p.uri)))
	for _, a := range attrs {
		m.Operation.Add(a)
	}
	m.Job = job
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, err
	}
	body := io.Reader(bytes.NewReader(head))
	if document != nil {
		body = io.MultiReader(body, document)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, body)
	if err != nil {
		return nil, err
	}
	if document == nil {
		r.ContentLength = int64(len(head))
	}
	r.Header.Set("Content-Type", goipp.ContentType)
	r.Header.Set("User-Agent", "faxbox IPP/1.1")
	return p.do(r)
}

func (p *ipp) do(r *http.Request) (*goipp.Message, error) {
	dial := p.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectPatience}).DialContext
	}
	transport := &http.Transport{
		DialContext: dial, DisableKeepAlives: true, TLSHandshakeTimeout: connectPatience, ResponseHeaderTimeout: answerPatience,
		// Nearly all printers sign their certificates themselves: what is asked is that it is the same printer.
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true, VerifyConnection: p.verify, MinVersion: tls.VersionTLS12},
		MaxResponseHeaderBytes: 64 << 10,
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	var m goipp.Message
	if err := m.DecodeEx(io.LimitReader(answer.Body, maxAnswer), goipp.DecoderOptions{EnableWorkarounds: true}); err != nil {
		return nil, fmt.Errorf("it does not answer as printers do: %w", err)
	}
	if code := goipp.Status(m.Code); code >= 0x100 {
		return &m, &status{code}
	}
	return &m, nil
}

// status is an answer of a printer that is no success.
type status struct{ goipp.Status }

func (s *status) Error() string { return "it says " + s.Status.String() }

// is reports whether an error is this answer of the printer.
func is(err error, code goipp.Status) bool {
	s, ok := errors.AsType[*status](err)
	return ok && s.Status == code
}

// texts are the values of an attribute as text.
func texts(attrs goipp.Attributes, name string) (list []string) {
	for _, a := range attrs {
		if a.Name == name {
			for _, v := range a.Values {
				list = append(list, v.V.String())
			}
		}
	}
	return list
}

// number is the first value of an attribute as a number; 0 if it has none.
func number(attrs goipp.Attributes, name string) int {
	for _, a := range attrs {
		if a.Name == name && len(a.Values) > 0 {
			if n, ok := a.Values[0].V.(goipp.Integer); ok {
				return int(n)
			}
		}
	}
	return 0
}

// resolutions are the values of an attribute that are square, in pels an inch.
func resolutions(attrs goipp.Attributes, name string) (list []int) {
	for _, a := range attrs {
		for _, v := range a.Values {
			if r, ok := v.V.(goipp.Resolution); ok && a.Name == name && r.Xres == r.Yres && r.Units == goipp.UnitsDpi {
				list = append(list, r.Xres)
			}
		}
	}
	slices.Sort(list)
	return list
}

func keyword(name string, values ...string) goipp.Attribute {
	return many(name, goipp.TagKeyword, values)
}

func many(name string, tag goipp.Tag, values []string) goipp.Attribute {
	a := goipp.Attribute{Name: name}
	for _, v := range values {
		a.Values.Add(tag, goipp.String(v))
	}
	return a
}

// abilities are what a printer says of itself.
type abilities struct {
	formats    []string
	kinds      []string // of PWG raster
	dpi        []int
	papers     []string
	scaling    []string
	operations []string
	attributes []string // job-creation-attributes-supported
	jobs       []string // which-jobs-supported
	reasons    []string
	refuses    bool
	up         time.Duration // since it was switched on
}

func (p *ipp) abilities(ctx context.Context) (abilities, error) {
	m, err := p.ask(ctx, goipp.OpGetPrinterAttributes, []goipp.Attribute{keyword("requested-attributes",
		"document-format-supported", "pwg-raster-document-type-supported", "pwg-raster-document-resolution-supported", "media-supported",
		"print-scaling-supported", "operations-supported", "job-creation-attributes-supported", "which-jobs-supported",
		"printer-state-reasons", "printer-is-accepting-jobs", "printer-up-time")}, nil, nil)
	if err != nil {
		return abilities{}, err
	}
	a := m.Printer
	return abilities{
		formats: texts(a, "document-format-supported"), kinds: texts(a, "pwg-raster-document-type-supported"),
		dpi: resolutions(a, "pwg-raster-document-resolution-supported"), papers: texts(a, "media-supported"),
		scaling: texts(a, "print-scaling-supported"), operations: texts(a, "operations-supported"),
		attributes: texts(a, "job-creation-attributes-supported"), jobs: texts(a, "which-jobs-supported"),
		reasons: texts(a, "printer-state-reasons"), refuses: slices.Equal(texts(a, "printer-is-accepting-jobs"), []string{"false"}),
		up: time.Duration(number(a, "printer-up-time")) * time.Second,
	}, nil
}

// The formats, as printers name them.
const (
	typePDF = "application/pdf"
	typePWG = "image/pwg-raster"
)

// choose is the format that a job is printed in: the one that is wanted, or the best that the printer takes.
func (a abilities) choose(wanted fax.FileFormat) (string, error) {
	for _, f := range []struct {
		name fax.FileFormat
		kind string
	}{{fax.PDF, typePDF}, {fax.PWG, typePWG}} {
		if (wanted == f.name || wanted == "") && slices.Contains(a.formats, f.kind) && (f.kind != typePWG || a.raster() != "" && a.resolution() > 0) {
			return f.kind, nil
		}
	}
	return "", &failed{sentence: "the printer takes none of the formats that this box makes, only " + strings.Join(a.formats, ", "), final: true,
		hint: "Use a socket: address with the format pcl if the printer knows PCL, or print on another one."}
}

// raster is the kind of PWG raster that a fax is made; empty: none.
func (a abilities) raster() pwgKind {
	for _, kind := range []pwgKind{black1, sgray8} {
		if slices.Contains(a.kinds, string(kind)) {
			return kind
		}
	}
	return ""
}

// resolution is the one nearest above that of a fax, of the resolutions that the printer has; 0: none that can be used.
func (a abilities) resolution() int {
	const least, most = 200, 1200
	for _, dpi := range a.dpi {
		if least <= dpi && dpi <= most {
			return dpi
		}
	}
	return 0
}

// jobState is what a job does (RFC 8011, 5.3.7).
type jobState int

const (
	jobCanceled  jobState = 7
	jobAborted   jobState = 8
	jobCompleted jobState = 9
)

// state asks what a job does, and why.
func (p *ipp) state(ctx context.Context, id int) (jobState, []string, error) {
	m, err := p.ask(ctx, goipp.OpGetJobAttributes, []goipp.Attribute{
		goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)),
		keyword("requested-attributes", "job-state", "job-state-reasons"),
	}, nil, nil)
	if err != nil {
		return 0, nil, err
	}
	return jobState(number(m.Job, "job-state")), texts(m.Job, "job-state-reasons"), nil
}

// find is the id of the last job of this name; 0 if the printer knows none.
func (p *ipp) find(ctx context.Context, name string, a abilities) (int, error) {
	if !slices.Contains(a.operations, strconv.Itoa(int(goipp.OpGetJobs))) {
		return 0, nil
	}
	which := []string{"not-completed", "completed"}
	if slices.Contains(a.jobs, "all") {
		which = []string{"all"}
	}
	for _, w := range which {
		m, err := p.ask(ctx, goipp.OpGetJobs, []goipp.Attribute{
			goipp.MakeAttribute("limit", goipp.TagInteger, goipp.Integer(200)), keyword("which-jobs", w),
			keyword("requested-attributes", "job-id", "job-name", "job-state"),
		}, nil, nil)
		if _, refused := errors.AsType[*status](err); refused {
			continue
		}
		if err != nil {
			return 0, err
		}
		for _, g := range m.AttrGroups() {
			state := jobState(number(g.Attrs, "job-state"))
			if g.Tag == goipp.TagJobGroup && slices.Contains(texts(g.Attrs, "job-name"), name) && state != jobAborted && state != jobCanceled {
				return number(g.Attrs, "job-id"), nil
			}
		}
	}
	return 0, nil
}

// send gives the printer a job: its id.
func (p *ipp) send(ctx context.Context, j Job, a abilities, format string, paper Paper) (int, error) {
	document, into := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() { // ends when the pipe is closed
		if format == typePDF {
			into.CloseWithError(j.PDF(into))
			return
		}
		into.CloseWithError(writePWG(into, j.Pages, paper, a.resolution(), a.raster()))
	})
	defer writing.Wait()
	defer document.Close()
	var attrs goipp.Attributes
	add := func(name, value string) {
		if slices.Contains(a.attributes, name) {
			attrs.Add(keyword(name, value))
		}
	}
	if slices.Contains(a.papers, paper.Name) {
		add("media", paper.Name)
	}
	if slices.Contains(a.scaling, "fit") && format == typePDF {
		add("print-scaling", "fit")
	}
	add("print-color-mode", "monochrome")
	m, err := p.ask(ctx, goipp.OpPrintJob, []goipp.Attribute{
		goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String("faxbox")),
		goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(j.Name)),
		goipp.MakeAttribute("ipp-attribute-fidelity", goipp.TagBoolean, goipp.Boolean(false)),
		goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String(format)),
	}, attrs, document)
	if err != nil {
		return 0, err
	}
	return number(m.Job, "job-id"), nil
}
