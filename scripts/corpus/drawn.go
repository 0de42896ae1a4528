package main

import (
	"fmt"
	"math"
	"strings"
)

// The size of A4 in points.
const a4Width, a4Height = 595.276, 841.89

// content is what is drawn on a page.
type content struct{ strings.Builder }

func (c *content) op(format string, values ...any) { fmt.Fprintf(c, format+"\n", values...) }

// text sets one line, in Helvetica (H) or Times (T).
func (c *content) text(font string, size, x, y float64, s string) {
	s = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s)
	c.op("BT /%s %g Tf %.2f %.2f Td (%s) Tj ET", font, size, x, y, s)
}

func (c *content) line(x0, y0, x1, y1 float64) { c.op("%.3f %.3f m %.3f %.3f l S", x0, y0, x1, y1) }

// hairlines has strokes of 0 to 1 point in all directions, at places that fall differently between pels, and rectangles as
// thin as strokes, which is how spreadsheets draw their lines.
func hairlines(f *pdf) {
	var c content
	widths := []float64{0, 0.05, 0.1, 0.25, 0.5, 1}
	y := 780.0
	c.text("H", 12, 60, y, "Strokes")
	for _, w := range widths {
		y -= 30
		c.text("H", 8, 60, y, fmt.Sprintf("%g pt", w))
		c.op("%g w 0 G", w)
		for n := range 4 { // a pel at 98 lines an inch is 0.73 points: four phases of it
			c.line(110, y+float64(n)*6.18, 260, y+float64(n)*6.18+0.001)
		}
		for n := range 8 {
			x := 280 + float64(n)*9.09
			c.line(x, y, x, y+20)
		}
		for n := range 10 {
			angle := float64(n) * math.Pi / 20
			c.line(380, y, 380+22*math.Cos(angle), y+22*math.Sin(angle))
		}
		c.op("%.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c S", 420.0, y, 450.0, y+60, 480.0, y-40, 530.0, y+20)
	}
	y -= 40
	c.text("H", 12, 60, y, "Filled rectangles")
	for _, w := range widths[1:] {
		y -= 30
		c.text("H", 8, 60, y, fmt.Sprintf("%g pt", w))
		for n := range 4 {
			c.op("110 %.3f 150 %g re f", y+float64(n)*6.18, w)
		}
		for n := range 8 {
			c.op("%.3f %.3f %g 20 re f", 280+float64(n)*9.09, y, w)
		}
	}
	y -= 40
	c.text("H", 12, 60, y, "Gray and dashed strokes of 0.25 pt")
	c.op("0.25 w")
	for n, gray := range []float64{0, 0.3, 0.5, 0.6, 0.7, 0.8} {
		y -= 14
		c.text("H", 8, 60, y, fmt.Sprintf("gray %g", gray))
		c.op("%g G", gray)
		c.line(110, y+2.3, 260, y+2.3)
		c.op("[%d %d] 0 d", n+1, n+1)
		c.line(280, y+2.3, 530, y+2.3)
		c.op("[] 0 d 0 g")
	}
	y -= 60
	c.op("0 G 0.1 w")
	for n := range 21 { // a small grid, as on forms
		x := 110 + float64(n)*7.5
		c.line(x, y, x, y+40)
	}
	for n := range 9 {
		c.line(110, y+float64(n)*5, 260, y+float64(n)*5)
	}
	f.page(a4Width, a4Height, "", c.String())
}

// curves is a drawing of several thousand strokes, as from a CAD program: contour lines, hatching, and dimensions.
func curves(f *pdf) {
	var c content
	c.op("0.2 w 0 G")
	for n := range 70 {
		radius := 20 + 3.1*float64(n)
		for i := range 60 {
			from, to := float64(i)*math.Pi/30, float64(i+1)*math.Pi/30
			x0, y0 := contour(radius, from)
			x1, y1 := contour(radius, (2*from+to)/3)
			x2, y2 := contour(radius, (from+2*to)/3)
			x3, y3 := contour(radius, to)
			c.op("%.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c S", x0, y0, x1, y1, x2, y2, x3, y3)
		}
	}
	c.op("q 60 60 220 120 re W n 0.3 w")
	for n := range 120 {
		x := float64(n) * 3
		c.line(x-60, 60, x+60, 180)
	}
	c.op("Q 1 w 60 60 220 120 re S 0.25 w")
	c.line(60, 45, 280, 45)
	c.op("60 45 m 68 47 l 68 43 l f 280 45 m 272 47 l 272 43 l f")
	c.text("H", 7, 155, 48, "220.00")
	c.op("0.5 w 320 60 210 120 re S")
	for n := range 5 {
		c.line(320, 60+float64(n)*24, 530, 60+float64(n)*24)
	}
	for n, s := range []string{"Site plan 1:500", "Drawing 2207 / sheet 4", "Contour interval 0.5 m", "Drawn J. Marchetti", "Scale in mm"} {
		c.text("H", 8, 326, 164-float64(n)*24, s)
	}
	f.page(a4Width, a4Height, "", c.String())
}

