package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

// settings is the way to all settings.
func (s *site) settings(v *visit) error {
	return v.show(http.StatusOK, "settings", struct {
		frame
		Ports []fax.Port
	}{v.frame("settings", "settings"), s.Server.Ports(v.who())})
}

// serverSections are the settings of the server.
var serverSections = []section{
	{"sending", []input{{Name: "retries", Kind: number, Max: 99}, {Name: "retryDelay", Kind: number, Max: 10080},
		{Name: "dirtyDays", Kind: number, Min: -1, Max: 9999}, {Name: "pauseServerQueue", Kind: tick}}},
	{"cheap", []input{{Name: "discountPeriod", Kind: period}}},
	{"header", []input{{Name: "branding", Kind: tick}, {Name: "paper", Kind: choice, Options: []option{{string(fax.A4), "paper.a4"}, {string(fax.Letter), "paper.letter"}}}, {Name: "useDeviceTsid", Kind: tick}}},
	{"archive", []input{{Name: "archiveOutboundFaxes", Kind: tick}, {Name: "archiveDirectory", Kind: line}, {Name: "binDays", Kind: number, Min: 1, Max: 365}}},
	{"cover", []input{{Name: "serverCoverpage", Kind: tick}}},
	{"never", []input{{Name: "blockedNumbers", Kind: lines}}},
}

// timeSections are the settings of the server that have to do with its clock.
var timeSections = []section{{"place", []input{{Name: "timeZone", Kind: line, Options: zones()}}}}

// zones are time zones that are often wanted; any other can be entered.
func zones() []option {
	var list []option
	for _, name := range []string{"Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/London", "Europe/Dublin", "Europe/Paris",
		"Europe/Amsterdam", "Europe/Brussels", "Europe/Rome", "Europe/Madrid", "Europe/Lisbon", "Europe/Copenhagen", "Europe/Stockholm",
		"Europe/Oslo", "Europe/Helsinki", "Europe/Warsaw", "Europe/Prague", "Europe/Budapest", "Europe/Athens", "Europe/Istanbul",
		"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto", "America/Sao_Paulo",
		"Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "UTC"} {
		list = append(list, option{Value: name})
	}
	return list
}

// formPage is a page with a form of groups.
type formPage struct {
	frame
	Groups []group
	Faults []string
	May    bool // the visitor may change what is shown
}

// Marked are the fields with something wrong in them: some are far down on the page.
func (p formPage) Marked() (list []filled) {
	for _, g := range p.Groups {
		for _, f := range g.Fields {
			if f.Fault != "" {
				list = append(list, f)
			}
		}
	}
	return list
}

// piece is a stretch of the day, in minutes.
type piece struct{ From, Length int }

const dayLength = 24 * 60

// barOf is a period on a bar of 24 hours: in two pieces if it goes over midnight.
func barOf(p fax.Period) []piece {
	start, end := p.Start.Hour()*60+p.Start.Minute(), p.End.Hour()*60+p.End.Minute()
	switch {
	case start == end:
		return []piece{{0, dayLength}}
	case start < end:
		return []piece{{start, end - start}}
	}
	return []piece{{0, end}, {start, dayLength - start}}
}

// serverForm is a page with some settings of the server.
type serverForm struct {
	name     string // of the page, the template and what is said when it was done
	sections []section
}

// The pages that settings of the server are on.
var (
	serverSettings = serverForm{"server", serverSections}
	timeSettings   = serverForm{"time", timeSections}
)

func (f serverForm) path() string { return "/settings/" + f.name }

// show is the handler that shows the form.
func (f serverForm) show(v *visit) error {
	all, err := groups(f.sections, v.site.Server.Settings().Resource())
	if err != nil {
		return err
	}
	return f.again(v, http.StatusOK, all, nil)
}

// again shows the form with what was entered, and what is wrong with it.
func (f serverForm) again(v *visit, status int, all []group, faults []string) error {
	settings := v.site.Server.Settings()
	for i := range all {
		switch all[i].Name {
		case "cheap":
			all[i].Bar = barOf(settings.DiscountPeriod())
		case "header":
			texts := v.site.Server.SampleHeader(cmp.Or(v.fullName(), v.id.User), "+1 555 0100") // nobody's number
			all[i].Sample = slices.DeleteFunc(texts[:], func(text string) bool { return text == "" })
		}
	}
	page := serverPage{formPage: formPage{frame: v.frame("settings", f.name), Groups: all, Faults: faults, May: v.id.Rights.Has(fax.ConfigSet)}}
	now := time.Now()
	page.Now, page.Clock = now, now.In(settings.Location()).Format("15:04:05")
	page.Zone, _ = now.In(settings.Location()).Zone()
	for _, f := range v.site.Server.Health() {
		if f.Name == "clock" {
			page.Finding = f
		}
	}
	return v.show(status, f.name, page)
}

