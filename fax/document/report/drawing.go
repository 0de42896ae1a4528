package report

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// drawing draws a report from top to bottom.
type drawing struct {
	*paper
	report Report
	words  *words
}

const (
	margin = 51.0 // at each side
	top    = 43.0
	bottom = 40.0
)

func (d *drawing) inner() float64 { return d.width - 2*margin }

func (d *drawing) all() {
	y := d.head(top)
	y = d.verdict(y + 12)
	y = d.facts(y + 16)
	foot := d.foot()
	d.calls(y+14, foot-10)
}

// head draws the title, and whose report it is.
func (d *drawing) head(y float64) float64 {
	title := d.fonts.FitLine(d.words.title, typeset.Style{Size: 14, Bold: true}, 8, d.inner()/2)
	title.Draw(d.page, margin, y)
	office := d.fonts.FitLine(d.report.Office, typeset.Style{Size: 10}, 6, d.inner()-title.Width()-20)
	office.Draw(d.page, margin+d.inner()-office.Width(), y+title.Size()-office.Size())
	y += title.Height() + 4
	d.fill(margin, y, d.inner(), 0.8)
	return y
}

// verdict draws what came of it: one large word, recognizable from afar by its box, the sentence, why, and what to do.
func (d *drawing) verdict(y float64) float64 {
	const height, mark = 62.0, 62.0
	what := d.report.outcome()
	inside := d.inner() - mark - 24
	word := d.fonts.FitLine(d.words.outcomes[what], typeset.Style{Size: 27, Bold: true}, 14, inside)
	sentence := d.lines(d.report.sentence(d.words), typeset.Style{Size: 11.5}, 8, inside, 1)
	x := margin + mark + 12
	gap := (height - word.Height() - sentence.height()) / 2
	word.Draw(d.page, x, y+gap-1)
	sentence.draw(d.paper, x, y+gap+word.Height()-1)
	d.mark(what, margin+mark/2, y+height/2)
	switch what {
	case delivered:
		d.frame(margin, y, d.inner(), height, 2)
	case partly:
		d.invert(margin, y, mark, height)
		d.frame(margin, y, d.inner(), height, 2)
	case failed, cancelled:
		d.invert(margin, y, d.inner(), height)
	case underWay:
		d.dashes(margin, y, d.inner(), 1.2)
		d.dashes(margin, y+height, d.inner(), 1.2)
	}
	y += height
	for _, r := range d.report.remarks(d.words) {
		y = d.remark(r, y+7)
	}
	return y
}

// remark draws a line or two under the verdict.
func (d *drawing) remark(r row, y float64) float64 {
	style := typeset.Style{Size: 10.5}
	d.fonts.FitLine(r.label, typeset.Style{Size: 10.5, Bold: true}, 7, labelWidth-8).Draw(d.page, margin, y)
	return d.lines(r.value, style, 8, d.inner()-labelWidth, r.most).draw(d.paper, margin+labelWidth, y)
}

// mark draws the outcome as a sign: a tick, the pages that went, a cross, a bar, three dots.
func (d *drawing) mark(what outcome, x, y float64) {
	switch what {
	case delivered:
		d.ring(x, y, 20, 2.5)
		d.stroke(x-9, y+1, x-2.5, y+8, 4)
		d.stroke(x-2.5, y+8, x+10, y-7.5, 4)
	case partly:
		j := d.report.Job
		share := d.fonts.FitLine(fmt.Sprintf("%d/%d", j.ConfirmedPages, j.PageCount), typeset.Style{Size: 22, Bold: true}, 8, 52)
		share.Draw(d.page, x-share.Width()/2, y-share.Height()/2)
	case failed:
		d.ring(x, y, 20, 2.5)
		d.stroke(x-8, y-8, x+8, y+8, 4)
		d.stroke(x-8, y+8, x+8, y-8, 4)
	case cancelled:
		d.ring(x, y, 20, 2.5)
		d.stroke(x-10, y, x+10, y, 4)
	case underWay:
		d.ring(x, y, 20, 1.2)
		for _, dx := range []float64{-8, 0, 8} {
			d.stroke(x+dx, y, x+dx, y, 4)
		}
	}
}

// row is a fact with its name.
type row struct {
	label, value string
	most         int // lines
}

func (d *drawing) rows() []row {
	r, w := d.report, d.words
	j := r.Job
	pages := w.pagesOf(j.ConfirmedPages, j.PageCount)
	if j.PageCount == 0 {
		pages = ""
	}
	return []row{
		{w.recipient, j.RecipientName, 3},
		{w.number, j.FaxNumber, 2},
		{w.csid, string(r.csid()), 1},
		{w.sender, join(", ", j.SenderName, j.SenderDept, j.SenderCompany), 3},
		{w.tsid, string(r.OwnID), 1},
		{w.document, j.DisplayName, 3},
		{w.pages, pages, 1},
		{w.submitted, w.time(j.SubmittedTime, r.Zone), 1},
		{w.began, w.time(j.StartTime, r.Zone), 1},
		{w.ended, w.time(j.EndTime, r.Zone), 1},
		{w.duration, w.length(r.onLine()), 1},
		{w.mode, r.mode(), 2},
		{w.billing, j.BillingCode, 2},
	}
}

