// Package port owns one telephone line: it opens the modem, waits for rings or work, runs calls, and keeps the line's
// status true at each moment. One goroutine, Run's, does everything; what comes from outside (work, rings of the bell, a
// cancellation, changed settings) is left in an inbox and wakes it.
//
//	     ┌────────── the modem vanished, hangs, talks nonsense ──────────┐
//	     ▼                                                               │
//	 [Offline] ── back-off, power relay ──> [Initializing] ──> [Available] <───────────────┐
//	                                                           │      │                    │
//	                                          a ring           │      │ Offer              │
//	                                           ┌───────────────┘      │                    │
//	                                           ▼                      ▼                    │
//	[Available] <── not for us ─────────── [Ringing] <── glare ── [Dialing]                │
//	                                           │                      │                    │
//	                                           ▼                      ▼                    │
//	                                       [Answered]             [Sending]                │
//	                                           │                      │                    │
//	                                           ▼                      ▼                    │
//	                                      [Receiving] ─────────> [as it ended], 5 s ───────┘
//
// A port does not decide what is sent and when, keeps no pages and writes no journal: it tells its Office.
package port

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/t30"
)

// MaxSilence is how long a working port may leave Alive unchanged: a block of ECM that never comes is waited for so long at
// 2400 bit/s. A port that is silent for longer is stuck.
const MaxSilence = 5 * time.Minute

// Config is what a port is made of. Open and Office must be there.
type Config struct {
	DeviceID fax.DeviceID

	// Open opens the serial port of the modem; an error means that it is not there. A method HangUp() error (DTR falls) and
	// one Discard() error (what was not sent is dropped) of what it returns are used.
	Open func(ctx context.Context) (io.ReadWriteCloser, error)
	USB  string // vendor and product, "0572:1329", if it is a USB modem: some habits are known by it

	Office Office

	// Wire opens what the settings name by fax.Pins. It is called when the line comes into service, and whenever the pins
	// have changed and the line is idle, each time after what it gave before was closed. What cannot be had is missing in
	// the answer, and the error tells why. nil: nothing is wired to any line.
	Wire func(fax.Port) (Wiring, error)

	Log *slog.Logger // nil: nothing is logged
}

// Wiring is what is wired to a line beside its modem. Any of it may be nil.
type Wiring struct {
	Line  Relay       // connects the modem to the line for a call; nil: it always is
	Power Relay       // powers the modem; nil: nobody can switch it off
	Bell  <-chan bool // tells when the bell begins (true) and ceases (false) to sound; nil: the modem's RING alone counts
	Close func()      // gives everything back: Line is off then, and Power on
}

// Relay is a switch. It is off when the port does not run, but for Power, which is left on.
type Relay interface {
	Set(on bool) error
}

// Office is what a port asks and tells. Its methods are called from the goroutine that called Run, one at a time, but for
// Status; the port waits for them, so they must not wait for the port.
type Office interface {
	// Settings are those of the port now.
	Settings() fax.Port

	// Opened tells what the modem is, each time it was opened. It is gone again when Status says Offline.
	Opened(class1.Identity)

	// Wired tells which pins of the settings are in use now, and why the others are not: nil if all are. It is called each
	// time the line was wired, and when the ring detector is gone.
	Wired(fax.Pins, error)

	// Status is told at each change, one at a time, in order, perhaps while another method runs. It must return at once.
	// It is never called from within a method of Port other than Run.
	Status(fax.Status)

	// Begin opens a line of the journal: a number is about to be dialled, or a call rings for the first time. The call has
	// no ID yet. What is said and heard goes to the trace, which the port closes; nil keeps none.
	Begin(fax.Call) (fax.CallID, io.WriteCloser)

	// Rings tells that more is known of a call that rings: the caller, or that it will not be answered (Refused).
	Rings(fax.Call)

	// Receive is asked before a call is answered: where do its pages go? With an error the call is left ringing.
	Receive(fax.Call) (Reception, error)

	// Confirmed tells that a page was confirmed by the other side, counted from 0 in the work's document, in order. It
	// should be kept before this returns: a job goes on after the last page kept. The other side waits some seconds.
	Confirmed(w Work, page int)

	// Ended closes a line of the journal that Begin opened, exactly once for each. It comes after Reception.Finish, and
	// before Done.
	Ended(fax.Call)

	// Done gives work back, exactly once for each that Offer took.
	Done(Work, Outcome)
}