// serverPage is a page with settings of the server, and its clock.
type serverPage struct {
	formPage
	Now     time.Time
	Clock   string // the time of day at the office
	Zone    string // what the office's zone is called now: CET
	Finding fax.Finding
}

// change is the handler that takes what was entered.
func (f serverForm) change(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	all, err := groups(f.sections, v.site.Server.Settings().Resource())
	if err != nil {
		return err
	}
	patch, err := readGroups[fax.ServerPatch](all, v.PostForm)
	if err == nil {
		_, err = v.site.Server.UpdateSettings(v.who(), patch)
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return f.again(v, http.StatusUnprocessableEntity, all, v.blame(all, invalid))
	case err != nil:
		return err
	}
	return v.done(f.path(), "settings")
}

// rates are the speeds that a line may be limited to.
func rates() []option {
	var list []option
	for rate := 14400; rate >= 2400; rate -= 2400 {
		list = append(list, option{Value: strconv.Itoa(rate)})
	}
	return list
}

// portSections are the settings of a line.
var portSections = []section{
	{"line", []input{{Name: "name", Kind: line}, {Name: "csid", Kind: line}, {Name: "tsid", Kind: line}}},
	{"receiving", []input{{Name: "receive", Kind: tick}, {Name: "rings", Kind: number, Min: 1, Max: 99}}},
	{"out", []input{{Name: "send", Kind: tick}}},
	{"dialling", []input{{Name: "outsideLine", Kind: line}, {Name: "countryCode", Kind: line}, {Name: "nationalPrefix", Kind: line},
		{Name: "internationalPrefix", Kind: line}}},
	{"callers", []input{{Name: "allow", Kind: lines}, {Name: "block", Kind: lines}, {Name: "blockWithheld", Kind: tick},
		{Name: "blocked", Kind: choice, Options: []option{{string(fax.LetRing), "blocked.ring"}, {string(fax.Drop), "blocked.drop"}}},
		{Name: "quarantine", Kind: lines}, {Name: "distinctive", Kind: lines}}},
	{"modem", []input{{Name: "ecm", Kind: tick}, {Name: "maxRate", Kind: whole, Options: rates()}, {Name: "country", Kind: line},
		{Name: "speaker", Kind: tick}, {Name: "init", Kind: lines}}},
	{"wiring", []input{{Name: "lineRelay", Kind: pin}, {Name: "powerRelay", Kind: pin}, {Name: "ringDetector", Kind: pin}}},
}

// portPage is a line: its settings and what is done with what it receives.
type portPage struct {
	formPage
	Port    fax.Port
	Card    lineCard
	Methods []method
	Tried   string       // guid of the method that was tried
	Verdict *fax.Verdict // what came of that
}

// method is a routing method, and what it can be told.
type method struct {
	fax.RoutingMethod
	Formats []string     // to choose among; the first is the usual one
	Verdict *fax.Verdict // of a test; nil: none was made
	Secret  string       // what its requests are signed with; empty: nothing is, or the visitor may not know
}

// formats are what the methods, by their FunctionName, can make of a fax.
func formats(name string) []string {
	switch name {
	case "folder":
		return []string{"tiff", "pdf"}
	case "mail":
		return []string{"pdf", "tiff"}
	case "print":
		return []string{"pdf", "pwg", "pcl"}
	case "webhook":
		return []string{"pdf", "tiff", "link"}
	}
	return nil
}

// lineForm is the line that a visit is about, and its form.
func (s *site) lineForm(v *visit) (p fax.Port, all []group, err error) {
	if p, err = s.Server.Port(v.who(), id64[fax.DeviceID](v, "id")); err == nil {
		all, err = groups(portSections, p)
	}
	return p, all, err
}

func (s *site) line(v *visit) error {
	p, all, err := s.lineForm(v)
	if err != nil {
		return err
	}
	return s.showLine(v, http.StatusOK, p, all, nil)
}

func (s *site) showLine(v *visit, status int, p fax.Port, all []group, faults []string) error {
	return s.showTried(v, status, p, all, portPage{formPage: formPage{Faults: faults}})
}

// showTried is showLine for a page that says something already.
func (s *site) showTried(v *visit, status int, p fax.Port, all []group, page portPage) error {
	methods, err := s.Server.RoutingMethods(p.DeviceID)
	if err != nil {
		return err
	}
	s.offerPins(all)
	page.frame, page.Groups, page.May, page.Port = v.frame("settings", "line"), all, p.CanModify, p
	for _, m := range methods {
		told := method{RoutingMethod: m, Formats: formats(m.FunctionName)}
		if fax.SameGuid(m.Guid, page.Tried) {
			told.Verdict = page.Verdict
		}
		if m.FunctionName == "webhook" && m.Enable && v.id.Rights.Has(fax.ConfigSet) {
			if told.Secret, err = s.Server.WebhookSecret(v.who(), p.DeviceID, m.Guid); err != nil {
				return err
			}
		}
		page.Methods = append(page.Methods, told)
	}
	for _, c := range s.lineCards(v.who()) {
		if c.Port.DeviceID == p.DeviceID {
			page.Card = c
		}
	}
	page.Title, page.Live = p.Name, "status"
	return v.show(status, "line-settings", page)
}

