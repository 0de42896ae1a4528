package server

import (
	"cmp"

	"faxbox/fax"
	"faxbox/fax/document/pdf"
	"faxbox/fax/tiff"
)

// Facts are what a file says of its fax.
func (s *Server) Facts(m fax.Message) tiff.Facts {
	return tiff.Facts{
		CallerID: string(m.CallerID), Csid: string(m.Csid), Tsid: string(m.Tsid), Time: m.RawReceiveTime.In(s.Settings().Location()),
		RecipientName: string(m.RecipientName), RecipientNumber: string(m.RecipientNumber), Routing: string(m.Routing),
		SenderName: string(m.SenderName),
	}
}

// DescribePDF is what a PDF file of a message says of itself.
func (s *Server) DescribePDF(m fax.Message) pdf.Info {
	zone := s.Settings().Location()
	title, author := "Fax from "+cmp.Or(string(m.CallerID), string(m.Tsid), "an unknown number"), cmp.Or(string(m.Tsid), string(m.CallerID))
	switch {
	case m.Report:
		title, author = "Delivery report: "+m.DisplayName, s.version
	case m.Direction == fax.Out:
		title, author = "Fax to "+string(m.RecipientNumber), cmp.Or(string(m.SenderName), string(m.Tsid))
	}
	return pdf.Info{
		Title: title + ", " + m.RawReceiveTime.In(zone).Format("2006-01-02 15:04"), Author: author, Subject: m.DisplayName,
		Software: s.version, Language: "en", Time: m.EndTime.In(zone), Facts: s.Facts(m),
	}
}