// Reception takes what one call brings.
type Reception interface {
	t30.Sink

	// Finish is called once when the call is over, or was never answered after all. It answers with the message that the
	// call became, 0 if nothing was received.
	Finish(Incoming) fax.MessageID
}

// Incoming is a call that was received.
type Incoming struct {
	Call       fax.Call   // its line of the journal, complete but for MessageID
	Result     t30.Result // of the conversation; the zero value if there was none
	Routing    string     // fax.RoutingString, as far as the line told it
	Quarantine string     // why the fax is to be kept apart and not routed; empty: it is not
}

// Work is one attempt to send one job.
type Work struct {
	Job     fax.JobID
	Attempt int    // which of the job's, from 1
	Number  string // as it was entered; the port's DialRules make of it what is dialled

	Document t30.Document // begins with the first page that is not confirmed
	First    int          // pages before it, which earlier calls confirmed
	Tsid     fax.StationID
	SUB, SID string // sub-address and password, if the other side wants them

	Learned Learned

	// What Status shows.
	SenderName    string
	SubmittedTime time.Time
	DocumentName  string
	DocumentSize  int64 // octets
}

// Learned is what earlier calls taught of a number. The zero value is what every number gets at first.
type Learned struct {
	MaxRate   int  // bit/s; 0: no limit
	NoECM     bool // its error correction does not work
	NoV17     bool // it hangs up on V.17
	AcceptRTN bool // it says RTN for pages that it keeps
}

// Outcome is how an attempt went.
type Outcome struct {
	Cause     fax.Cause // Glare and Cancelled are nobody's failure
	Detail    string    // for support: what the modem or the driver said; may be empty
	Confirmed int       // pages of Work.Document that were confirmed, from the first on
	Stopped   bool      // the port was stopped: Cause is Cancelled, but nobody cancelled the job
	Result    t30.Result
	Call      fax.Call // its line of the journal; without ID if nothing was dialled
}

// ErrNotFree means that a port cannot take work now.
var ErrNotFree = errors.New("the line is not free")

// Port is one telephone line. Its methods may be used by several goroutines.
type Port struct {
	cfg    Config
	inbox  inbox
	bell   bell
	status board
	made   time.Time    // when New made it
	alive  atomic.Int64 // when the port last showed that it works, as time since made: a clock that is set does not matter

	// Everything below belongs to the goroutine that called Run.
	opened   class1.Options // what the modem was opened with
	rested   time.Time      // when a number may be dialled again
	attended time.Time      // when the modem last answered
	heard    class1.Ring    // what the modem said last of the call that rings
	wiring   *wiring        // nil: not wired yet
}

// New makes a port, which does nothing until Run.
func New(cfg Config) *Port {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Port{cfg: cfg, made: time.Now()}
	p.status.tell = cfg.Office.Status
	p.beat()
	return p
}

// Offer hands over work. It returns at once: nil when the port took it, and will call Office.Done; ErrNotFree when the port
// is not Available, has work already, or does not run.
func (p *Port) Offer(w Work) error { return p.inbox.offer(w) }

// Cancel ends the attempt of a job, in mid-page if need be: goodbye is said, and the line is on hook within 5 s. It returns
// at once, false if the port does not have the job; otherwise Office.Done follows.
func (p *Port) Cancel(job fax.JobID) bool { return p.inbox.cancelJob(job) }

// HangUp ends a call that came in and was answered, as Cancel does. It returns at once, false if there is no such call.
func (p *Port) HangUp() bool { return p.inbox.hangUp() }

// Answer takes the call that rings now, whatever the settings say of it. It returns at once, false if none rings.
func (p *Port) Answer() bool { return p.inbox.answerNow() }

// Changed makes the port read its settings again, and, if it is out of service, try the modem at once. It returns at once.
// What a modem must be opened anew for waits until the line is idle.
func (p *Port) Changed() { p.inbox.settingsChanged() }

// Status is what the port does now, with the time that has passed. Before Run it is the zero value.
func (p *Port) Status() fax.Status { return p.status.read().At(time.Now()) }

// Alive is when the port last showed that it works. See MaxSilence.
func (p *Port) Alive() time.Time { return p.made.Add(time.Duration(p.alive.Load())) }

func (p *Port) beat() { p.alive.Store(int64(time.Since(p.made))) }
