package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// WriteDocument writes pages to a TIFF file such as any fax program reads.
func WriteDocument(path string, pages ...*raster.Page) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(tiff.Write(f, tiff.Style{Coding: t4.MMR}, pages...), f.Close())
}

// ReadDocument reads the pages of a TIFF file.
func ReadDocument(path string) (pages []*raster.Page, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	doc, err := tiff.Open(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for n := range doc.Pages() {
		p, err := doc.Page(n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// Same is nil when the pages that were received are those that were sent, pel by pel and of the same resolution.
func Same(sent, got []*raster.Page) error {
	if len(sent) != len(got) {
		return fmt.Errorf("%d pages sent, %d received", len(sent), len(got))
	}
	for n := range sent {
		if err := samePage(sent[n], got[n]); err != nil {
			return fmt.Errorf("page %d: %w", n+1, err)
		}
	}
	return nil
}

func samePage(sent, got *raster.Page) error {
	if sent.Width != got.Width || sent.Height != got.Height {
		return fmt.Errorf("%d x %d sent, %d x %d received", sent.Width, sent.Height, got.Width, got.Height)
	}
	if sent.Resolution != got.Resolution {
		return fmt.Errorf("sent at %v, received at %v", sent.Resolution, got.Resolution)
	}
	different, first := 0, 0
	for y := range sent.Height {
		if !bytes.Equal(sent.Row(y), got.Row(y)) {
			if different == 0 {
				first = y
			}
			different++
		}
	}
	if different > 0 {
		return fmt.Errorf("%d of %d lines differ, from line %d on", different, sent.Height, first)
	}
	return nil
}

// Crop is rows lines of a page, from line top on.
func Crop(p *raster.Page, top, rows int) *raster.Page {
	c := raster.New(p.Width, rows, p.Resolution)
	copy(c.Bits, p.Bits[top*p.Stride:(top+rows)*p.Stride])
	return c
}