// join joins those that are not empty.
func join(separator string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

const labelWidth = 96.0

// pictureWidth is how wide the first page is drawn: less if many calls are to be listed below it.
func (d *drawing) pictureWidth() float64 {
	if len(d.report.Calls) > 8 {
		return 148
	}
	return 192
}

// facts draws the facts at the left, and the first page at the right.
func (d *drawing) facts(y float64) float64 {
	width := d.inner()
	below := y
	if d.report.First != nil {
		width -= d.pictureWidth() + 18
		below = d.picture(margin+d.inner()-d.pictureWidth()-1, y+1)
	}
	for _, r := range d.rows() {
		if strings.TrimSpace(r.value) == "" {
			continue
		}
		value := d.lines(tiff.PlainText(r.value), typeset.Style{Size: 10.5, Bold: r.label == d.words.number, Align: typeset.Left}, 8.5,
			width-labelWidth, r.most)
		label := d.fonts.FitLine(r.label, typeset.Style{Size: 9.5}, 6, labelWidth-6)
		label.Draw(d.page, margin, y+value[0].Size()-label.Size()) // on one base line
		y = value.draw(d.paper, margin+labelWidth, y) + 2.4
	}
	return max(y, below)
}

// picture draws the first page small, in a frame, and what it is.
func (d *drawing) picture(x, y float64) float64 {
	small := reduced(d.report.First, pels(d.pictureWidth()))
	w, h := float64(small.Width)/pelsPerPoint, float64(small.Height)/pelsPerPoint
	d.put(small, x, y)
	d.frame(x-1, y-1, w+2, h+2, 0.5)
	caption := d.fonts.FitLine(d.words.firstPage, typeset.Style{Size: 8}, 6, w)
	caption.Draw(d.page, x+(w-caption.Width())/2, y+h+3)
	return y + h + 3 + caption.Height()
}

// reduced is a page so many pels wide, in dots. Of one that is longer than A4 the beginning is shown.
func reduced(p *raster.Page, width int) *raster.Page {
	g := gray.Shrink(p, width)
	if most := width * 142 / 100; g.Height > most {
		g.Height = most
		g.Pix = g.Pix[:g.Width*g.Height]
	}
	g.Resolution = resolution
	return gray.Bilevel(g, gray.Photo)
}

// foot draws what is to be kept: the hash, the job, when the report was made. It says where it begins.
func (d *drawing) foot() float64 {
	r, w := d.report, d.words
	small := typeset.Style{Size: 8}
	about := []string{fmt.Sprintf("%s %d", w.job, r.Job.JobID)}
	if !r.Now.IsZero() {
		about = append(about, w.made+" "+w.time(r.Now, r.Zone))
	}
	about = append(about, tiff.PlainText(r.Software))
	line := d.fonts.FitLine(join("  ·  ", about...), small, 6, d.inner())
	y := d.height - bottom - line.Height()
	line.Draw(d.page, margin, y)
	if len(r.SHA256) > 0 {
		hash := d.fonts.FitLine(grouped(hex.EncodeToString(r.SHA256)), typeset.Style{Size: 8, Mono: true}, 5, d.inner())
		y -= hash.Height()
		hash.Draw(d.page, margin, y)
		label := d.fonts.FitLine(w.hash, small, 6, d.inner())
		y -= label.Height()
		label.Draw(d.page, margin, y)
	}
	y -= 6
	d.fill(margin, y, d.inner(), 0.8)
	return y
}

// grouped parts eight digits from the next, so that people can compare them.
func grouped(digits string) string {
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// columns are where the columns of the calls begin, and how wide they are.
func (d *drawing) columns() [6]struct{ x, width float64 } {
	widths := [5]float64{24, 112, 84, 58, 40}
	var columns [6]struct{ x, width float64 }
	x := margin
	for i, w := range widths {
		columns[i].x, columns[i].width = x, w-8
		x += w
	}
	columns[5].x, columns[5].width = x, margin+d.inner()-x
	return columns
}

const callHeight = 14.0

// calls draws the table of calls: the last ones, as many as there is room for, and how many there were before.
func (d *drawing) calls(y, end float64) {
	heading := d.fonts.Line(d.words.attempts, typeset.Style{Size: 11, Bold: true}, d.inner())
	heading.Draw(d.page, margin, y)
	y += heading.Height() + 2
	all := d.report.Calls
	if len(all) == 0 {
		d.fonts.Line(d.words.noAttempt, typeset.Style{Size: 9.5}, d.inner()).Draw(d.page, margin, y)
		return
	}
	y = d.tableRow(y, d.words.columns, true)
	d.fill(margin, y-1.5, d.inner(), 0.5)
	room := max(int((end-y)/callHeight), 1)
	hidden := 0
	if len(all) > room {
		hidden = len(all) - max(room-1, 1)
		d.fonts.Line(d.words.notShown(hidden), typeset.Style{Size: 9}, d.inner()).Draw(d.page, margin, y)
		y += callHeight
	}
	for i, c := range all[hidden:] {
		y = d.tableRow(y, d.call(hidden+i+1, c), false)
	}
}

func (d *drawing) call(number int, c fax.Call) [6]string {
	w := d.words
	if c.Attempt > 0 {
		number = c.Attempt
	}
	return [6]string{
		strconv.Itoa(number), w.shortTime(c.Start, d.report.Zone), c.DeviceName, w.length(c.Duration.Duration()),
		strconv.Itoa(c.Pages), c.Result.Cause.In(w.language).Sentence,
	}
}

func (d *drawing) tableRow(y float64, cells [6]string, bold bool) float64 {
	for i, column := range d.columns() {
		cell := d.fonts.FitLine(cells[i], typeset.Style{Size: 9, Bold: bold}, 6.5, column.width)
		cell.Draw(d.page, column.x, y+9-cell.Size()) // on one base line
	}
	return y + callHeight
}
