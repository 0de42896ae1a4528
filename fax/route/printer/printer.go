package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/OpenPrinting/goipp"

	"faxbox/fax"
)

// Printer is a printer in the network.
type Printer struct {
	// URL is ipp: or ipps: with a path, or socket: with a port.
	URL string
	// Dial connects; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Trust decides whether a printer of ipps: is the one that it was, by its proof: Vouched, or the SHA-256 of its
	// public key in hex. It answers ErrStranger if it is not; nil trusts any.
	Trust func(url, proof string) error
}

// ErrStranger means that a printer is not the one that it was.
var ErrStranger = errors.New("the certificate is another than before")

// Job is something to be printed.
type Job struct {
	Name   string // for people, and the same and no other job's at each attempt
	Pages  Pages
	PDF    func(io.Writer) error
	Paper  Paper
	Format fax.FileFormat // empty: what suits the printer best

	Attempt int       // which it is, from 1
	Handle  string    // what the printer knows the job by since an earlier one
	Seen    time.Time // when that was
}

// enough is how often a printer may break a job off before it is not given it any more.
const enough = 5

// failed is why something was not printed.
type failed struct {
	sentence, hint string
	final          bool
	err            error
}

func (f *failed) Error() string {
	if f.err != nil {
		return f.sentence + ": " + f.err.Error()
	}
	return f.sentence
}
func (f *failed) Unwrap() error { return f.err }
func (f *failed) Hint() string  { return f.hint }
func (f *failed) Final() bool   { return f.final }

// Print prints, and waits for some minutes until it is done. The handle is what the printer knows the job by, also with an
// error: then it has the job, and is to be asked for it again. Result is what is known of its end.
func (p Printer) Print(ctx context.Context, j Job) (result, handle string, err error) {
	u, err := url.Parse(p.URL)
	if err != nil {
		return "", "", &failed{sentence: "the printer's address", err: err, final: true}
	}
	if u.Scheme == "socket" {
		result, err := p.raw(ctx, u, j)
		return result, "", err
	}
	scheme, port := "http", "631"
	if u.Scheme == "ipps" {
		scheme = "https"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	web := url.URL{Scheme: scheme, Host: net.JoinHostPort(u.Hostname(), port), Path: u.Path, RawQuery: u.RawQuery}
	return (&ipp{uri: u.String(), url: web.String(), host: u.Hostname(), dial: p.Dial, trust: p.trust}).print(ctx, j, u.Host)
}

func (p Printer) trust(proof string) error {
	if p.Trust == nil {
		return nil
	}
	return p.Trust(p.URL, proof)
}

// pollFor is how long a printer is watched in one attempt, and pollEvery how often it is asked.
const (
	pollFor   = 4 * time.Minute
	pollEvery = 3 * time.Second
)

func (p *ipp) print(ctx context.Context, j Job, host string) (result, handle string, err error) {
	a, err := p.abilities(ctx)
	if err != nil {
		return "", j.Handle, unreached(host, err)
	}
	id, err := strconv.Atoi(j.Handle)
	if err != nil { // there is none
		id = 0
	}
	if id == 0 && j.Attempt > 1 {
		if id, err = p.find(ctx, j.Name, a); err != nil {
			return "", "", unreached(host, err)
		}
	}
	if id == 0 {
		if id, err = p.begin(ctx, j, a, host); err != nil || id == 0 {
			return "", "", err
		}
	}
	return p.watch(ctx, j, id, host, a)
}

// begin gives the printer the job.
func (p *ipp) begin(ctx context.Context, j Job, a abilities, host string) (int, error) {
	if a.refuses {
		return 0, &failed{sentence: fmt.Sprintf("the printer %s takes no jobs now%s", host, because(a.reasons)), hint: "Look at the printer's panel."}
	}
	format, err := a.choose(j.Format)
	if err != nil {
		return 0, err
	}
	id, err := p.send(ctx, j, a, format, j.Paper)
	switch {
	case is(err, goipp.StatusErrorDocumentFormatNotSupported), is(err, goipp.StatusErrorDocumentFormatError):
		return 0, &failed{sentence: "the printer " + host + " cannot print " + format, err: err, final: true, hint: "Choose another format for this printer."}
	case err != nil:
		return 0, unreached(host, err)
	case id == 0:
		return 0, &failed{sentence: "the printer " + host + " took the fax and gave it no number", final: true,
			hint: "See whether it was printed: it cannot be asked."}
	}
	return id, nil
}

// watch asks for the job until it is over or the attempt's time is.
func (p *ipp) watch(ctx context.Context, j Job, id int, host string, a abilities) (result, handle string, err error) {
	handle = strconv.Itoa(id)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var reasons []string
	for end := time.Now().Add(pollFor); time.Now().Before(end); timer.Reset(pollEvery) {
		select {
		case <-ctx.Done():
			return "", handle, context.Cause(ctx)
		case <-timer.C:
		}
		var state jobState
		state, reasons, err = p.state(ctx, id)
		switch {
		case is(err, goipp.StatusErrorNotFound), is(err, goipp.StatusErrorGone):
			if j.Handle != "" && a.up > 0 && time.Now().Add(-a.up).After(j.Seen) {
				return "", "", &failed{sentence: fmt.Sprintf("the printer %s was switched off before it had printed the fax", host),
					hint: "Nothing need be done: it is printed again."}
			}
			return fmt.Sprintf("job %d: the printer knows it no more", id), handle, nil
		case err != nil:
			return "", handle, unreached(host, err)
		}
		switch state {
		case jobCompleted:
			return fmt.Sprintf("job %d: printed", id), handle, nil
		case jobCanceled:
			return "", "", &failed{sentence: fmt.Sprintf("somebody cancelled the job %d at the printer %s", id, host), final: true,
				hint: "Have the fax passed on anew if it is wanted on paper."}
		case jobAborted:
			return "", "", &failed{sentence: fmt.Sprintf("the printer %s broke off the job %d%s", host, id, because(reasons)),
				hint: "Look at the printer's panel; another format may suit it better.", final: j.Attempt >= enough}
		}
	}
	if now, err := p.abilities(ctx); err == nil {
		reasons = append(now.reasons, reasons...)
	}
	return "", handle, &failed{sentence: fmt.Sprintf("the printer %s has the fax as job %d and has not printed it yet%s", host, id, because(reasons)),
		hint: "Look at the printer: paper, toner, a door."}
}

// unreached is an error of the connection or an answer that is no success.
func unreached(host string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &failed{sentence: "the printer " + host + " takes too long", err: Unreachable(err), hint: "See whether it is switched on."}
	}
	if errors.Is(err, ErrStranger) {
		return &failed{sentence: "the printer " + host + " shows another certificate than before",
			hint: "If it was replaced or set up anew, try it with a test page: from then on its new certificate counts."}
	}
	if s, ok := errors.AsType[*status](err); ok {
		hint := "Look at the printer's panel."
		switch s.Status {
		case goipp.StatusErrorNotAuthenticated, goipp.StatusErrorNotAuthorized, goipp.StatusErrorForbidden:
			hint = "Let everybody in the network print there, or print on another one: this box has no password for it."
		case goipp.StatusErrorNotFound:
			hint = "Check the path in the printer's address: usually /ipp/print, with CUPS /printers/NAME."
		}
		return &failed{sentence: "the printer " + host + " refuses", err: err, hint: hint}
	}
	return &failed{sentence: "the printer " + host + " cannot be reached", err: Unreachable(err), hint: "See whether it is switched on, and check its address."}
}

