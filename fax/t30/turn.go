package t30

import (
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// Turn is one turn at talking: say these signals, then listen. A turn that listens for Nothing ends the call: the driver
// hangs up when it has been said.
type Turn struct {
	Say    []Signal
	Listen Listen
	For    time.Duration // how long to wait for what is listened for to begin, from the end of Say

	// Rate is the modulation to listen with for Training, Page and Block.
	Rate Modulation

	// Into takes the octets of Training, Page and Block as they arrive, DLE shielding removed, in the modem's bit order
	// (first bit on the line is least significant). The driver calls Write from the goroutine that calls Call.Next. An error
	// means that what arrives is of no use: the driver stops listening to this carrier.
	Into interface {
		Write(octets []byte) (int, error)
	}

	// Stored is what to wait for when listening for Storage: it yields one value, nil when the page would survive the plug
	// being pulled.
	Stored <-chan error
}

// Signal is something said: either a burst of frames on V.21, or octets on the image modem.
type Signal struct {
	Burst []Frame // V.21: sent in order in one burst, the last with the final-frame bit

	Image  Image      // on the image modem; NoImage for a burst
	Rate   Modulation // how Octets are sent
	Octets []byte     // everything that goes over the line, before DLE shielding: TCF zeros, coded lines, or HDLC with its flags
}

// Image names what the octets of a signal are, for traces and progress bars.
type Image uint8

const (
	NoImage  Image = iota
	TCF            // training check, T.30 5.3.6.1.6
	PageData       // coded lines and RTC
	ECMBlock       // FCD and RCP frames
)

// Listen is what a turn listens for. Whatever is listened for, a V.21 burst may come instead, and is then what is heard.
type Listen uint8

const (
	Nothing  Listen = iota // the call is over
	Burst                  // V.21 frames
	Training               // TCF at Turn.Rate
	Page                   // coded lines at Turn.Rate
	Block                  // FCD and RCP frames at Turn.Rate
	Storage                // our own disk: Turn.Stored
)

// Heard is what came of listening. Exactly one of the kinds.
type Heard struct {
	Kind HeardKind

	// Waited is how long after the end of Say it began: at the modem's CONNECT, or at its report of another carrier.
	Waited time.Duration

	// Stalled says that this computer stood still for 100 ms or more during the turn: Waited may be too short, and a signal
	// may have gone by unheard.
	Stalled bool

	Frames  []Frame // Burst: the good frames in order, never including one with a bad FCS
	Damaged bool    // Burst: a frame had a bad FCS, or the burst broke off or ended without a final frame

	Octets int   // Carrier: how many octets arrived
	Err    error // Stored: why the page could not be stored; Lost: what the modem did
}

// HeardKind tells what came of listening.
type HeardKind uint8

const (
	Silence HeardKind = iota // nothing began within Turn.For (Storage: not ready yet)
	Frames                   // a V.21 burst, of which at least one frame was good or damaged
	Carrier                  // the image carrier came, its octets went into Turn.Into, and it ended
	Stored                   // Turn.Stored yielded Err
	HungUp                   // the line dropped: no loop current, NO CARRIER on hook
	Lost                     // the modem vanished, or answers nonsense: nothing more can be said
	Cancel                   // somebody asks us to end the call
)

// Format is how one page goes over the line: what DCS said, less the rate.
type Format struct {
	Coding      t4.Coding
	Width       int // pels a line
	Resolution  raster.Resolution
	Length      Length
	ECM         bool
	MinLineBits int // fill each coded line to this many bits, 0 with ECM
}

// Length is a recording length, T.30 table 2 bits 19, 20, 76 and 77.
type Length uint8

const (
	A4 Length = iota
	B4
	Unlimited
	Letter
	Legal
)

// PageSize is what the core must know of a page before it can negotiate.
type PageSize struct {
	Width      int // pels a line
	Height     int // lines
	Resolution raster.Resolution
}

// Document is what we have to send. The core asks from the goroutine that calls Call.Next, and waits for the answer: code
// ahead, so that a turn-round waits for nothing but the modem.
type Document interface {
	// Pages is how many pages there are, at least 1.
	Pages() int
	// Page describes page n, counted from 0.
	Page(n int) PageSize
	// Starts reports whether page n begins a document of its own, which EOM parts from the one before.
	Starts(n int) bool
	// Prepare says that page n is probably going to be asked for in this format. It returns at once.
	Prepare(n int, f Format)
	// Code yields page n in this format, RTC or EOFB included, first bit on the line in the least significant bit. The
	// page is scaled when the format's width or resolution is not its own. The octets are not changed afterwards.
	Code(n int, f Format) ([]byte, error)
}

// Sink takes received pages. Begin, Write and End are called from the goroutine that calls Call.Next; Keep's work goes on
// elsewhere.
type Sink interface {
	// Begin starts a page. What was written of a page begun before and not kept is dropped. A page kept as Poor or
	// Unconfirmed gives way to the page kept next if that is its repetition, which the sink tells by their lines: senders are
	// known that take RTN for a confirmation and go on, and then both stay.
	Begin(f Format)
	// Write takes the page's octets in line order as they arrive, first bit on the line in the least significant bit. What
	// follows RTC or EOFB is ignored.
	Write(octets []byte) (int, error)
	// Ended reports whether RTC or EOFB has been seen in the page begun last.
	Ended() bool
	// Since is how many octets were written since the last line, or EOL, was complete.
	Since() int
	// End says that no more octets come for this page, and reports on it.
	End() Copy
	// Keep asks that the page be made durable; the channel yields one value, nil when it would survive the plug being
	// pulled. Asked again for the same page, it does nothing twice.
	Keep(Verdict) <-chan error
}

// Copy is how well a page arrived (its copy quality, as T.30 says).
type Copy struct {
	Rows       int   // scan lines, repaired ones included
	BadRows    int   // of these, lines that had to be repaired
	LongestBad int   // longest run of bad lines
	End        bool  // RTC or EOFB was seen
	Err        error // the octets cannot be stored (disk full)
}

// Verdict says what is known of a page that is being kept.
type Verdict uint8

const (
	Complete    Verdict = iota // arrived whole, about to be confirmed
	Poor                       // about to be rejected; kept because it may be all there is
	Unconfirmed                // the call broke off before the sender asked for a confirmation, perhaps within the page
)
