package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

// look are the flags that say what pages are to look like.
type look struct {
	Cover        string `help:"Put a cover page in front: faxbox cover list names them." placeholder:"NAME"`
	Subject      string `help:"The subject on the cover page." placeholder:"S"`
	Note         string `help:"The note on the cover page." placeholder:"S"`
	ToName       string `name:"to-name" aliases:"to" help:"The recipient's name." placeholder:"NAME"`
	FromName     string `name:"from-name" aliases:"from" help:"The sender's name." placeholder:"NAME"`
	Resolution   string `help:"standard, fine, superfine, 300 or 400 (default: fine)." enum:",standard,fine,superfine,300,400" default:"" placeholder:"R"`
	Rendering    string `help:"How gray becomes black and white: auto, text or photo (default: auto)." enum:",auto,text,photo" default:"" placeholder:"HOW"`
	Paper        string `help:"a4 or letter (default: the server's)." enum:",a4,letter" default:"" placeholder:"P"`
	PasswordFile string `help:"The file with the password of encrypted PDF files; - is the standard input." placeholder:"FILE"`
}

// document is the draft that the flags describe.
func (l look) document(ctx context.Context, con console, s *client.Server, files []string) (*client.Document, error) {
	d := s.CreateDocument("")
	if len(files) > 0 {
		d = s.CreateDocument(files[0])
		d.Files = files
	}
	d.RecipientName, d.SenderName = l.ToName, l.FromName
	d.SendCoverpage, d.CoverpageName, d.CoverpageSubject, d.CoverpageNote = l.Cover != "", l.Cover, l.Subject, l.Note
	d.Resolution, d.Rendering, d.Paper = fax.Resolution(l.Resolution), fax.Rendering(l.Rendering), fax.Paper(l.Paper)
	var err error
	if l.PasswordFile != "" {
		d.Password, err = l.password(con)
	}
	if err == nil && l.Cover != "" {
		d.ServerCoverpage, err = l.ofServer(ctx, s)
	}
	return d, err
}

// ofServer tells whether the cover page is none of one's own.
func (l look) ofServer(ctx context.Context, s *client.Server) (bool, error) {
	pages, err := s.CoverPages(ctx)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(pages, func(c fax.CoverPage) bool { return c.Name == l.Cover && c.Kind == fax.PersonalCover }), nil
}

// password is the first line of the file.
func (l look) password(con console) (string, error) {
	const most = 4096
	in := con.in
	if l.PasswordFile != "-" {
		f, err := os.Open(l.PasswordFile)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, most))
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSuffix(line, "\r"), err
}

// readableAll checks that there is something to send, and that all of it can be read.
func (l look) readableAll(files []string) error {
	if len(files) == 0 && l.Cover == "" {
		return usage{fmt.Errorf("there is neither a file nor a cover page")}
	}
	for _, path := range files {
		if err := readable(path); err != nil {
			return err
		}
	}
	return nil
}

type previewCommand struct {
	output
	look
	Number string   `help:"The recipient's number, for the cover page." placeholder:"N"`
	Output string   `short:"o" help:"The folder to write page-001.png and so on to." default:"." placeholder:"DIR" type:"path"`
	Width  int      `help:"The pictures' width in pels, 16 to 2500 (default: as many as the fax page has)." placeholder:"N"`
	Files  []string `arg:"" optional:"" name:"file" help:"The files, in order."`
}

// Run writes what would be sent as pictures, and sends nothing.
func (c previewCommand) Run(ctx context.Context, con console) error {
	if err := c.readableAll(c.Files); err != nil {
		return err
	}
	return c.with(ctx, con, func(s *client.Server) error {
		d, err := c.document(ctx, con, s, c.Files)
		if err != nil {
			return err
		}
		d.FaxNumber = c.Number
		made, err := d.Preview(ctx)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(c.Output, 0o755); err != nil {
			return err
		}
		for _, page := range made.Pages {
			if err := c.save(ctx, con, s, page); err != nil {
				return err
			}
		}
		if c.JSON {
			return encodeTo(con, made)
		}
		remark(con, made.Remarks)
		return nil
	})
}

func remark(con console, remarks []string) {
	for _, text := range remarks {
		fmt.Fprintln(con.err, text)
	}
}

