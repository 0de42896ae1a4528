package main

import (
	"bytes"
	"fmt"
	"strings"
)

// file is a PDF of pages with form fields. Its streams are not compressed: the files are small, and the same on every
// machine.
type file struct {
	title, lang string
	pages       []*sheet
}

// The numbers of the objects that are always there; pages and fields follow.
const (
	catalogue = 1 + iota
	pageTree
	form
	info
	helvetica
	helveticaBold
	firstFree
)

const multiline = 1 << 12 // of the field flags, ISO 32000-1 table 228

// encode is the file.
func (f file) encode() []byte {
	o := make(objects, firstFree-1)
	var kids, contents []int
	for range f.pages {
		kids, contents = append(kids, o.number()), append(contents, o.number())
	}
	widgets, fields := f.fields(&o, kids)
	for i, s := range f.pages {
		o.put(kids[i], fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %g %g] /Contents %s "+
			"/Resources << /Font << /%s %s /%s %s >> >> /Annots %s >>", ref(pageTree), s.width, s.height, ref(contents[i]),
			regular, ref(helvetica), bold, ref(helveticaBold), refs(widgets[i])))
		o.put(contents[i], fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", s.content.Len(), &s.content))
	}
	o.put(catalogue, fmt.Sprintf("<< /Type /Catalog /Pages %s /AcroForm %s /Lang (%s) >>", ref(pageTree), ref(form), f.lang))
	o.put(pageTree, fmt.Sprintf("<< /Type /Pages /Kids %s /Count %d >>", refs(kids), len(kids)))
	o.put(form, fmt.Sprintf("<< /Fields %s /NeedAppearances true /DA (/%s 0 Tf 0 g) /DR << /Font << /%s %s /%s %s >> >> >>",
		refs(fields), regular, regular, ref(helvetica), bold, ref(helveticaBold)))
	o.put(info, fmt.Sprintf("<< /Title %s /Creator (faxbox) >>", literal(f.title)))
	o.put(helvetica, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	o.put(helveticaBold, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	return o.encode()
}

// fields writes the fields, and returns the widgets of each page and the form's list. A name that stands in several places is
// one field with a widget for each.
func (f file) fields(o *objects, pages []int) (widgets [][]int, all []int) {
	type place struct {
		page int
		field
	}
	var names []string
	places := map[string][]place{}
	for i, s := range f.pages {
		for _, d := range s.fields {
			if places[d.name] == nil {
				names = append(names, d.name)
			}
			places[d.name] = append(places[d.name], place{i, d})
		}
	}
	widgets = make([][]int, len(f.pages))
	for _, name := range names {
		field := o.number()
		all = append(all, field)
		head := fmt.Sprintf("/FT /Tx /T (%s)", name)
		if len(places[name]) == 1 {
			p := places[name][0]
			o.put(field, fmt.Sprintf("<< %s %s >>", head, f.widget(p.field, p.page, pages)))
			widgets[p.page] = append(widgets[p.page], field)
			continue
		}
		var kids []int
		for _, p := range places[name] {
			kid := o.number()
			o.put(kid, fmt.Sprintf("<< /Parent %s %s >>", ref(field), f.widget(p.field, p.page, pages)))
			kids = append(kids, kid)
			widgets[p.page] = append(widgets[p.page], kid)
		}
		o.put(field, fmt.Sprintf("<< %s /Kids %s >>", head, refs(kids)))
	}
	return widgets, all
}

// widget is what a field looks like in one place.
func (f file) widget(d field, page int, pages []int) string {
	flags := 0
	if d.multiline {
		flags = multiline
	}
	bottom := f.pages[page].height - d.y - d.h
	return fmt.Sprintf("/Type /Annot /Subtype /Widget /F 4 /P %s /Rect [%g %g %g %g] /Ff %d /Q %d /DA (/%s %g Tf 0 g)",
		ref(pages[page]), d.x, bottom, d.x+d.w, bottom+d.h, flags, d.align, d.face, d.size)
}

// objects are the indirect objects of a file, the first of them number 1.
type objects []string

// number is one that is free.
func (o *objects) number() int {
	*o = append(*o, "")
	return len(*o)
}

func (o objects) put(n int, body string) { o[n-1] = body }

// encode is the file of these objects: header, bodies, cross-reference table, trailer.
func (o objects) encode() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n") // four octets over 127 tell programs that it is no text
	table := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(o)+1)
	for i, body := range o {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "%strailer\n<< /Size %d /Root %s /Info %s >>\nstartxref\n%d\n%%%%EOF\n",
		table, len(o)+1, ref(catalogue), ref(info), start)
	return b.Bytes()
}

func ref(n int) string { return fmt.Sprintf("%d 0 R", n) }

func refs(numbers []int) string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = ref(n)
	}
	return "[" + strings.Join(all, " ") + "]"
}
