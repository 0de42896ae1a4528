package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/t30"
	"faxbox/fax/tiff"
)

type sendCommand struct {
	line
	Number   string   `arg:"" help:"The number to dial."`
	Files    []string `arg:"" name:"file" help:"TIFF files; several go in one call, parted by EOM."`
	TSID     string   `name:"tsid" help:"The station id we send (TSI), up to 20 characters." placeholder:"S"`
	Sub      string   `name:"sub" help:"A sub-address (SUB), for machines that take one." placeholder:"S"`
	Password string   `help:"A password (SID), for machines that take one." placeholder:"S"`
	MMR      string   `name:"mmr" help:"How MMR is coded: shortest, or as the standard's procedure has it." enum:"shortest,standard" default:"shortest"`
	RTN      string   `name:"rtn" help:"What RTN means: that the page is to be sent again, or accepted as delivered." enum:"repeat,accept" default:"repeat"`
}

// Run sends the files in one call. It fails unless every page was confirmed.
func (s sendCommand) Run(ctx context.Context, con console) error {
	doc, closeFiles, err := openDocument(document.Options{Standard: s.MMR == "standard"}, s.Files)
	if err != nil {
		return err
	}
	defer closeFiles()
	tracing, err := s.recorder()
	if err != nil {
		return err
	}
	if !dialable(s.Number) {
		return hinted{usage{fmt.Errorf("%q holds no digit to dial", s.Number)}, fax.BadNumber.Hint()}
	}
	modem, err := s.open(ctx, con)
	if err != nil {
		return err
	}
	defer modem.Close() // the call is over by then
	c := call{modem: modem, number: s.Number, printer: &printer{out: con.out, json: s.JSON}, config: t30.Config{
		Ident: s.TSID, Send: doc, ECM: s.ECM, MaxRate: s.Rate, SUB: s.Sub, Password: s.Password, AcceptRTN: s.RTN == "accept", Codings: s.codings(),
	}}
	if tracing != nil {
		defer tracing.Close() // written by then; a lost trace is no failed call
		c.trace = tracing
	}
	result, err := c.run(ctx)
	if err != nil {
		return err
	}
	return con.sent(s.JSON, result, doc.Pages())
}

// openDocument opens files to be sent, and checks every page of them.
func openDocument(o document.Options, paths []string) (doc *document.Outgoing, closeAll func(), err error) {
	var closers []io.Closer
	closeAll = func() {
		if doc != nil {
			doc.Close()
		}
		for _, c := range closers {
			c.Close() // only read
		}
	}
	var files []document.File
	for _, path := range paths {
		f, pages, err := openTIFF(path)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		closers = append(closers, f)
		files = append(files, document.File{Name: path, Pages: pages})
	}
	if doc, err = document.NewOutgoing(o, files...); err != nil {
		closeAll()
		return nil, nil, hinted{err, "Make the file anew, or send another."}
	}
	return doc, closeAll, nil
}

func openTIFF(path string) (*os.File, *tiff.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, hinted{fmt.Errorf("%s: there is no such file", path), "Check the name of the file."}
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	}
	var pages *tiff.File
	if err == nil {
		pages, err = tiff.Open(f, info.Size())
	}
	if err != nil {
		f.Close() // only read
		return nil, nil, hinted{fmt.Errorf("%s: %w", path, err), "Send a TIFF file: most programs can save one, with Group 4 compression."}
	}
	return f, pages, nil
}

func dialable(number string) bool {
	for _, r := range number {
		if r >= '0' && r <= '9' {
			return true
		}
	}
	return false
}

// sentReport is the end of a call in JSON.
type sentReport struct {
	Event     string `json:"event"` // "result"
	OK        bool   `json:"ok"`
	Cause     string `json:"cause"`
	Sentence  string `json:"sentence"`
	Hint      string `json:"hint"`
	Pages     int    `json:"pages"`
	Confirmed int    `json:"confirmed"`
	Mode      string `json:"mode,omitempty"`
	Peer      string `json:"peer,omitempty"`
	File      string `json:"file,omitempty"`
}

func reportOf(r t30.Result) sentReport {
	s := sentReport{Event: "result", Cause: r.Cause.String(), Sentence: r.Cause.Sentence(), Hint: r.Cause.Hint(), Peer: r.Peer.Ident}
	if r.Trained {
		s.Mode = r.Mode.String()
	}
	return s
}

// sent tells how a call in which we sent ended.
func (con console) sent(asJSON bool, r t30.Result, pages int) error {
	report := reportOf(r)
	report.Pages, report.Confirmed = pages, r.Confirmed()
	report.OK = report.Confirmed == pages
	text := fmt.Sprintf("%d of %d pages confirmed: %s", report.Confirmed, pages, report.Sentence)
	if report.OK {
		text = pageCount(pages) + " confirmed"
	}
	return con.ended(asJSON, report, text)
}

// ended prints the end of a call, and is an error unless it went well.
func (con console) ended(asJSON bool, report sentReport, text string) error {
	if asJSON {
		if err := json.NewEncoder(con.out).Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(con.out, text)
	}
	if report.OK {
		return nil
	}
	hint := report.Hint
	if asJSON {
		hint = ""
	}
	return hinted{fmt.Errorf("%s: %w", report.Cause, errReported), hint}
}

// pageCount is a number of pages in words.
func pageCount(n int) string {
	if n == 1 {
		return "1 page"
	}
	return fmt.Sprintf("%d pages", n)
}
