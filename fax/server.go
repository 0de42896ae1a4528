package fax

import (
	"path"
	"slices"
	"strings"
	"time"
)

// Server holds the settings of the FaxServer object.
type Server struct {
	ArchiveDirectory     string `json:"archiveDirectory"`     // where sent faxes are kept: an absolute path, or empty
	ArchiveOutboundFaxes bool   `json:"archiveOutboundFaxes"` // keep a copy of every sent fax there; needs ArchiveDirectory
	Branding             bool   `json:"branding"`             // a header line on each page sent
	DirtyDays            int    `json:"dirtyDays"`            // days a failed job stays in the queue; 0 and -1: for ever; at most 9999
	BinDays              int    `json:"binDays"`              // days a deleted fax can be brought back, 1-365

	DiscountRateStartHour   int `json:"discountRateStartHour"`   // 0-23, local time of the server
	DiscountRateStartMinute int `json:"discountRateStartMinute"` // 0-59
	DiscountRateEndHour     int `json:"discountRateEndHour"`     // 0-23; end before start: over midnight; equal: all day
	DiscountRateEndMinute   int `json:"discountRateEndMinute"`   // 0-59

	PauseServerQueue  bool   `json:"pauseServerQueue"`  // no job is started; running calls, receiving and submitting go on
	Retries           int    `json:"retries"`           // attempts after the first, 0-99
	RetryDelay        int    `json:"retryDelay"`        // minutes between attempts, 0-10080 (a week)
	ServerCoverpage   bool   `json:"serverCoverpage"`   // only cover pages kept on the server may be used
	ServerMapiProfile string `json:"serverMapiProfile"` // the outgoing mail account
	UseDeviceTsid     bool   `json:"useDeviceTsid"`     // always send the port's TSID; else a document's own wins

	TimeZone       string   `json:"timeZone"`       // IANA name of the local time, "Europe/Berlin"; empty: the system's
	BlockedNumbers []string `json:"blockedNumbers"` // patterns never dialled; from the start the emergency numbers
	Paper          Paper    `json:"paper"`          // of documents that do not say; empty: a4
}

// NewServer is how a box begins: what the last generation of the peer began with, and no emergency number is ever dialled.
func NewServer() Server {
	return Server{
		Branding:              true,
		DirtyDays:             7,
		BinDays:               30,
		DiscountRateStartHour: 20,
		DiscountRateEndHour:   7,
		Retries:               3,
		RetryDelay:            10,
		UseDeviceTsid:         true,
		BlockedNumbers:        []string{"000", "110", "112", "911", "999"},
		Paper:                 A4,
	}
}

// DiscountPeriod is the cheap period: the four DiscountRate settings as one.
func (s Server) DiscountPeriod() Period {
	return Period{
		Start: ClockAt(s.DiscountRateStartHour, s.DiscountRateStartMinute),
		End:   ClockAt(s.DiscountRateEndHour, s.DiscountRateEndMinute),
	}
}

// Location is the time zone of the office; the system's if TimeZone is empty or not known here. It is looked up in the
// system's tables, or those built in, so keep it.
func (s Server) Location() *time.Location {
	if s.TimeZone == "" {
		return time.Local
	}
	loc, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.Local // a box restored elsewhere may lack the zone: its own clock is the better guess
	}
	return loc
}

// BinAge is how long a deleted fax can be brought back.
func (s Server) BinAge() time.Duration { return time.Duration(s.BinDays) * 24 * time.Hour }

// MaxAge is how long a failed job stays in the queue; forever means that it is never removed.
func (s Server) MaxAge() (age time.Duration, forever bool) {
	return time.Duration(s.DirtyDays) * 24 * time.Hour, s.DirtyDays <= 0
}

// Forbids reports whether a number is blocked: itself, or what is dialled after one of its pauses.
func (s Server) Forbids(number string) bool {
	if MatchAny(s.BlockedNumbers, number) {
		return true
	}
	rest := strings.ToUpper(number)
	for {
		at := strings.IndexAny(rest, pauses)
		if at < 0 {
			return false
		}
		if rest = rest[at+1:]; MatchAny(s.BlockedNumbers, rest) {
			return true
		}
	}
}

// ServerResource is a Server as the API shows it.
type ServerResource struct {
	Server
	DiscountPeriod Period `json:"discountPeriod"` // computed: the four DiscountRate settings as one
}

// Resource shows the settings.
func (s Server) Resource() ServerResource {
	return ServerResource{Server: s, DiscountPeriod: s.DiscountPeriod()}
}

