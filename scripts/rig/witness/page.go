package witness

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"

	"faxbox/fax/raster"
)

// PageID names one page of all that are sent in a run. It is drawn on the page.
type PageID struct {
	Out  bool `json:"out"`  // the box sends it; else it receives it
	Box  int  `json:"box"`  // less than 1 << 7
	Fax  int  `json:"fax"`  // less than 1 << 24
	Page int  `json:"page"` // from 1, less than 1 << 8
}

func (p PageID) String() string {
	way := "in"
	if p.Out {
		way = "out"
	}
	return fmt.Sprintf("%s-%d-%d-%d", way, p.Box, p.Fax, p.Page)
}

// The label is a row of cells over the page, white for 0 and black for 1: the number of the page and its check sum.
const (
	pageWidth   = 1728
	labelCells  = 64
	cellWidth   = 24
	labelLeft   = (pageWidth - labelCells*cellWidth) / 2
	labelTop    = 8
	labelBottom = 32
	sumBits     = 24
)

// label is the number with its check sum.
func (p PageID) label() uint64 {
	n := uint64(p.Box)<<32 | uint64(p.Fax)<<8 | uint64(p.Page)
	if p.Out {
		n |= 1 << 39
	}
	return n<<sumBits | labelSum(n)
}

func labelSum(n uint64) uint64 {
	return uint64(crc32.ChecksumIEEE(fmt.Append(nil, n))) & (1<<sumBits - 1)
}

// Draw is the page: the label, and below it lines that no other page has, between a quarter and half of a sheet long.
func (p PageID) Draw() *raster.Page {
	page := raster.New(pageWidth, 300+100*((p.Fax+p.Page)%3), raster.Fine)
	label := p.label()
	for cell := range labelCells {
		if label>>(labelCells-1-cell)&1 == 1 {
			left := labelLeft + cell*cellWidth
			black(page, left, left+cellWidth, labelTop, labelBottom)
		}
	}
	random := rand.New(rand.NewPCG(label, 0))
	const line, letters = 24, 14 // rows from line to line, and of them with something on
	for top := labelBottom + line; top+line <= page.Height; top += line {
		for left := 100; left < pageWidth-100; left += 12 + random.IntN(60) {
			height := 4 + random.IntN(letters-4)
			black(page, left, left+3+random.IntN(8), top, top+height)
		}
	}
	return page
}

// black makes a rectangle black.
func black(p *raster.Page, left, right, top, bottom int) {
	for y := top; y < bottom; y++ {
		row := p.Row(y)
		for x := left; x < right; x++ {
			row[x/8] |= 0x80 >> (x % 8)
		}
	}
}

// Identify reads the label of a page that arrived and holds every pel against the page that was sent.
func Identify(p *raster.Page) (PageID, error) {
	if p.Width != pageWidth || p.Height < labelBottom {
		return PageID{}, fmt.Errorf("a page of %d x %d was never sent", p.Width, p.Height)
	}
	label, row := uint64(0), p.Row((labelTop+labelBottom)/2)
	for cell := range labelCells {
		x := labelLeft + cell*cellWidth + cellWidth/2
		label = label<<1 | uint64(row[x/8]>>(7-x%8)&1)
	}
	n := label >> sumBits
	id := PageID{Out: n>>39 == 1, Box: int(n >> 32 & 0x7F), Fax: int(n >> 8 & 0xFFFFFF), Page: int(n & 0xFF)}
	if label != id.label() {
		return PageID{}, fmt.Errorf("a page of %d lines has no label that can be read", p.Height)
	}
	if sent := id.Draw(); sent.Height != p.Height || !bytes.Equal(sent.Bits, p.Bits) {
		return id, fmt.Errorf("page %s is not the page that was sent: it has %d lines of %d, or other pels", id, p.Height, sent.Height)
	}
	return id, nil
}

// FaxPages are the pages of a fax: one to three.
func FaxPages(out bool, box, fax int) []PageID {
	pages := make([]PageID, 1+fax%3)
	for i := range pages {
		pages[i] = PageID{Out: out, Box: box, Fax: fax, Page: i + 1}
	}
	return pages
}

// DrawAll draws several.
func DrawAll(ids []PageID) []*raster.Page {
	var pages []*raster.Page
	for _, id := range ids {
		pages = append(pages, id.Draw())
	}
	return pages
}
