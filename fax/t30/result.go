package t30

import "faxbox/fax"

// Result is how a call ended, or how it stands.
type Result struct {
	Cause    fax.Cause
	Pages    []PageResult // the document we sent, page by page
	Received int          // pages we confirmed
	Peer     Peer
	Mode     Mode // as negotiated last
	Trained  bool // a rate was agreed on at least once

	// RefusedV17 says that the other station hung up right after the first V.17 training check, as some do that cannot do
	// V.17: call it with V.29 next time.
	RefusedV17 bool
}

// Confirmed is how many pages from the first on were confirmed: a repeated call resumes after them.
func (r Result) Confirmed() int {
	for n, p := range r.Pages {
		if !p.Confirmed {
			return n
		}
	}
	return len(r.Pages)
}

// PageResult is how one page of a document went.
type PageResult struct {
	Confirmed bool // by MCF, RTP or PIP
	Tries     int  // times it was sent, repetitions of ECM frames not counted
	Repaired  int  // ECM frames that were sent again
	Mode      Mode
}

// Peer is what the other station told of itself.
type Peer struct {
	Ident    string // CSI, TSI or CIG, cleaned for display
	RawIdent []byte // its FIF
	SUB, SID string
	PWD, SEP string
	NSF      []byte // FIF of NSF, NSC or NSS
	DIS      []byte // FIF of DIS or DTC
	DCS      []byte // FIF of DCS
}

// names is what there is to show of a station.
func (p Peer) names() [5]string { return [5]string{p.Ident, p.SUB, p.SID, p.PWD, p.SEP} }

// Event is something worth showing, at the moment it happens.
type Event struct {
	Kind   EventKind
	Page   int     // counted from 0, for the kinds about pages
	Octets int     // PageStarted by us: how many octets it takes
	Copy   Copy    // PageReceived, PageRefused and PageKept
	Mode   Mode    // as negotiated
	Result *Result // as it stands; not to be kept
}

// EventKind names an event.
type EventKind uint8

const (
	Identified    EventKind = iota // the other station told who it is, or whom it wants
	Negotiated                     // DCS and TCF go out, or came
	Trained                        // CFR
	PageStarted                    // a page begins, either way
	PageConfirmed                  // ours was confirmed
	PageRejected                   // ours was rejected, and may be repeated
	PageReceived                   // theirs is kept and about to be confirmed
	PageRefused                    // theirs is about to be rejected
	PageKept                       // what is left of a page of theirs that will not be confirmed is kept
	Repairing                      // frames of an ECM block are to be sent again
	NotReady                       // RNR, either way
	Ended                          // the call is over
)

var eventNames = [...]string{"identified", "negotiated", "trained", "page started", "page confirmed", "page rejected",
	"page received", "page refused", "page kept", "repairing", "not ready", "ended"}

func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}
