package cover

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"faxbox/fax/raster"
)

// readForm reads the fields of a template of ours, which has no compressed stream and an object for each widget. Its pages
// are left white.
func readForm(t testing.TB, tmpl Template, r raster.Resolution) Form {
	t.Helper()
	var form Form
	objects := map[int]string{}
	for _, m := range regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`).FindAllStringSubmatch(string(tmpl.PDF), -1) {
		n, _ := strconv.Atoi(m[1])
		objects[n] = m[2]
	}
	var pages []int
	for n, body := range objects {
		if bytes.Contains([]byte(body), []byte("/Type /Page ")) {
			pages = append(pages, n)
		}
	}
	slices.Sort(pages)
	var height float64
	for _, n := range pages {
		var width float64
		box := regexp.MustCompile(`/MediaBox \[0 0 (\S+) (\S+)\]`).FindStringSubmatch(objects[n])
		width, _ = strconv.ParseFloat(box[1], 64)
		height, _ = strconv.ParseFloat(box[2], 64)
		form.Pages = append(form.Pages, raster.New(int(width*float64(r.X)/72), int(height*float64(r.Y)/72), r))
	}
	widget := regexp.MustCompile(`/Subtype /Widget .*/P (\d+) 0 R /Rect \[(\S+) (\S+) (\S+) (\S+)\] /Ff (\d+) /Q (\d) /DA \(/(\S+) (\S+) Tf`)
	for n := 1; n <= len(objects); n++ {
		m := widget.FindStringSubmatch(objects[n])
		if m == nil {
			continue
		}
		named := objects[n]
		if parent := regexp.MustCompile(`/Parent (\d+) 0 R`).FindStringSubmatch(named); parent != nil {
			p, _ := strconv.Atoi(parent[1])
			named = objects[p]
		}
		name := regexp.MustCompile(`/T \((\w+)\)`).FindStringSubmatch(named)[1]
		var v [10]float64
		for i := range m {
			v[i], _ = strconv.ParseFloat(m[i], 64)
		}
		form.Fields = append(form.Fields, Field{Name: name, Page: slices.Index(pages, int(v[1])), X: v[2], Y: height - v[5],
			W: v[4] - v[2], H: v[5] - v[3], Size: v[9], Bold: m[8] == "HeBo", Multiline: v[6] != 0, Align: Align(v[7])})
	}
	return form
}
