package main

import (
	"context"
	"fmt"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// reading prints how many letters in a hundred are misread on pages of prose, ours and Ghostscript's.
func (c *comparison) reading(ctx context.Context, wanted []string) error {
	fmt.Printf("\nletters misread, per cent\n%-14s %-9s %8s %8s\n", "", "", "we", "gs")
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine} {
		c.resolution = r
		for _, d := range chosen(wanted) {
			if d.Prose == 0 {
				continue
			}
			us, err := c.gray(ctx, d)
			if err != nil {
				return err
			}
			gs, _, err := peers.GhostscriptFax(ctx, d, r)
			if err != nil {
				return err
			}
			ours, err := misread(ctx, d, gray.Bilevel(us, gray.Auto))
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

func misread(ctx context.Context, d corpus.Document, page *raster.Page) (float64, error) {
	text, err := peers.Read(ctx, page)
	if err != nil {
		return 0, err
	}
	return 100 * float64(peers.CharacterErrors(d.Truth(), text)) / float64(peers.Letters(d.Truth())), nil
}