// offerPins has the pins of a form chosen among the board's lines. The line that is chosen is among them, even if the board
// does not know it. A board that cannot be asked offers none.
func (s *site) offerPins(all []group) {
	var lines []wire.GPIOLine
	if s.Lines != nil {
		var err error
		if lines, err = s.Lines(); err != nil {
			s.Log.Warn("the board's lines", "error", err)
		}
	}
	for i := range all {
		if all[i].Name != "wiring" {
			continue
		}
		all[i].Bare = len(lines) == 0
		for j := range all[i].Fields {
			f := &all[i].Fields[j]
			f.Lines = lines
			known := slices.ContainsFunc(lines, func(l wire.GPIOLine) bool { return l.Line == f.Value })
			if f.Value != "" && len(lines) > 0 && !known {
				f.Lines = append(slices.Clip(lines), wire.GPIOLine{Line: f.Value})
			}
		}
	}
}

func (s *site) changeLine(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, all, err := s.lineForm(v)
	if err != nil {
		return err
	}
	patch, err := readGroups[fax.PortPatch](all, v.PostForm)
	if err == nil {
		_, err = s.Server.UpdatePort(v.who(), p.DeviceID, patch)
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showLine(v, http.StatusUnprocessableEntity, p, all, v.blame(all, invalid))
	case err != nil:
		return err
	}
	return v.done("/settings/lines/"+v.PathValue("id"), "line")
}

// routeLine changes what is done with what a line receives, or when.
func (s *site) routeLine(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id := id64[fax.DeviceID](v, "id")
	patch, err := routingPatch(v)
	if err == nil {
		_, err = s.Server.UpdateRoutingMethod(v.who(), id, v.PathValue("guid"), patch)
	}
	var invalid fax.Invalid
	if errors.As(err, &invalid) {
		p, all, err := s.lineForm(v)
		if err != nil {
			return err
		}
		return s.showLine(v, http.StatusUnprocessableEntity, p, all, v.blame(nil, invalid))
	}
	if err != nil {
		return err
	}
	return v.done("/settings/lines/"+v.PathValue("id")+"#routing", "routing")
}

// tryRoute has a line's routing method do its work with a test page, and shows what came of it.
func (s *site) tryRoute(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	p, all, err := s.lineForm(v)
	if err != nil {
		return err
	}
	verdict, err := s.Server.TestRoutingMethod(v.Context(), v.who(), p.DeviceID, v.PathValue("guid"))
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showLine(v, http.StatusUnprocessableEntity, p, all, v.faults(invalid))
	case err != nil:
		return err
	}
	return s.showTried(v, http.StatusOK, p, all, portPage{Tried: v.PathValue("guid"), Verdict: &verdict})
}

// routingPatch is what a form says of a routing method: its settings, or its place in the order.
func routingPatch(v *visit) (p fax.RoutingMethodPatch, err error) {
	if v.PostForm.Has("priority") {
		rank, err := strconv.Atoi(v.field("priority"))
		if err != nil {
			return p, server.ErrNotFound
		}
		p.Priority = &rank
		return p, nil
	}
	enable, setting := v.field("enable") == "true", v.field("setting")
	p.Enable, p.Setting = &enable, &setting
	if v.PostForm.Has("namePattern") {
		pattern := v.field("namePattern")
		p.NamePattern = &pattern
	}
	if v.PostForm.Has("format") {
		format := fax.FileFormat(v.field("format"))
		p.Format = &format
	}
	return p, nil
}

// rankLine gives a line another rank for sending. The others move over.
func (s *site) rankLine(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	rank, err := strconv.Atoi(v.field("priority"))
	if err != nil {
		return server.ErrNotFound
	}
	if _, err := s.Server.UpdatePort(v.who(), id64[fax.DeviceID](v, "id"), fax.PortPatch{Priority: &rank}); err != nil {
		return err
	}
	return v.done("/settings/lines", "rank")
}

// linesPage are all lines, in the order in which they are used for sending.
type linesPage struct {
	frame
	Lines []lineCard
}

func (s *site) linesSettings(v *visit) error {
	page := linesPage{frame: v.frame("settings", "lines")}
	cards := s.lineCards(v.who())
	page.Lines = make([]lineCard, 0, len(cards))
	for rank := 1; rank <= len(cards); rank++ {
		for _, c := range cards {
			if c.Port.Priority == rank {
				page.Lines = append(page.Lines, c)
			}
		}
	}
	return v.show(http.StatusOK, "lines", page)
}
