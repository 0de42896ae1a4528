// Package sample draws pages of A4 like those of an office, and like the ITU-T test charts: a letter, a form, a dense
// page, a halftone and one nearly white. They are test pages: what a technician sends to see whether a line works, and
// what codecs and calls are measured with.
//
// Every page is the same on every run, at any resolution of T.30: width and rows are those of A4, and one drawing in
// millimetres serves them all.
package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/font/sfnt"

	"faxbox/fax/raster"
)

// Letter is a business letter of one page: letterhead, address, text, signature.
func Letter(r raster.Resolution) *raster.Page {
	s := newSheet(r)
	s.letterhead()
	y := 58.0
	for _, line := range []string{"Hallam Instruments", "Attn. Ms. R. Okafor", "14 Canal Row", "Sheffield S3 8EN"} {
		s.text(s.regular, 11, 25, y, line)
		y += 5
	}
	s.right(s.regular, 11, 185, y+4, "21 November 2026")
	s.text(s.bold, 11, 25, y+16, "Your enquiry of 12 November: delivery of 240 relay boards")
	s.text(s.regular, 11, 25, y+24, "Dear Ms. Okafor,")
	y += 24
	for _, p := range letterText {
		y = s.paragraph(s.regular, 11, 25, y+9, 160, 5, p)
	}
	s.text(s.regular, 11, 25, y+12, "Yours sincerely,")
	s.signature(28, y+26)
	s.text(s.regular, 11, 25, y+37, "J. Marchetti")
	s.text(s.regular, 9, 25, y+41.5, "Sales and Service")
	s.bar(25, 279, 160, 0.2)
	s.text(s.regular, 7.5, 25, 283, "Northgate Electrical Works Ltd  \u00b7  8 Foundry Lane, Leeds LS10 1TT  \u00b7  Tel. 0113 496 0100  \u00b7  Fax 0113 496 0101")
	return s.page
}

var letterText = []string{
	"Thank you for your enquiry. We can deliver the 240 relay boards of type NR-12 in three lots of 80 pieces, the first of them four weeks after your order, the others at intervals of two weeks. All boards are tested at 55 degrees for 48 hours before they leave our works, and every lot comes with its test report.",
	"The price is 18.40 each for the whole quantity, packing included, carriage extra at cost. It holds until 31 January. For the mounting rails that you mention, we enclose drawing 2207 on a separate page; please mark the holes that you need, sign it and fax it back to us, so that they can be drilled together with the first lot.",
	"You also asked whether the older boards of 2019 can be exchanged one by one. They can: the connectors are the same, and so is the supply voltage. Only the jumper J4 must be moved to its second position. Our service department will gladly help on the telephone, on weekdays between 8 and 17 hours.",
	"We would be pleased to receive your order and remain at your disposal for any further question.",
}

func (s *sheet) letterhead() {
	const x, y, radius = 33, 26, 8
	for _, ring := range []float64{radius, radius - 1.4} {
		s.curve(0.5, 90, func(t float64) point {
			return point{x + ring*math.Cos(2*math.Pi*t), y + ring*math.Sin(2*math.Pi*t)}
		})
	}
	s.polygon(point{x + 1.5, y - 5}, point{x - 3.5, y + 1}, point{x - 0.3, y + 1}, point{x - 1.5, y + 5}, point{x + 3.5, y - 1}, point{x + 0.3, y - 1})
	s.text(s.bold, 20, 46, 26, "Northgate Electrical Works")
	s.text(s.regular, 9, 46, 31.5, "Relays, switchgear and control boards since 1951")
	s.bar(25, 38, 160, 0.6)
}

// signature is a few loops of a quick pen.
func (s *sheet) signature(x, y float64) {
	s.curve(0.45, 240, func(t float64) point {
		swing := math.Exp(-1.5 * t)
		return point{
			x + 42*t + 4*swing*math.Sin(31*t),
			y - 7*swing*math.Cos(27*t) + 1.5*math.Sin(9*t),
		}
	})
	s.curve(0.35, 30, func(t float64) point { return point{x - 2 + 46*t, y + 4 - 3*t + 1.2*math.Sin(4*t)} })
}

// paragraph sets words in lines of at most width millimetres and returns the y of the last base line.
func (s *sheet) paragraph(f *sfnt.Font, size, x, y, width, lead float64, words string) float64 {
	var line string
	for _, word := range strings.Fields(words) {
		longer := strings.TrimSpace(line + " " + word)
		if s.width(f, size, longer) > width {
			s.text(f, size, x, y, line)
			y += lead
			longer = word
		}
		line = longer
	}
	s.text(f, size, x, y, line)
	return y
}