func (c previewCommand) save(ctx context.Context, con console, s *client.Server, page wire.PreviewPage) error {
	path := strings.TrimPrefix(page.Image, client.Root)
	if c.Width > 0 {
		path += fmt.Sprintf("?width=%d", c.Width)
	}
	picture, err := s.Open(ctx, path)
	if err != nil {
		return err
	}
	defer picture.Close()
	name := filepath.Join(c.Output, fmt.Sprintf("page-%03d.png", page.Number))
	if err := saveTo(name, 0o644, picture); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintln(con.out, name)
	}
	return nil
}

type coverCommands struct {
	List   coverListCommand   `cmd:"" help:"List the cover pages that can be used." default:"withargs"`
	Add    coverAddCommand    `cmd:"" help:"Store a PDF with form fields as a cover page."`
	Get    coverGetCommand    `cmd:"" help:"Fetch a cover page as a PDF."`
	Remove coverRemoveCommand `cmd:"" help:"Remove cover pages."`
}

type coverListCommand struct{ output }

// Run lists cover pages.
func (c coverListCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/cover-pages", func(w *tabwriter.Writer, l wire.List[fax.CoverPage]) {
		fmt.Fprintln(w, "NAME\tKIND\tLANGUAGE\tKB\tSTORED\tTITLE")
		for _, p := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", p.Name, p.Kind, orDash(p.Language), (p.Size+1023)>>10, moment(p.Time), p.Title)
		}
	})
}

// forAll is the flag of what concerns the server's cover pages.
type forAll struct {
	ForAll bool `help:"One of the server's, for everybody; to change those needs an administrator."`
}

type coverAddCommand struct {
	output
	forAll
	Name string `help:"What documents call it (default: the file's name)." placeholder:"NAME"`
	File string `arg:"" help:"The PDF. Its form fields are called as the fields of a document are: recipientName, coverpageNote." type:"existingfile"`
}

// Run stores a cover page.
func (c coverAddCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		name := cmp.Or(c.Name, strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File)))
		added, err := s.AddCoverPage(ctx, name, c.File, c.ForAll)
		if err != nil {
			return err
		}
		if c.JSON {
			return encodeTo(con, added)
		}
		remark(con, added.Remarks)
		fmt.Fprintln(con.out, added.Name)
		return nil
	})
}

type coverGetCommand struct {
	remote
	forAll
	Output string `short:"o" help:"The file to write; - is the standard output (default: NAME.pdf)." placeholder:"FILE"`
	Name   string `arg:"" help:"The cover page's name."`
}

// Run fetches a cover page.
func (c coverGetCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		pdf, err := s.OpenCoverPage(ctx, c.Name, c.ForAll)
		if err != nil {
			return err
		}
		defer pdf.Close()
		return con.save(cmp.Or(c.Output, c.Name+".pdf"), pdf)
	})
}

// save writes what was fetched to a file, or to the standard output.
func (con console) save(name string, content io.Reader) error {
	if name == "-" {
		_, err := io.Copy(con.out, content)
		return err
	}
	return saveTo(name, 0o644, content)
}

type coverRemoveCommand struct {
	remote
	forAll
	Names []string `arg:"" name:"name" help:"The cover pages' names."`
}

// Run removes cover pages.
func (c coverRemoveCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		for _, name := range c.Names {
			if err := s.RemoveCoverPage(ctx, name, c.ForAll); err != nil {
				return err
			}
		}
		return nil
	})
}

// reporting are the flags of what fetches a delivery report.
type reporting struct {
	remote
	Output string `short:"o" help:"The file to write; - is the standard output (default: report-ID.pdf)." placeholder:"FILE"`
}

func (r reporting) fetch(ctx context.Context, con console, of string, id int64) error {
	return r.with(ctx, con, func(s *client.Server) error {
		report, err := s.Open(ctx, fmt.Sprintf("/%s/%d/report.pdf", of, id))
		if err != nil {
			return err
		}
		defer report.Close()
		return con.save(cmp.Or(r.Output, fmt.Sprintf("report-%d.pdf", id)), report)
	})
}

type jobReportCommand struct {
	reporting
	ID fax.JobID `arg:"" help:"The job's id." placeholder:"ID"`
}

// Run fetches the report of a job.
func (c jobReportCommand) Run(ctx context.Context, con console) error {
	return c.fetch(ctx, con, "jobs", int64(c.ID))
}

type messageReportCommand struct {
	reporting
	ID fax.MessageID `arg:"" help:"The message's id." placeholder:"ID"`
}

// Run fetches the report of what was sent.
func (c messageReportCommand) Run(ctx context.Context, con console) error {
	return c.fetch(ctx, con, "messages", int64(c.ID))
}