// contour is a point of a hilly contour line.
func contour(radius, angle float64) (x, y float64) {
	wobble := radius * (1 + 0.12*math.Sin(3*angle+radius/40) + 0.06*math.Sin(7*angle-radius/25))
	return 297 + 0.9*wobble*math.Cos(angle), 500 + wobble*math.Sin(angle)
}

// landscape has pages that lie on their side, by their size and by their Rotate entry. "top" stands at the top of each as
// it is to be read.
func landscape(f *pdf) {
	wide := func(name string) string {
		var c content
		c.text("H", 24, 60, a4Width-80, name)
		c.text("H", 10, a4Height/2, a4Width-30, "top")
		c.op("1 w 0 G 40 40 %.2f %.2f re S 0.25 w", a4Height-80, a4Width-80)
		for n := range 13 {
			x := 60 + float64(n)*55
			c.line(x, 60, x, a4Width-105)
			c.text("T", 9, x+4, a4Width-120, "Column "+string(rune('A'+n)))
			for row := range 24 {
				c.text("T", 8, x+4, a4Width-135-float64(row)*15, fmt.Sprintf("%d.%02d", 13*row+n*7, (n*row*37)%100))
			}
		}
		return c.String()
	}
	upright := func(name string) string {
		var c content
		c.text("H", 24, 60, a4Height-80, name)
		c.text("H", 10, a4Width/2, a4Height-30, "top")
		c.op("1 w 0 G 40 40 %.2f %.2f re S", a4Width-80, a4Height-80)
		for row := range 40 {
			c.text("T", 10, 60, a4Height-120-float64(row)*16, fmt.Sprintf("Line %d of a page that stands upright.", row+1))
		}
		return c.String()
	}
	f.page(a4Height, a4Width, "", wide("Wide"))
	f.page(a4Width, a4Height, "", upright("Upright"))
	f.page(a4Width, a4Height, "/Rotate 90", "0 1 -1 0 "+fmt.Sprintf("%.3f 0 cm\n", a4Width)+wide("Turned by 90 degrees"))
	f.page(a4Width, a4Height, "/Rotate 270", "0 -1 1 0 "+fmt.Sprintf("0 %.3f cm\n", a4Height)+wide("Turned by 270 degrees"))
	f.page(a4Width, a4Height, "/Rotate 180", fmt.Sprintf("-1 0 0 -1 %.3f %.3f cm\n", a4Width, a4Height)+upright("Turned by 180 degrees"))
}

// sizes has a page of each size that an office meets. A frame stands 5 mm from the edges: it shows what is cut.
func sizes(f *pdf) {
	const mm = 72 / 25.4
	for _, p := range []struct {
		name          string
		width, height float64
		entries       string
	}{
		{"A5", 148 * mm, 210 * mm, ""},
		{"A4", 210 * mm, 297 * mm, ""},
		{"Letter", 612, 792, ""},
		{"Legal", 612, 1008, ""},
		{"A3", 297 * mm, 420 * mm, ""},
		{"A5 on its side", 210 * mm, 148 * mm, ""},
		{"till receipt, 80 mm by 600 mm", 80 * mm, 600 * mm, ""},
		{"A4, cut out of A3", 297 * mm, 420 * mm, fmt.Sprintf("/CropBox[100 200 %.3f %.3f]", 100+210*mm, 200+297*mm)},
		{"A4 in units of 1/36 inch", 105 * mm, 148.5 * mm, "/UserUnit 2"},
	} {
		var c content
		left, bottom, width, height := 0.0, 0.0, p.width, p.height
		if strings.Contains(p.entries, "CropBox") {
			left, bottom, width, height = 100, 200, 210*mm, 297*mm
		}
		c.op("1 0 0 1 %g %g cm 0.5 w 0 G", left, bottom)
		c.op("%.3f %.3f %.3f %.3f re S", 5*mm, 5*mm, width-10*mm, height-10*mm)
		c.op("%.3f %.3f %.3f %.3f re S", 15*mm, 15*mm, width-30*mm, height-30*mm)
		c.text("H", 10, 18*mm, height-25*mm, p.name)
		for row := 0; float64(row)*14 < height-60*mm; row++ {
			c.text("T", 9, 18*mm, height-35*mm-float64(row)*14, fmt.Sprintf("%d mm from the top", int((35*mm+float64(row)*14)/mm)))
		}
		f.page(p.width, p.height, p.entries, c.String())
	}
}

// pages200 is long and cheap.
func pages200(f *pdf) {
	for n := range 200 {
		var c content
		c.text("H", 16, 60, 770, fmt.Sprintf("Minutes of the meeting, page %d of 200", n+1))
		for row := range 40 {
			c.text("T", 10, 60, 740-float64(row)*16, fmt.Sprintf("%d.%d  It was agreed to come back to item %d at the next meeting.", n+1, row+1, (n*40+row)*7%113+1))
		}
		f.page(a4Width, a4Height, "", c.String())
	}
}
