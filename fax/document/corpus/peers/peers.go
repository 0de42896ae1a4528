// Package peers has other programs render and read the same documents, so that our pages can be held against theirs:
// Ghostscript, poppler's pdftoppm, and tesseract (Debian: ghostscript, poppler-utils, tesseract-ocr).
package peers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"faxbox/fax/document/corpus"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// Programs are those that are run.
const (
	Ghostscript = "gs"
	Poppler     = "pdftoppm"
	PopplerText = "pdftotext"
	Tesseract   = "tesseract"
)

// Missing are those of the programs that this machine does not have.
func Missing(programs ...string) []string {
	return slices.DeleteFunc(programs, func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
}

// GhostscriptFax are the pages of a PDF as Ghostscript makes them for a fax, and the CPU time it took from start to end.
func GhostscriptFax(ctx context.Context, d corpus.Document, r raster.Resolution) ([]*raster.Page, time.Duration, error) {
	var pages []*raster.Page
	took, err := inFolder(d, func(dir, source string) (time.Duration, error) {
		result := filepath.Join(dir, "fax.tif")
		took, err := run(ctx, nil, nil, Ghostscript, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sPDFPassword="+d.Password,
			"-sDEVICE=tiffg4", fmt.Sprintf("-r%dx%d", r.X, r.Y), "-o", result, source)
		if err == nil {
			pages, err = readTIFF(result)
		}
		return took, err
	})
	return pages, took, err
}

// GhostscriptGray are the pages of a PDF in gray with smooth edges, the whole sheet each.
func GhostscriptGray(ctx context.Context, d corpus.Document, r raster.Resolution) ([]*gray.Page, error) {
	return grays(d, r, func(dir, source string) (time.Duration, error) {
		return run(ctx, nil, nil, Ghostscript, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sPDFPassword="+d.Password,
			"-sDEVICE=pgmraw", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", fmt.Sprintf("-r%dx%d", r.X, r.Y),
			"-o", filepath.Join(dir, "page-%04d.pgm"), source)
	})
}

// PopplerGray are the pages of a PDF in gray with smooth edges, the whole sheet each.
func PopplerGray(ctx context.Context, d corpus.Document, r raster.Resolution) ([]*gray.Page, error) {
	return grays(d, r, func(dir, source string) (time.Duration, error) {
		return run(ctx, nil, nil, Poppler, "-gray", "-upw", d.Password, "-cropbox", "-rx", fmt.Sprint(r.X), "-ry", fmt.Sprint(r.Y),
			source, filepath.Join(dir, "page"))
	})
}

// grays are the files page-*.pgm that draw leaves, in their order.
func grays(d corpus.Document, r raster.Resolution, draw func(dir, source string) (time.Duration, error)) ([]*gray.Page, error) {
	var pages []*gray.Page
	_, err := inFolder(d, func(dir, source string) (time.Duration, error) {
		took, err := draw(dir, source)
		if err != nil {
			return took, err
		}
		names, err := filepath.Glob(filepath.Join(dir, "page-*.pgm"))
		if err != nil {
			return took, err
		}
		slices.Sort(names)
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				return took, err
			}
			page, err := readPGM(content)
			if err != nil {
				return took, fmt.Errorf("%s: %w", name, err)
			}
			page.Resolution = r
			pages = append(pages, page)
		}
		return took, nil
	})
	return pages, err
}

// Written is the text of a PDF, as poppler finds it in the file.
func Written(ctx context.Context, d corpus.Document) (string, error) {
	var text bytes.Buffer
	_, err := inFolder(d, func(_, source string) (time.Duration, error) {
		return run(ctx, nil, &text, PopplerText, "-upw", d.Password, source, "-")
	})
	return text.String(), err
}

// Layout is how a reading program takes a page.
type Layout string

// The layouts.
const (
	OneBlock  Layout = "6" // lines of text from top to bottom
	AsItComes Layout = "3" // columns, headings, pictures: it has to find them
)

// Read is what tesseract reads on a page, as English text. The page is first made as sharp as reading programs want it, twice
// R8 in both directions, whatever its own resolution.
func Read(ctx context.Context, page *raster.Page, layout Layout) (string, error) {
	const dpi = 408
	shown := gray.Scale(Gray(page), page.Width*dpi/page.Resolution.X, page.Height*dpi/page.Resolution.Y)
	picture := append(fmt.Appendf(nil, "P5 %d %d 255\n", shown.Width, shown.Height), shown.Pix...)
	var text bytes.Buffer
	_, err := run(ctx, picture, &text, Tesseract, "-", "-", "-l", "eng", "--psm", string(layout), "--dpi", fmt.Sprint(dpi))
	return text.String(), err
}

// inFolder calls work with a new folder and the document in it.
func inFolder(d corpus.Document, work func(dir, source string) (time.Duration, error)) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, d.Name)
	if err := os.WriteFile(source, d.Content(), 0o600); err != nil {
		return 0, err
	}
	return work(dir, source)
}

// run runs a program on one core and tells its CPU time.
func run(ctx context.Context, in []byte, out *bytes.Buffer, program string, arguments ...string) (time.Duration, error) {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	var said bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(in), &said
	if out != nil {
		command.Stdout = out
	}
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", program, err, &said)
	}
	return command.ProcessState.UserTime() + command.ProcessState.SystemTime(), nil
}

func readTIFF(name string) ([]*raster.Page, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := tiff.Open(f, info.Size())
	if err != nil {
		return nil, err
	}
	var pages []*raster.Page
	for n := range file.Pages() {
		page, err := file.Page(n)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// readPGM reads a gray picture of 8 bits a pel, as netpbm writes it in binary.
func readPGM(content []byte) (*gray.Page, error) {
	var numbers []int
	rest, ok := bytes.CutPrefix(content, []byte("P5"))
	for ok && len(numbers) < 3 {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if _, comment, found := bytes.Cut(rest, []byte("\n")); found && rest[0] == '#' {
			rest = comment
			continue
		}
		n, digits := 0, 0
		for digits < len(rest) && digits < 7 && rest[digits] >= '0' && rest[digits] <= '9' {
			n = 10*n + int(rest[digits]-'0')
			digits++
		}
		numbers, rest, ok = append(numbers, n), rest[digits:], digits > 0
	}
	if !ok || numbers[2] != 255 || len(rest) != 1+numbers[0]*numbers[1] {
		return nil, fmt.Errorf("no gray picture of 8 bits a pel in %d octets", len(content))
	}
	return &gray.Page{Width: numbers[0], Height: numbers[1], Pix: rest[1:]}, nil
}
