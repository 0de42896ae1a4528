// Halftone compares photographs in our dots with those of Ghostscript's tiffg4: how long a page of A4 that is one photograph
// takes on the line, coded by the same encoder, and how like the original it is when seen from reading distance.
//
//	go run ./scripts/halftone [-keep DIR]
//
// It wants gs (Debian: ghostscript), and fails if a page of ours takes longer than Ghostscript's or is less like the original.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/raster/gray/photo"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

const bitsPerSecond = 14400

var errWorse = errors.New("a page of ours takes longer, or is less like the original")

func main() {
	keep := flag.String("keep", "", "`folder` for the pages as PNG, to look at")
	flag.Parse()
	if err := compare(*keep); err != nil {
		fmt.Fprintln(os.Stderr, "halftone:", err)
		os.Exit(1)
	}
}

func compare(keep string) error {
	dir, err := os.MkdirTemp("", "halftone")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Println("                     ours                              Ghostscript")
	fmt.Println("             octets  seconds  error  likeness   octets  seconds  error  likeness")
	var worse error
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine, raster.Inch300, raster.Inch400} {
		fmt.Printf("%d x %d\n", r.X, r.Y)
		for _, name := range photo.Names() {
			ours, theirs, err := both(name, r, dir, keep)
			if err != nil {
				return err
			}
			fmt.Printf("  %-9s %v   %v\n", name, ours, theirs)
			if ours.octets > theirs.octets || ours.likeness < theirs.likeness {
				worse = errWorse
			}
		}
	}
	return worse
}

// result is what became of a photograph.
type result struct {
	octets   int
	err      float64 // root of the mean square, in grays of 255
	likeness float64 // structural similarity: 1 is the same
}

func (r result) String() string {
	return fmt.Sprintf("%7d  %7.1f  %5.2f  %8.4f", r.octets, float64(r.octets)*8/bitsPerSecond, r.err, r.likeness)
}

func both(name string, r raster.Resolution, dir, keep string) (ours, theirs result, err error) {
	original := photo.Make(name, 1240, 1754, raster.Resolution{X: 150, Y: 150}) // A4
	screened, err := ghostscript(original, r, dir)
	if err != nil {
		return ours, theirs, err
	}
	page := gray.Scale(original, screened.Width, screened.Height)
	page.Resolution = r
	dots := gray.Bilevel(page, gray.Auto)
	if keep != "" {
		for maker, p := range map[string]*raster.Page{"ours": dots, "gs": screened} {
			file := filepath.Join(keep, fmt.Sprintf("%s-%dx%d-%s.png", name, r.X, r.Y, maker))
			if err := save(file, p); err != nil {
				return ours, theirs, err
			}
		}
	}
	seen := newSight(page)
	if ours, err = judge(seen, dots); err != nil {
		return ours, theirs, err
	}
	theirs, err = judge(seen, screened)
	return ours, theirs, err
}

func judge(original *sight, p *raster.Page) (result, error) {
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MMR, Width: p.Width, Shortest: true})
	if err != nil {
		return result{}, err
	}
	var code []byte
	for y := range p.Height {
		code = e.Line(code, p.Row(y))
	}
	r := result{octets: len(e.End(code))}
	r.err, r.likeness = original.compare(newSight(light(p)))
	return r, nil
}

// light is a bilevel page in gray.
func light(p *raster.Page) *gray.Page {
	q := gray.New(p.Width, p.Height, p.Resolution)
	for y := range p.Height {
		row := q.Row(y)
		for x := range row {
			if p.Row(y)[x/8]&(0x80>>(x%8)) != 0 {
				row[x] = 0
			}
		}
	}
	return q
}

func save(file string, p *raster.Page) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(gray.WritePNG(f, light(p)), f.Close())
}

// ghostscript draws a picture over a page of A4.
func ghostscript(p *gray.Page, r raster.Resolution, dir string) (*raster.Page, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%%!PS\n<</PageSize[595 842]>>setpagedevice\n595 842 scale\n%d %d 8 [%d 0 0 -%d 0 %d]\n",
		p.Width, p.Height, p.Width, p.Height, p.Height)
	fmt.Fprintf(&b, "currentfile /ASCIIHexDecode filter image\n%x>\nshowpage\n", p.Pix)
	in, out := filepath.Join(dir, "page.ps"), filepath.Join(dir, "page.tif")
	if err := os.WriteFile(in, b.Bytes(), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffg4", "-dAdjustWidth=0",
		fmt.Sprintf("-r%dx%d", r.X, r.Y), "-sOutputFile="+out, in)
	if message, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gs: %w: %s", err, message)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	f, err := tiff.Open(bytes.NewReader(code), int64(len(code)))
	if err != nil {
		return nil, err
	}
	page, err := f.Page(0)
	if err != nil {
		return nil, err
	}
	page.Resolution = r
	return page, nil
}