// Form is an order form: boxes, a table, small print, some fields filled in.
func Form(r raster.Resolution) *raster.Page {
	s := newSheet(r)
	s.text(s.bold, 17, 20, 24, "Order and delivery note")
	s.right(s.regular, 11, 190, 24, "No. 4471-26")
	s.fields()
	s.table(92, 18)
	s.box(20, 232, 170, 30, 0.4)
	s.paragraph(s.regular, 7, 23, 236.5, 164, 3.2, smallPrint)
	s.text(s.regular, 7, 23, 259, "Date, signature")
	s.bar(45, 259, 60, 0.2)
	s.signature(52, 256)
	for i, check := range []string{"by rail", "by road", "collected", "insured"} {
		x := 120 + 17.5*float64(i)
		s.box(x, 255.5, 3.4, 3.4, 0.3)
		s.text(s.regular, 7, x+4.5, 258.4, check)
		if i%3 == 1 {
			s.stroke(0.4, point{x + 0.4, 255.9}, point{x + 3, 258.5})
			s.stroke(0.4, point{x + 3, 255.9}, point{x + 0.4, 258.5})
		}
	}
	return s.page
}

const smallPrint = "Goods remain our property until paid in full. Complaints can be considered only within eight days of delivery and must state the number of this note. Packing is charged at cost and credited when returned carriage paid in good condition. Place of performance and jurisdiction for both parties is Leeds. Please return the signed second sheet with the driver."

func (s *sheet) fields() {
	labels := []struct{ label, value string }{
		{"Customer", "Hallam Instruments, Sheffield"}, {"Customer no.", "20 118"},
		{"Deliver to", "Gate 3, 14 Canal Row"}, {"Order of", "21.11.2026"},
		{"Contact", "Ms. R. Okafor"}, {"Telephone", "0114 496 0220"},
		{"Carrier", "Pennine Freight"}, {"Weight, kg", "86.5"},
	}
	for i, f := range labels {
		x, width := 20.0, 110.0
		if i%2 == 1 {
			x, width = 130, 60
		}
		y := 32 + 13*float64(i/2)
		s.box(x, y, width, 13, 0.3)
		s.text(s.regular, 6.5, x+1.5, y+3.4, f.label)
		s.text(s.regular, 11, x+4, y+10, f.value)
	}
}

func (s *sheet) table(top float64, rows int) {
	const height = 7.2
	columns := []float64{20, 32, 58, 128, 146, 168, 190}
	heads := []string{"Pos.", "Part no.", "Description", "Qty.", "Each", "Amount"}
	parts := []string{"Relay board NR-12", "Mounting rail, drilled", "Terminal block, 8 poles", "Screw M4 x 12, zinc plated", "Label plate, engraved"}
	bottom := top + height*float64(rows+1)
	for _, x := range columns {
		s.bar(x, top, 0.3, bottom-top)
	}
	for i := range rows + 2 {
		s.bar(20, top+height*float64(i), 170.3, 0.25)
	}
	for i, head := range heads {
		s.text(s.bold, 8, columns[i]+1.5, top+4.9, head)
	}
	for i := range 11 {
		y := top + height*float64(i+1) + 5
		quantity, price := 20*(i%4+1), 155+i*i*37
		s.text(s.regular, 9, columns[0]+2, y, decimal(i+1))
		s.text(s.regular, 9, columns[1]+1.5, y, "NR-"+decimal(1200+i*17))
		s.text(s.regular, 9, columns[2]+1.5, y, parts[i%len(parts)])
		s.right(s.regular, 9, columns[4]-2, y, decimal(quantity))
		s.right(s.regular, 9, columns[5]-2, y, cents(price))
		s.right(s.regular, 9, columns[6]-2, y, cents(price*quantity))
	}
}

// Dense is a page of small print in two columns, like a page of a journal.
func Dense(r raster.Resolution) *raster.Page {
	s := newSheet(r)
	s.text(s.bold, 13, 18, 20, "General conditions of sale, delivery and service")
	s.bar(18, 23, 174, 0.3)
	n := 0
	for column := range 2 {
		x := 18 + 89*float64(column)
		for y := 28.0; y < 270; {
			n++
			s.text(s.bold, 7, x, y, decimal(n)+".")
			rest := clauses[n%len(clauses)] + " " + clauses[(n+2)%len(clauses)]
			y = s.paragraph(s.regular, 7, x+6, y, 79, 2.9, rest) + 4.4
		}
	}
	s.right(s.regular, 7, 192, 288, "page 1 of 1")
	return s.page
}