// because is what a printer gives for reasons, in words.
func because(reasons []string) string {
	known := []struct{ keyword, words string }{
		{"media-empty", "it has no paper"}, {"media-needed", "it wants other paper"}, {"media-jam", "paper is jammed in it"},
		{"cover-open", "a cover is open"}, {"door-open", "a door is open"}, {"toner-empty", "it has no toner"}, {"marker-supply-empty", "it has no ink or toner"},
		{"input-tray-missing", "a tray is missing"}, {"output-area-full", "its output is full"}, {"paused", "it is paused"},
		{"offline", "it is offline"}, {"shutdown", "it is switched off"}, {"document-format-error", "it cannot read the file"},
		{"job-hold-until-specified", "it holds the job"}, {"spool-area-full", "its memory is full"},
	}
	var list []string
	for _, k := range known {
		if slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, k.keyword) }) {
			list = append(list, k.words)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return ": " + strings.Join(list, ", ")
}

// rawPatience is how long a raw port may take for each piece: a printer reads on only when it has printed.
const rawPatience = 5 * time.Minute

// raw sends everything down a port. What becomes of it nobody tells.
func (p Printer) raw(ctx context.Context, u *url.URL, j Job) (string, error) {
	dial := p.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectPatience}).DialContext
	}
	port := u.Port()
	if port == "" {
		port = "9100"
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return "", unreached(u.Host, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	out := &patient{conn}
	if j.Format == fax.PDF {
		err = j.PDF(out)
	} else {
		err = writePCL(out, j.Pages, j.Paper, j.Name)
	}
	if err == nil {
		err = out.finish()
	}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", &failed{sentence: "the printer " + u.Host + " did not take all of the fax", err: Unreachable(err),
			hint: "Look at the printer. What it has printed of the fax comes again."}
	}
	return "sent to " + net.JoinHostPort(u.Hostname(), port) + "; this printer does not tell whether it was printed", nil
}

// patient is a connection on which each piece has its time.
type patient struct{ net.Conn }

func (p *patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(rawPatience)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

// finish says that this was all, and waits for the printer to have read it: one that is cut off throws the end away.
func (p *patient) finish() error {
	half, ok := p.Conn.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	if err := p.SetReadDeadline(time.Now().Add(rawPatience)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, io.LimitReader(p.Conn, maxAnswer))
	return err
}
