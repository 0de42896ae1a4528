package main

// Sizes of letters.
const (
	small = 10 // labels: the least that is read at standard resolution
	body  = 12
	name  = 15
)

// business is a letterhead: a large heading, who to whom in two columns, the note below.
func business(s *sheet, in words) {
	s.text(margin-3, 92, 60, bold, in.fax)
	s.line("senderCompany", margin+150, 46, s.inner()-150, 22, 16, bold)
	s.alignRight()
	s.lines("senderAddress", margin+150, 69, s.inner()-150, 42, small, regular)
	s.alignRight()
	s.rule(116, 5)

	half := (s.inner() - 24) / 2
	s.party(margin, 134, half, in.to, in, recipient)
	s.party(margin+half+24, 134, half, in.from, in, sender)
	s.rule(308, hair)

	s.labelled(margin, 316, 140, in.date, "date", regular)
	s.labelled(margin+150, 316, 80, in.time, "time", regular)
	s.labelled(margin+half+24, 316, half, in.pages, "pageCount", bold)
	s.rule(356, hair)

	s.text(margin, 374, small, bold, in.subject)
	s.lines("coverpageSubject", margin, 379, s.inner(), 42, name, bold)
	s.rule(426, 5)

	bottom := s.height - margin - 24
	s.lines("coverpageNote", margin, 442, s.inner(), bottom-452, body, regular)
	s.rule(bottom, hair)
	s.text(margin, s.height-margin-6, small, regular, in.missing)
}

// members are the names of the fields that tell of one party.
type members struct{ name, details, fax, phone string }

var (
	recipient = members{"recipientName", "recipientDetails", "faxNumber", "recipientOfficePhone"}
	sender    = members{"senderName", "senderDetails", "senderFax", "senderOfficePhone"}
)

// party is a column that tells who somebody is.
func (s *sheet) party(x, y, w float64, label string, in words, m members) {
	const tab = 50 // where numbers begin
	s.text(x, y+8, small, bold, label)
	s.line(m.name, x, y+13, w, 22, name, bold)
	s.lines(m.details, x, y+36, w, 92, 11, regular)
	s.text(x, y+145, small, bold, in.fax)
	s.line(m.fax, x+tab, y+132, w-tab, 18, body, regular)
	s.text(x, y+163, small, bold, in.phone)
	s.line(m.phone, x+tab, y+150, w-tab, 18, body, regular)
}

// labelled is a field with its name above it.
func (s *sheet) labelled(x, y, w float64, label, member string, f face) {
	s.text(x, y+11, small, bold, label)
	s.line(member, x, y+15, w, 20, body, f)
}

// confidential says so in a black bar; a table, the note in a frame, and what the word means.
func confidential(s *sheet, in words) {
	s.block(margin, 46, s.inner(), 50)
	s.inWhite(func() { s.spaced(margin+16, 82, 32, 4, bold, in.confidential) })
	s.line("senderCompany", margin, 104, s.inner()-90, 24, 16, bold)
	s.text(s.right()-41.4, 124, 24, bold, in.fax) // as wide as the word in Helvetica Bold

	y := s.table(136, []row{
		{in.to, "recipientName", "recipientCompany", bold},
		{in.fax, "faxNumber", "", regular},
		{in.from, "senderName", "senderDepartment", bold},
		{in.fax, "senderFax", "", regular},
		{in.phone, "senderOfficePhone", "", regular},
		{in.date, "date", "time", regular},
		{in.pages, "pageCount", "", bold},
	})
	s.text(margin, y+20, small, bold, in.subject)
	s.lines("coverpageSubject", margin+column, y+5, s.inner()-column, 36, 13, bold)
	s.rule(y+44, 3)

	notice := 22 + 13*float64(len(in.notice))
	top, bottom := y+58, s.height-margin-notice
	s.lines("coverpageNote", margin, top, s.inner(), bottom-12-top, body, regular)
	s.frame(margin, bottom, s.inner(), notice, 3)
	for i, line := range in.notice {
		s.text(margin+14, bottom+21+13*float64(i), small, regular, line)
	}
}

// column is how wide labels of a table are.
const column = 64

// row is a line of a table: what it tells, and up to two members that say it.
type row struct {
	label, member, beside string
	face                  face
}

// table draws rows with rules between them, and returns where it ends.
func (s *sheet) table(y float64, rows []row) float64 {
	const height = 23
	half := (s.inner() - column) / 2
	s.rule(y, 3)
	for _, r := range rows {
		s.text(margin, y+16, small, bold, r.label)
		if r.beside == "" {
			s.line(r.member, margin+column, y+3, s.inner()-column, 19, body, r.face)
		} else {
			s.line(r.member, margin+column, y+3, half, 19, body, r.face)
			s.line(r.beside, margin+column+half+10, y+3, half-10, 19, body, regular)
		}
		y += height
		s.rule(y, hair)
	}
	return y
}

// plain is a letter without ornament.
func plain(s *sheet, in words) {
	s.text(margin, 76, 30, bold, in.fax)
	s.line("date", s.right()-200, 56, 200, 20, body, regular)
	s.alignRight()
	s.rule(90, hair)

	const indent = margin + column
	w := s.inner() - column
	entry := func(y float64, label, member string, f face) {
		s.text(margin, y+13, small, regular, label)
		s.line(member, indent, y, w, 19, body, f)
	}
	entry(104, in.to, "recipientName", bold)
	s.lines("recipientDetails", indent, 123, w, 84, 11, regular)
	entry(208, in.fax, "faxNumber", regular)

	entry(244, in.from, "senderName", bold)
	s.line("senderCompany", indent, 264, w, 15, 11, regular)
	s.lines("senderDetails", indent, 279, w, 34, 11, regular)
	entry(316, in.fax, "senderFax", regular)

	entry(352, in.pages, "pageCount", regular)
	s.text(margin, 388, small, regular, in.subject)
	s.lines("coverpageSubject", indent, 374, w, 42, body, bold)
	s.rule(424, hair)
	s.lines("coverpageNote", margin, 440, s.inner(), s.height-margin-440, body, regular)
}

// continuation is the page on which a note goes on.
func continuation(s *sheet, in words) {
	s.text(margin, 70, 20, bold, in.continued)
	s.rule(84, 3)
	third := (s.inner() - 40) / 3
	s.labelled(margin, 92, third, in.to, "recipientName", regular)
	s.labelled(margin+third+20, 92, third, in.from, "senderName", regular)
	s.labelled(margin+2*third+40, 92, third, in.date, "date", regular)
	s.rule(132, hair)
	s.lines("coverpageNoteContinued", margin, 146, s.inner(), s.height-margin-146, body, regular)
}
