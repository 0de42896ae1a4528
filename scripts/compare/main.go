// Compare holds our pages against those of Ghostscript and poppler, document by document of fax/document/corpus.
//
//	go run ./scripts/compare                     everything, at 204 x 196
//	go run ./scripts/compare -resolution 204x98 table gray
//	go run ./scripts/compare -keep DIR           and keeps all pages as PNG files, to be looked at
//
// First, pages in gray with smooth edges: how far each two of the three renderers are from one another, as the root mean
// square over all pels. A page of ours that is no farther from either than they are from each other is within theirs. Then
// black and white: the same pages as they are faxed, seen from so far that dots are grays, beside Ghostscript's fax pages;
// and what they take on the line at 14400 bit/s. Last,
// what tesseract reads of difficult pages and of pages of prose.
//
// It wants ghostscript, poppler-utils and tesseract-ocr (Debian).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/raster"
)

func main() {
	resolution := flag.String("resolution", "204x196", "pels and lines an inch, as `XxY`")
	keep := flag.String("keep", "", "keep the pages as PNG files in this `folder`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *resolution, *keep, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, resolution, keep string, wanted []string) error {
	var r raster.Resolution
	if _, err := fmt.Sscanf(resolution, "%dx%d", &r.X, &r.Y); err != nil || r.X < 50 || r.Y < 50 {
		return fmt.Errorf("resolution %q is not like 204x196", resolution)
	}
	if missing := peers.Missing(peers.Ghostscript, peers.Poppler, peers.PopplerText, peers.Tesseract); len(missing) > 0 {
		return fmt.Errorf("not installed: %s", strings.Join(missing, ", "))
	}
	c, err := newComparison(r, keep)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.pages(ctx, chosen(wanted)); err != nil {
		return err
	}
	if err := c.words(ctx, wanted); err != nil {
		return err
	}
	return c.reading(ctx, wanted)
}

// chosen are the PDF files whose names begin so. Those that every renderer draws with letters of its own are left out, and so
// are long ones and those of odd sheets: they show nothing more.
func chosen(wanted []string) []corpus.Document {
	var documents []corpus.Document
	for _, d := range corpus.All() {
		if d.Kind == corpus.PDF && d.Pages == 1 && d.Password == "" && named(d.Name, wanted) {
			documents = append(documents, d)
		}
	}
	return documents
}

func named(name string, wanted []string) bool {
	for _, w := range wanted {
		if strings.HasPrefix(name, w) {
			return true
		}
	}
	return len(wanted) == 0
}
