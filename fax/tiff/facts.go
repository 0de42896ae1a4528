package tiff

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Facts are what a fax file says of its transmission: the members of the FaxTiff object. An empty text or zero time is not
// available.
//
// They stand in the directory of the first page. A standard tag holds what it was made for: DateTime (and OffsetTime, its
// distance from UTC) when the transmission began, Artist who sent it, FaxSubAddress what follows the bar in Routing. What
// is left has tags of our own, from the numbers that TIFF 6.0 leaves to everybody; those of the Windows fax service were
// never published, and differ between its versions. ImageDescription repeats Tsid and CallerID as HylaFAX has them, one a
// line, for programs made for its files. Text is UTF-8.
type Facts struct {
	CallerID        string    // received: the caller's number
	Csid            string    // the receiver's station id
	Tsid            string    // the sender's
	Time            time.Time // when receiving, or sending, began; its zone is the office's. Fractions of a second are lost
	RecipientName   string
	RecipientNumber string // sent: the number that was dialled
	Routing         string // received: number, or number|subaddress
	SenderName      string // sent
}

// Tags of our own. Photoshop uses 65000 to 65112.
const (
	FactCallerID        Tag = 65200
	FactCsid            Tag = 65201
	FactTsid            Tag = 65202
	FactRecipientName   Tag = 65203
	FactRecipientNumber Tag = 65204
	FactRouting         Tag = 65205
)

// factTags are the tags of texts that have one each, in order of their numbers.
func (f *Facts) factTags() []struct {
	Tag
	text *string
} {
	return []struct {
		Tag
		text *string
	}{
		{Artist, &f.SenderName},
		{FactCallerID, &f.CallerID}, {FactCsid, &f.Csid}, {FactTsid, &f.Tsid}, {FactRecipientName, &f.RecipientName},
		{FactRecipientNumber, &f.RecipientNumber}, {FactRouting, &f.Routing},
	}
}

const (
	dateTime   = "2006:01:02 15:04:05"
	offsetTime = "-07:00"
)

// Fields are the facts as fields, each text in one line without control characters. Nothing is written of what is not
// available.
func (f Facts) Fields() []Field {
	var fields []Field
	add := func(t Tag, text string) {
		if text != "" {
			fields = append(fields, Text(t, text))
		}
	}
	for _, fact := range f.factTags() {
		*fact.text = PlainText(*fact.text)
		add(fact.Tag, *fact.text)
	}
	add(ImageDescription, strings.TrimRight(f.Tsid+"\n"+f.CallerID, "\n"))
	_, subaddress, _ := strings.Cut(f.Routing, "|")
	add(FaxSubAddress, subaddress)
	if y := f.Time.Year(); !f.Time.IsZero() && y > 0 && y < 10000 {
		add(DateTime, f.Time.Format(dateTime))
		add(OffsetTime, f.Time.Format(offsetTime))
	}
	slices.SortFunc(fields, func(a, b Field) int { return int(a.Tag) - int(b.Tag) })
	return fields
}

// ReadFacts reads the facts of a file, ours or HylaFAX's. A time without its distance from UTC is taken to be in this zone;
// with none it is not available. What cannot be read is not available either: facts are not worth a page.
func ReadFacts(file *File, zone *time.Location) (Facts, error) {
	d, err := file.at(0)
	if err != nil {
		return Facts{}, err
	}
	var f Facts
	for _, fact := range f.factTags() {
		*fact.text = d.text(fact.Tag)
	}
	if f.Routing == "" {
		if subaddress := d.text(FaxSubAddress); subaddress != "" {
			f.Routing = "|" + subaddress
		}
	}
	if f.Tsid == "" && f.CallerID == "" && strings.HasPrefix(d.text(Software), "HylaFAX") {
		f.Tsid, f.CallerID = d.stations()
	}
	f.Time = d.time(zone)
	return f, nil
}

// stations are the sender's station id and the caller's number as HylaFAX writes them, one below the other.
func (d *directory) stations() (tsid, callerID string) {
	field, ok, err := d.field(ImageDescription)
	if !ok || err != nil {
		return "", ""
	}
	tsid, rest, _ := strings.Cut(field.String(), "\n")
	callerID, _, _ = strings.Cut(rest, "\n")
	return PlainText(tsid), PlainText(callerID)
}

// time is that of DateTime, or zero.
func (d *directory) time(zone *time.Location) time.Time {
	at := d.text(DateTime)
	if t, err := time.Parse(dateTime+offsetTime, at+d.text(OffsetTime)); err == nil {
		return t
	}
	if zone != nil {
		if t, err := time.ParseInLocation(dateTime, at, zone); err == nil {
			return t
		}
	}
	return time.Time{}
}

// text is a field as text in one line, empty if there is none or it cannot be read.
func (d *directory) text(t Tag) string {
	field, ok, err := d.field(t)
	if !ok || err != nil {
		return ""
	}
	return PlainText(field.String())
}

// Texts are all fields of page n as text, those that can be read. It is what FaxTiff's TiffTagString shows.
func (f *File) Texts(n int) (map[Tag]string, error) {
	d, err := f.at(n)
	if err != nil {
		return nil, err
	}
	texts := map[Tag]string{}
	for _, e := range d.fields {
		if _, twice := texts[e.tag]; twice {
			continue
		}
		if field, err := d.values(e); err == nil {
			if field.Type != ASCII { // a table of strips may be long
				field.Data = field.Data[:min(len(field.Data), maxText*field.Type.size())]
			}
			texts[e.tag] = PlainText(field.String())
		}
	}
	return texts, nil
}

// maxText is how many characters of a text are kept, ours: names have some thirty.
const maxText = 1000

// PlainText is a text made fit for one line of a file: control characters are spaces, spaces at its ends are gone, what is not
// UTF-8 is taken for ISO 8859-1, as old programs wrote it, and more than 1000 characters are cut.
func PlainText(s string) string {
	if !utf8.ValidString(s) {
		latin := make([]rune, 0, min(len(s), maxText))
		for i := range min(len(s), maxText) {
			latin = append(latin, rune(s[i]))
		}
		s = string(latin)
	}
	kept := 0
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if kept++; kept > maxText {
			return -1
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
	return s
}
