// Design makes the cover page templates that ship with faxbox: PDF files with form fields named after members of FaxDoc.
// It writes them into the folder named on its command line. Run it with go generate in fax/document/cover.
//
// Everything is made for a fax line: no rule is thinner than 0.5 mm, which is two lines at standard resolution; no letter is
// smaller than 10 points; there is no gray; and nothing lies in the outer 15 mm, where header lines are put and machines cut.
package main

import (
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: design FOLDER")
	}
	for name, content := range files() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// files are all templates, by file name.
func files() map[string][]byte {
	all := map[string][]byte{}
	for _, paper := range papers {
		for _, in := range languages {
			for _, d := range designs {
				all[d.name+in.suffix+"-"+paper.name+".pdf"] = d.make(paper, in)
			}
		}
	}
	return all
}

// paper is a size of paper, in points.
type paper struct {
	name          string
	width, height float64
}

var papers = []paper{{"a4", 595, 842}, {"letter", 612, 792}}

var designs = []design{
	{"business", business},
	{"confidential", confidential},
	{"plain", plain},
}

// design is one look of a cover page, in any language and size.
type design struct {
	name string
	draw func(*sheet, words)
}

// make is the template as a PDF: the cover page, and the page on which a long note goes on.
func (d design) make(p paper, in words) []byte {
	first, second := newSheet(p), newSheet(p)
	d.draw(first, in)
	continuation(second, in)
	return file{
		title: in.titles[d.name],
		lang:  in.lang,
		pages: []*sheet{first, second},
	}.encode()
}
