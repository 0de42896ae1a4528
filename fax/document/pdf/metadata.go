package pdf

import (
	"encoding/xml"
	"strings"
	"time"

	"faxbox/fax/tiff"
)

// producer is what makes the file's octets.
const producer = "faxbox"

func (i Info) time() time.Time {
	if i.Time.IsZero() {
		return i.Facts.Time
	}
	return i.Time
}

// information writes the document information dictionary. ISO 19005 wants it to say the same as the XMP packet.
func (f *file) information(info Info) {
	f.object(information, func() {
		f.print("<< /Producer ", text(producer))
		add := func(key, value string) {
			if value = tiff.PlainText(value); value != "" {
				f.print("\n/", key, " ", text(value))
			}
		}
		add("Title", info.Title)
		add("Author", info.Author)
		add("Subject", info.Subject)
		add("Creator", info.Software)
		if at := info.time(); writable(at) {
			date := text(date(at))
			f.print("\n/CreationDate ", date, "\n/ModDate ", date)
		}
		f.print(" >>")
	})
}

// writable reports whether a time has a year of four digits.
func writable(t time.Time) bool { return !t.IsZero() && t.Year() > 0 && t.Year() < 10000 }

// date is a date of ISO 32000-1, 7.9.4: D:20261121134507+01'00.
func date(t time.Time) string {
	zone := t.Format("-07'00")
	if _, offset := t.Zone(); offset == 0 {
		zone = "Z"
	}
	return t.Format("D:20060102150405") + zone
}

// packet gathers an XMP packet.
type packet struct{ strings.Builder }

// open writes markup as it is.
func (p *packet) markup(s string) { p.WriteString(s) }

// property writes an element with a text, unless that is empty. Before and after go around the text within it.
func (p *packet) property(name, before, value, after string) {
	if value = tiff.PlainText(value); value == "" {
		return
	}
	p.markup("<" + name + ">" + before)
	_ = xml.EscapeText(p, []byte(value)) // a Builder does not fail
	p.markup(after + "</" + name + ">\n")
}

const (
	oneOf     = `<rdf:Seq><rdf:li>`
	oneOfEnd  = `</rdf:li></rdf:Seq>`
	inLang    = `<rdf:Alt><rdf:li xml:lang="x-default">`
	inLangEnd = `</rdf:li></rdf:Alt>`
	namespace = "urn:faxbox:transmission:1#"
)

// xmp is the XMP packet (ISO 16684-1) of a file: what it is, that it conforms to PDF/A-2b, and the facts of its transmission.
func xmp(info Info) []byte {
	var p packet
	p.markup("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"\n" +
		" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:fax=\"" + namespace + "\">\n" +
		"<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n<dc:format>application/pdf</dc:format>\n")
	p.property("dc:title", inLang, info.Title, inLangEnd)
	p.property("dc:creator", oneOf, info.Author, oneOfEnd)
	p.property("dc:description", inLang, info.Subject, inLangEnd)
	p.property("pdf:Producer", "", producer, "")
	p.property("xmp:CreatorTool", "", info.Software, "")
	if at := info.time(); writable(at) {
		p.property("xmp:CreateDate", "", at.Format(time.RFC3339), "")
		p.property("xmp:ModifyDate", "", at.Format(time.RFC3339), "")
	}
	facts := factsOf(info.Facts)
	for _, fact := range facts {
		p.property("fax:"+fact.name, "", fact.value, "")
	}
	p.markup("</rdf:Description>\n")
	p.extension(facts)
	p.markup("</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return []byte(p.String())
}

// fact is a fact as a property of its own.
type fact struct{ name, kind, value, description string }

func factsOf(f tiff.Facts) []fact {
	began := ""
	if writable(f.Time) {
		began = f.Time.Format(time.RFC3339)
	}
	return []fact{
		{"CallerId", "Text", f.CallerID, "number of the caller of a received fax"},
		{"Csid", "Text", f.Csid, "station id of the receiver"},
		{"Tsid", "Text", f.Tsid, "station id of the sender"},
		{"Time", "Date", began, "when the transmission began"},
		{"RecipientName", "Text", f.RecipientName, "name of the recipient"},
		{"RecipientNumber", "Text", f.RecipientNumber, "number that was dialled"},
		{"Routing", "Text", f.Routing, "extension or subaddress that was called"},
		{"SenderName", "Text", f.SenderName, "name of the sender"},
	}
}

// extension describes our properties, as ISO 19005-2, 6.6.2.3.3 wants it of those that XMP does not know.
func (p *packet) extension(facts []fact) {
	p.markup("<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\"\n" +
		" xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n" +
		"<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n")
	p.property("pdfaSchema:schema", "", "transmission of a fax", "")
	p.property("pdfaSchema:namespaceURI", "", namespace, "")
	p.property("pdfaSchema:prefix", "", "fax", "")
	p.markup("<pdfaSchema:property><rdf:Seq>\n")
	for _, fact := range facts {
		p.markup("<rdf:li rdf:parseType=\"Resource\">")
		p.property("pdfaProperty:name", "", fact.name, "")
		p.property("pdfaProperty:valueType", "", fact.kind, "")
		p.property("pdfaProperty:category", "", "external", "")
		p.property("pdfaProperty:description", "", fact.description, "")
		p.markup("</rdf:li>\n")
	}
	p.markup("</rdf:Seq></pdfaSchema:property>\n</rdf:li></rdf:Bag></pdfaExtension:schemas>\n</rdf:Description>\n")
}