// ServerPatch is a change of settings.
type ServerPatch struct {
	ArchiveDirectory        *string   `json:"archiveDirectory,omitempty"`
	ArchiveOutboundFaxes    *bool     `json:"archiveOutboundFaxes,omitempty"`
	Branding                *bool     `json:"branding,omitempty"`
	DirtyDays               *int      `json:"dirtyDays,omitempty"`
	BinDays                 *int      `json:"binDays,omitempty"`
	DiscountRateStartHour   *int      `json:"discountRateStartHour,omitempty"`
	DiscountRateStartMinute *int      `json:"discountRateStartMinute,omitempty"`
	DiscountRateEndHour     *int      `json:"discountRateEndHour,omitempty"`
	DiscountRateEndMinute   *int      `json:"discountRateEndMinute,omitempty"`
	DiscountPeriod          *Period   `json:"discountPeriod,omitempty"` // instead of the four
	PauseServerQueue        *bool     `json:"pauseServerQueue,omitempty"`
	Retries                 *int      `json:"retries,omitempty"`
	RetryDelay              *int      `json:"retryDelay,omitempty"`
	ServerCoverpage         *bool     `json:"serverCoverpage,omitempty"`
	ServerMapiProfile       *string   `json:"serverMapiProfile,omitempty"`
	UseDeviceTsid           *bool     `json:"useDeviceTsid,omitempty"`
	TimeZone                *string   `json:"timeZone,omitempty"`
	BlockedNumbers          *[]string `json:"blockedNumbers,omitempty"`
	Paper                   *Paper    `json:"paper,omitempty"`
}

// Apply is the server with the patch's changes, or Invalid.
func (s Server) Apply(p ServerPatch) (Server, error) {
	next := s
	put(&next.ArchiveDirectory, p.ArchiveDirectory)
	put(&next.ArchiveOutboundFaxes, p.ArchiveOutboundFaxes)
	put(&next.Branding, p.Branding)
	put(&next.DirtyDays, p.DirtyDays)
	put(&next.BinDays, p.BinDays)
	if d := p.DiscountPeriod; d != nil {
		next.DiscountRateStartHour, next.DiscountRateStartMinute = d.Start.Hour(), d.Start.Minute()
		next.DiscountRateEndHour, next.DiscountRateEndMinute = d.End.Hour(), d.End.Minute()
	}
	put(&next.DiscountRateStartHour, p.DiscountRateStartHour)
	put(&next.DiscountRateStartMinute, p.DiscountRateStartMinute)
	put(&next.DiscountRateEndHour, p.DiscountRateEndHour)
	put(&next.DiscountRateEndMinute, p.DiscountRateEndMinute)
	put(&next.PauseServerQueue, p.PauseServerQueue)
	put(&next.Retries, p.Retries)
	put(&next.RetryDelay, p.RetryDelay)
	put(&next.ServerCoverpage, p.ServerCoverpage)
	put(&next.ServerMapiProfile, p.ServerMapiProfile)
	put(&next.UseDeviceTsid, p.UseDeviceTsid)
	put(&next.TimeZone, p.TimeZone)
	put(&next.BlockedNumbers, p.BlockedNumbers)
	put(&next.Paper, p.Paper)
	next.BlockedNumbers = slices.Clone(next.BlockedNumbers)
	if err := next.Check(); err != nil {
		return s, err
	}
	if d := p.DiscountPeriod; d != nil && *d != next.DiscountPeriod() {
		return s, Invalid{{"discountPeriod", "contradicts the four discountRate settings sent with it",
			"Send either the period or the four settings.", ErrorInvalidParameter}}
	}
	return next, nil
}

// Check says what is wrong with the settings: nil or Invalid.
func (s Server) Check() error {
	var f faults
	f.line("archiveDirectory", s.ArchiveDirectory)
	switch {
	case s.ArchiveDirectory != "" && !path.IsAbs(s.ArchiveDirectory):
		f.add("archiveDirectory", "is no absolute path", "Enter a path that begins with a slash.")
	case s.ArchiveDirectory == "" && s.ArchiveOutboundFaxes:
		f.add("archiveOutboundFaxes", "needs a folder (archiveDirectory)", "Enter the folder of the archive as well.")
	}
	f.whole("dirtyDays", s.DirtyDays, -1, 9999)
	f.whole("binDays", s.BinDays, 1, 365)
	f.whole("discountRateStartHour", s.DiscountRateStartHour, 0, 23)
	f.whole("discountRateStartMinute", s.DiscountRateStartMinute, 0, 59)
	f.whole("discountRateEndHour", s.DiscountRateEndHour, 0, 23)
	f.whole("discountRateEndMinute", s.DiscountRateEndMinute, 0, 59)
	f.whole("retries", s.Retries, 0, 99)
	f.whole("retryDelay", s.RetryDelay, 0, 7*minutesPerDay)
	f.line("serverMapiProfile", s.ServerMapiProfile)
	f.zone("timeZone", s.TimeZone)
	f.patterns("blockedNumbers", s.BlockedNumbers)
	oneOf(&f, "paper", s.Paper, A4, Letter)
	return f.err()
}
