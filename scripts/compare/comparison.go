package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/t4"
)

// comparison is one run.
type comparison struct {
	resolution raster.Resolution
	keep       string // a folder, or empty
	ours       *render.Local
}

func newComparison(r raster.Resolution, keep string) (*comparison, error) {
	if keep != "" {
		if err := os.MkdirAll(keep, 0o755); err != nil {
			return nil, err
		}
	}
	folder, err := os.UserCacheDir() // what is compiled is kept: compiling takes longer than everything else
	if err != nil {
		return nil, err
	}
	ours := render.NewLocal(render.LocalConfig{Cache: filepath.Join(folder, "faxbox-test")})
	return &comparison{resolution: r, keep: keep, ours: ours}, nil
}

func (c *comparison) close() { c.ours.Close() } // it is not used again

// pages prints a line for each document.
func (c *comparison) pages(ctx context.Context, documents []corpus.Document) error {
	fmt.Printf("%d x %d        gray: root mean square                     fax, dots as grays   seconds at 14400\n", c.resolution.X, c.resolution.Y)
	fmt.Printf("%-14s %8s %8s %8s  %-8s %10s %8s %9s %8s\n", "", "we-gs", "we-pop", "gs-pop", "", "we", "gs", "we", "gs")
	for _, d := range documents {
		if err := c.page(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	return nil
}

func (c *comparison) page(ctx context.Context, d corpus.Document) error {
	us, err := c.gray(ctx, d)
	if err != nil {
		return err
	}
	gs, err := peers.GhostscriptGray(ctx, d, c.resolution)
	if err != nil {
		return err
	}
	poppler, err := peers.PopplerGray(ctx, d, c.resolution)
	if err != nil {
		return err
	}
	fax, _, err := peers.GhostscriptFax(ctx, d, c.resolution)
	if err != nil {
		return err
	}
	ours := gray.Bilevel(us, gray.Auto)
	weGS, wePoppler, theirs := peers.Difference(us, gs[0]), peers.Difference(us, poppler[0]), peers.Difference(gs[0], poppler[0])
	fmt.Printf("%-14s %8.4f %8.4f %8.4f  %-8s %10.4f %8.4f %9.1f %8.1f\n", strings.TrimSuffix(d.Name, ".pdf"),
		weGS, wePoppler, theirs, verdict(weGS, wePoppler, theirs), c.tone(ours, us), c.tone(fax[0], gs[0]), seconds(ours), seconds(fax[0]))
	return c.save(d, map[string]*gray.Page{"gray-we": us, "gray-gs": gs[0], "gray-poppler": poppler[0],
		"fax-we": peers.Gray(ours), "fax-gs": peers.Gray(fax[0])})
}

// verdict says where our page lies beside the two others.
func verdict(weGS, wePoppler, theirs float64) string {
	switch {
	case max(weGS, wePoppler) <= theirs:
		return "within"
	case min(weGS, wePoppler) <= theirs:
		return "beside"
	}
	return "apart"
}

// gray is our page in gray, the whole sheet.
func (c *comparison) gray(ctx context.Context, d corpus.Document) (*gray.Page, error) {
	content := d.Content()
	var first *gray.Page
	err := c.ours.Gray(ctx, render.File{Name: d.Name, Content: bytes.NewReader(content), Size: int64(len(content)), Password: d.Password},
		c.resolution.X, c.resolution.Y, func(p *gray.Page) error {
			if first == nil { // the next one is drawn in the same memory
				first = &gray.Page{Width: p.Width, Height: p.Height, Pix: bytes.Clone(p.Pix), Resolution: p.Resolution}
			}
			return nil
		})
	if err == nil && first == nil {
		err = fmt.Errorf("no page")
	}
	return first, err
}

// tone is how far a fax page is from the gray page it was made of, when both are seen from a distance: squares of about 1 mm.
func (c *comparison) tone(fax *raster.Page, from *gray.Page) float64 {
	shown := peers.Gray(fax)
	// Ghostscript makes a page as wide as the column, with the sheet at its left.
	return peers.Difference(peers.Tone(cropped(shown, from), 8), peers.Tone(cropped(from, shown), 8))
}

// cropped is the part of p that other covers too.
func cropped(p, other *gray.Page) *gray.Page {
	part := gray.New(min(p.Width, other.Width), min(p.Height, other.Height), p.Resolution)
	for y := range part.Height {
		copy(part.Row(y), p.Row(y))
	}
	return part
}

// seconds is what a page takes on the line at 14400 bit/s, in MMR with error correction: frames of 256 octets, each with 6 octets
// about it, and one zero stuffed in after every 62 bits, as in chance.
func seconds(p *raster.Page) float64 {
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MMR, Width: p.Width, Shortest: true})
	if err != nil {
		panic(err) // MMR of any page is possible
	}
	var coded []byte
	for y := range p.Height {
		coded = e.Line(coded, p.Row(y))
	}
	octets := float64(len(e.End(coded)))
	return octets * (256 + 6) / 256 * 8 * 63 / 62 / 14400
}

// save keeps pages to be looked at.
func (c *comparison) save(d corpus.Document, pages map[string]*gray.Page) error {
	if c.keep == "" {
		return nil
	}
	for name, page := range pages {
		var b bytes.Buffer
		if err := gray.WritePNG(&b, page); err != nil {
			return err
		}
		to := filepath.Join(c.keep, strings.TrimSuffix(d.Name, ".pdf")+"-"+name+".png")
		if err := os.WriteFile(to, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
