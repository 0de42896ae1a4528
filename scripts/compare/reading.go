package main

import (
	"bytes"
	"context"
	"fmt"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// reading prints how many letters in a hundred are misread on pages of prose, ours and Ghostscript's.
func (c *comparison) reading(ctx context.Context, wanted []string) error {
	fmt.Printf("\nletters misread, per cent\n%-14s %-9s %8s %8s\n", "", "", "we", "gs")
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine} {
		for _, d := range chosen(wanted) {
			if d.Prose == 0 {
				continue
			}
			us, err := c.fax(ctx, d, r)
			if err != nil {
				return err
			}
			gs, _, err := peers.GhostscriptFax(ctx, d, r)
			if err != nil {
				return err
			}
			ours, err := misread(ctx, d, us)
			if err != nil {
				return err
			}
			theirs, err := misread(ctx, d, gs[0])
			if err != nil {
				return err
			}
			fmt.Printf("%-14s %-9s %8.2f %8.2f\n", d.Name, fmt.Sprintf("%dx%d", r.X, r.Y), ours, theirs)
		}
	}
	return nil
}

// difficult are pages with grays, pictures and scans, what each of them says, and how it is read.
var difficult = []struct {
	name, says string
	layout     peers.Layout
}{
	{"gray.pdf", "gray.pdf", peers.OneBlock},
	{"table.pdf", "table.pdf", peers.AsItComes},
	{"letter.pdf", "letter.pdf", peers.AsItComes},
	{"brochure.pdf", "brochure.pdf", peers.AsItComes},
	{"scan300.pdf", "letter.pdf", peers.AsItComes},
	{"scan600.pdf", "brochure.pdf", peers.AsItComes},
}

// words prints how many words in a hundred cannot be read on difficult pages, ours and Ghostscript's.
func (c *comparison) words(ctx context.Context, wanted []string) error {
	fmt.Printf("\nwords missed, per cent\n%-14s %-9s %8s %8s\n", "", "", "we", "gs")
	for _, p := range difficult {
		if !named(p.name, wanted) {
			continue
		}
		d := corpus.Find(p.name)
		written, err := peers.Written(ctx, corpus.Find(p.says))
		if err != nil {
			return err
		}
		us, err := c.gray(ctx, d)
		if err != nil {
			return err
		}
		gs, _, err := peers.GhostscriptFax(ctx, d, c.resolution)
		if err != nil {
			return err
		}
		var missed [2]float64
		for i, page := range []*raster.Page{gray.Bilevel(us, gray.Auto), gs[0]} {
			text, err := peers.Read(ctx, page, p.layout)
			if err != nil {
				return err
			}
			n, of := peers.WordsMissed(written, text)
			missed[i] = 100 * float64(n) / float64(of)
		}
		fmt.Printf("%-14s %-9s %8.1f %8.1f\n", d.Name, fmt.Sprintf("%dx%d", c.resolution.X, c.resolution.Y), missed[0], missed[1])
	}
	return nil
}

// fax is our first page of a document, as it is faxed.
func (c *comparison) fax(ctx context.Context, d corpus.Document, r raster.Resolution) (*raster.Page, error) {
	content := d.Content()
	pages, err := c.ours.Render(ctx, render.Request{
		Files:  []render.File{{Name: d.Name, Content: bytes.NewReader(content), Size: int64(len(content)), Password: d.Password}},
		Format: render.Format{Paper: raster.A4, Resolution: r, Mode: gray.Auto}})
	if err != nil {
		return nil, err
	}
	defer pages.Close()
	info, err := pages.Stat()
	if err != nil {
		return nil, err
	}
	file, err := tiff.Open(pages, info.Size())
	if err != nil {
		return nil, err
	}
	return file.Page(0)
}

func misread(ctx context.Context, d corpus.Document, page *raster.Page) (float64, error) {
	text, err := peers.Read(ctx, page, peers.OneBlock)
	if err != nil {
		return 0, err
	}
	return 100 * float64(peers.CharacterErrors(d.Truth(), text)) / float64(peers.Letters(d.Truth())), nil
}
