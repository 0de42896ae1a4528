package web

import (
	"fmt"
	"net/http"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
)

// lineCard is a line as it lives.
type lineCard struct {
	Port    fax.Port
	Status  fax.Status
	Tone    string      // what it looks like: idle, busy, ring, off, bad
	Finding fax.Finding // what is wrong with it, if anything is
	May     bool        // the visitor may take a call that rings
}

// Busy reports that a call is going on.
func (c lineCard) Busy() bool { return c.Tone == "busy" || c.Tone == "ring" }

// Before is how many pages of those that are known to come are done: of none, nobody knows how far it is.
func (c lineCard) Before() int {
	if c.Status.PageCount == 0 {
		return 0
	}
	return max(0, c.Status.CurrentPage-1)
}

// Other is whoever is at the other end, as well as it is known.
func (c lineCard) Other() string {
	s := c.Status
	switch {
	case s.Send && s.Csid != "":
		return s.Csid
	case s.Receive && s.Tsid != "":
		return s.Tsid
	}
	return ""
}

// nowPage is what goes on.
type nowPage struct {
	frame
	Lines  []lineCard
	Jobs   []fax.Job
	Last   []fax.Message
	Paused bool
}

// How much of the queue and of the archive the page shows.
const (
	jobsShown = 8
	lastShown = 8
)

// liveKinds are the kinds of events after which a page that shows lines, jobs and faxes looks anew.
const liveKinds = "status,port,server,job,job-removed,message,message-removed,call,incoming-call,health"

func (s *site) now(v *visit) error {
	page := nowPage{frame: v.frame("now", "now"), Lines: s.lineCards(v.who()), Paused: s.Server.Settings().PauseServerQueue}
	page.Live = liveKinds
	var failed []fax.Job
	for _, j := range s.Server.Jobs(v.who(), server.JobFilter{}) {
		switch {
		case j.Type != fax.JobSend:
		case j.State.Final():
			failed = append(failed, j)
		default:
			page.Jobs = append(page.Jobs, j)
		}
	}
	page.Jobs = append(page.Jobs, failed...)
	page.Jobs = page.Jobs[:min(len(page.Jobs), jobsShown)]
	last, err := s.Server.Messages(server.MessageFilter{Paging: server.Paging{Limit: lastShown}})
	if err != nil {
		return err
	}
	page.Last = last.Items
	return v.show(http.StatusOK, "now", page)
}

func (s *site) lineCards(who server.Who) []lineCard {
	findings := map[string]fax.Finding{}
	for _, f := range s.Server.Health() {
		findings[f.Name] = f
	}
	statuses := map[fax.DeviceID]fax.Status{}
	now := time.Now().UTC()
	for _, st := range s.Server.Statuses() {
		statuses[st.DeviceID] = st.At(now)
	}
	var cards []lineCard
	for _, p := range s.Server.Ports(who) {
		c := lineCard{Port: p, Status: statuses[p.DeviceID], May: who.Rights.Has(fax.JobManage)}
		if f := findings[fmt.Sprintf("ports/%d", p.DeviceID)]; !f.OK {
			c.Finding = f
		}
		c.Tone = tone(c.Status, p)
		cards = append(cards, c)
	}
	return cards
}

// tone is what a line looks like.
func tone(s fax.Status, p fax.Port) string {
	switch s.State {
	case fax.Available:
		if !p.Send && !p.Receive {
			return "off"
		}
		return "idle"
	case fax.Ringing:
		return "ring"
	case fax.Dialing, fax.Sending, fax.Receiving, fax.Answered, fax.Routing, fax.Aborting, fax.Initializing:
		return "busy"
	case fax.Completed, fax.Handled:
		return "idle"
	case fax.Offline, fax.DeadLine, fax.FatalError, fax.NoDevice:
		return "bad"
	default: // a call that came to nothing: it shows for a moment
		return "warn"
	}
}

// menu is the rest of the navigation, for small windows.
func (s *site) menu(v *visit) error { return v.show(http.StatusOK, "menu", v.frame("menu", "menu")) }

// answer takes a call that rings now, whatever the line's settings say.
func (s *site) answer(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Server.Answer(v.who(), id64[fax.DeviceID](v, "id")); err != nil {
		return err
	}
	return v.done("/", "answer")
}
