package server

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

// CallFilter chooses calls. A zero field chooses all.
type CallFilter struct {
	Direction fax.Direction
	DeviceID  fax.DeviceID
	Number    string    // dialled or calling number begins so
	JobID     fax.JobID // a page may then hold fewer than Limit and yet go on
	Since     time.Time // Start, from
	Until     time.Time // up to, not included
	Paging
}

func (f CallFilter) stored() store.CallFilter {
	return store.CallFilter{Direction: f.Direction, DeviceID: f.DeviceID, Number: f.Number, From: f.Since, To: f.Until}
}

// Calls are the journal, newest first.
func (s *Server) Calls(f CallFilter) (Page[fax.Call], error) {
	limit, err := f.check()
	if err != nil {
		return Page[fax.Call]{}, err
	}
	if f.JobID != 0 {
		return s.callsOf(f, limit)
	}
	return pageOf(s.store.Calls(f.stored(), store.Cursor(f.Cursor), limit))
}

// callsOf are the calls of one job among the next thousand.
func (s *Server) callsOf(f CallFilter, limit int) (Page[fax.Call], error) {
	page, err := s.store.Calls(f.stored(), store.Cursor(f.Cursor), store.MaxPage)
	page.Items = slices.DeleteFunc(page.Items, func(c fax.Call) bool { return c.JobID != f.JobID })
	if len(page.Items) > limit { // a job makes far fewer calls
		page.Items = page.Items[:limit]
	}
	return pageOf(page, err)
}

// Call is a line of the journal, or ErrNotFound.
func (s *Server) Call(id fax.CallID) (fax.Call, error) {
	c, err := s.store.Call(id)
	return c, notFound(err)
}

// Trace is the record of a call as trace.Read reads it, or ErrNotFound. The caller closes it.
func (s *Server) Trace(id fax.CallID) (io.ReadCloser, error) {
	r, err := s.store.Trace(id)
	return r, notFound(err)
}

// journalHead are the columns of WriteJournal.
var journalHead = []string{"id", "start", "direction", "deviceId", "deviceName", "number", "callerId", "withheld", "stationId",
	"answered", "duration", "rings", "cause", "sentence", "pages", "mode", "jobId", "attempt", "messageId", "refused"}

// WriteJournal writes all calls of the filter, its Paging aside, newest first, as CSV with a first line of the fields' names.
// Times are in the office's zone.
func (s *Server) WriteJournal(w io.Writer, f CallFilter) error {
	zone := s.Settings().Location()
	out := csv.NewWriter(w)
	if err := out.Write(journalHead); err != nil {
		return err
	}
	err := every(s.store.Calls, f.stored(), func(c fax.Call) error { return out.Write(journalRow(c, zone)) })
	out.Flush()
	return errors.Join(err, out.Error())
}

func journalRow(c fax.Call, zone *time.Location) []string {
	row := []string{decimal(c.ID), csvTime(c.Start, zone), string(c.Direction), decimal(c.DeviceID), c.DeviceName, c.Number,
		c.CallerID, strconv.FormatBool(c.Withheld), c.StationID, csvTime(c.Answered, zone),
		strconv.FormatFloat(float64(c.Duration), 'f', 1, 64), decimal(c.Rings), c.Result.Cause.String(), c.Result.Sentence,
		decimal(c.Pages), c.Mode, decimal(c.JobID), decimal(c.Attempt), decimal(c.MessageID), c.Refused}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

func decimal[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

func csvTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}

// harmless keeps a spreadsheet from taking text of a stranger (a station id) for a formula. A number with a plus is none.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if cell[0] == '+' && strings.Trim(cell, "+0123456789 ()-/.") == "" {
		return cell
	}
	return "'" + cell
}