var clauses = []string{
	"These conditions apply to every offer, delivery and service of the works, also when a later order does not mention them again. Other conditions, even those printed on the customer's order, bind us only if we have accepted them in writing.",
	"Drawings, weights, dimensions and performances in catalogues are approximate unless they are expressly stated to be binding. We keep all rights in drawings, estimates and other papers; they must not be shown to others without our consent.",
	"Prices are ex works and without packing, carriage, customs and insurance. If between the offer and the delivery wages or the price of copper change by more than five per cent, each party may ask for a corresponding change of the price.",
	"The time of delivery begins when every detail of the order has been agreed and all papers to be supplied by the customer have arrived. It is kept if by its end the goods have left the works or are reported ready for dispatch.",
	"Force majeure, strikes, lock-outs, fire and the late arrival of essential materials prolong the time of delivery accordingly. We shall tell the customer of the beginning and the end of such hindrances as soon as possible.",
	"The risk passes to the customer when the goods leave the works, even if parts are still to be delivered or if we have undertaken the carriage or the erection. If dispatch is delayed by the customer, it passes on the day of readiness.",
	"We repair or replace free of charge, at our choice, every part that within twelve months of delivery proves useless or considerably impaired by reason of faulty design, bad material or defective workmanship.",
	"No liability is accepted for damage from natural wear, faulty handling, excessive load, unsuitable means of operation, or chemical, electrochemical or electrical influences that were not foreseen in the contract.",
}

// Halftone is a picture in shades of gray: the upper half in error diffusion, the lower in a screen of dots, with a
// caption.
func Halftone(r raster.Resolution) *raster.Page {
	s := newSheet(r)
	s.diffuse(20, 25, 170, 118)
	s.screen(20, 150, 170, 118)
	s.text(s.regular, 10, 20, 277, "Fig. 3: the same picture in error diffusion (above) and screened (below).")
	return s.page
}

// shade is the gray of the picture at u, v from 0 to 1: 0 is black, 1 is white.
func shade(u, v float64) float64 {
	for _, ball := range []struct{ u, v, radius float64 }{{0.32, 0.55, 0.3}, {0.68, 0.42, 0.22}, {0.8, 0.78, 0.13}} {
		dx, dy := (u-ball.u)*1.44, v-ball.v
		if d := dx*dx + dy*dy; d < ball.radius*ball.radius {
			height := math.Sqrt(ball.radius*ball.radius - d)
			light := (-0.5*dx - 0.6*dy + 0.62*height) / ball.radius
			return 0.08 + 0.9*math.Max(0, light)
		}
	}
	ripple := 0.12 * math.Sin(18*u+6*math.Sin(5*v))
	return 0.35 + 0.5*(1-v) + ripple*v
}

// area is a rectangle in millimetres, as pels.
func (s *sheet) area(x, y, width, height float64) (x0, y0, columns, rows int) {
	a, b := s.pels(point{x, y}), s.pels(point{x + width, y + height})
	return int(a.x), int(a.y), int(b.x) - int(a.x), int(b.y) - int(a.y)
}

// diffuse draws the picture with the error diffusion of Floyd and Steinberg.
func (s *sheet) diffuse(x, y, width, height float64) {
	x0, y0, columns, rows := s.area(x, y, width, height)
	here, below := make([]float64, columns+2), make([]float64, columns+2) // errors, one pel of margin each side
	for row := range rows {
		for col := range columns {
			want := shade(float64(col)/float64(columns), float64(row)/float64(rows)) + here[col+1]
			got := 1.0
			if want < 0.5 {
				got = 0
				s.black(x0+col, y0+row)
			}
			e := want - got
			here[col+2] += e * 7 / 16
			below[col] += e * 3 / 16
			below[col+1] += e * 5 / 16
			below[col+2] += e * 1 / 16
		}
		here, below = below, here
		clear(below)
	}
}

// screen draws the picture in dots, 2.4 a millimetre, at an angle of 45 degrees, as newspapers do.
func (s *sheet) screen(x, y, width, height float64) {
	const dots = 2.4 // a millimetre
	x0, y0, columns, rows := s.area(x, y, width, height)
	for row := range rows {
		for col := range columns {
			a, b := float64(col)/s.xScale, float64(row)/s.yScale
			cell := math.Cos(math.Pi*dots*(a+b)) * math.Cos(math.Pi*dots*(a-b))
			if shade(float64(col)/float64(columns), float64(row)/float64(rows)) < 0.5+0.5*cell {
				s.black(x0+col, y0+row)
			}
		}
	}
}

// White is a page of two lines of text.
func White(r raster.Resolution) *raster.Page {
	s := newSheet(r)
	s.text(s.regular, 11, 25, 40, "Received with thanks. We call you back on Monday.")
	s.text(s.regular, 11, 25, 46, "J. Marchetti")
	return s.page
}

func decimal(n int) string { return strconv.Itoa(n) }

func cents(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
