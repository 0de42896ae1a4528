package at

import (
	"strconv"
	"strings"
)

// Indication is something the modem says unasked, at any time, also between a command and its answer.
type Indication struct {
	Kind  IndicationKind
	Value string
}

// IndicationKind tells indications apart.
type IndicationKind uint8

const (
	Ring       IndicationKind = iota // the bell rings; Value: how, as far as the modem tells ("A"), else ""
	RingOn                           // the bell was on; Value: for how many tenths of a second
	RingOff                          // the bell was off; likewise
	Number                           // the caller's number, or why there is none ("P", "O")
	Name                             // the caller's name, likewise
	Date                             // MMDD
	Time                             // HHMM
	Called                           // the number that was called
	Message                          // the raw caller-id message, in hex
	OtherFrame                       // +FAR=1: V.21 came instead of the carrier asked for; CONNECT and a frame follow
	OtherPage                        // +FAR=1: an image carrier came instead; Value: its +FRM number; CONNECT follows
	Progress                         // dialling goes on: RINGING, DIALING, CED and the like
)

// fields are the names under which modems report what they know of the caller, without blanks.
var fields = map[string]IndicationKind{
	"DATE": Date, "TIME": Time,
	"NMBR": Number, "NBR": Number, "CALLERNUMBER": Number, "CALLERID": Number, "ANID": Number, "CIDNUMBER": Number,
	"NAME": Name, "CALLERNAME": Name,
	"DDN_NMBR": Called, "NDID": Called,
	"MESG": Message,
	"DRON": RingOn, "DROF": RingOff,
}

// progress are the lines a modem says while it dials or answers (V.250, T.31, and what was seen).
var progress = map[string]bool{
	"RINGING": true, "RINGBACK": true, "RING BACK": true, "DIALING": true, "DIALLING": true, "CED": true, "CNG": true,
	"DTMF": true, "MESSAGE-WAITING": true, "MESSAGE WAITING": true, "FAX": true, "DATA": true, "VOICE": true,
}

// ParseIndication tells whether a line is an indication, and which. A line of digits alone is not: it may be the caller's
// number as well as the answer to a command, and only who waits for a call can tell.
func ParseIndication(line string) (Indication, bool) {
	upper := strings.ToUpper(line)
	switch {
	case strings.HasPrefix(upper, "+A8"), strings.HasPrefix(upper, "+F34:"), progress[upper]:
		return Indication{Progress, line}, true
	case strings.HasPrefix(upper, "RING"):
		if i, ok := ringing(line[len("RING"):]); ok {
			return i, true
		}
	case strings.HasPrefix(upper, "+CRING"):
		return Indication{Kind: Ring}, true
	case strings.HasPrefix(upper, "+CLIP:"):
		return Indication{Number, clip(line[len("+CLIP:"):])}, true
	case upper == "+FRH:3":
		return Indication{Kind: OtherFrame}, true
	case strings.HasPrefix(upper, "+FRM:"):
		return Indication{OtherPage, strings.TrimSpace(line[len("+FRM:"):])}, true
	case strings.HasPrefix(upper, "FM:"):
		return fromTo(line), true
	}
	return field(line)
}

// ringing reads what follows RING: nothing, a kind of ring, or the caller's number behind ; or /.
func ringing(rest string) (Indication, bool) {
	switch {
	case rest == "":
		return Indication{Kind: Ring}, true
	case rest[0] == ' ' && len(rest) <= 3:
		return Indication{Ring, strings.TrimSpace(rest)}, true
	case rest[0] == ';', rest[0] == '/':
		number, _, _ := strings.Cut(rest[1:], ";")
		return Indication{Number, strings.TrimSpace(number)}, true
	}
	return Indication{}, false
}

// clip reads the first parameter of +CLIP: "number",type.
func clip(rest string) string {
	number, _, _ := strings.Cut(rest, ",")
	return strings.Trim(number, ` "`)
}

// fromTo reads FM: number TO: number.
func fromTo(line string) Indication {
	from := line[len("FM:"):]
	if i := strings.Index(strings.ToUpper(from), "TO:"); i >= 0 {
		from = from[:i]
	}
	return Indication{Number, strings.TrimSpace(from)}
}

// field reads NAME = value and NAME: value, with and without blanks.
func field(line string) (Indication, bool) {
	i := strings.IndexAny(line, "=:")
	if i < 0 {
		return Indication{}, false
	}
	name := strings.ReplaceAll(strings.ToUpper(line[:i]), " ", "")
	kind, ok := fields[name]
	if !ok {
		return Indication{}, false
	}
	value := strings.TrimSpace(line[i+1:])
	if kind == RingOn || kind == RingOff {
		if _, err := strconv.ParseUint(value, 10, 16); err != nil {
			return Indication{}, false
		}
	}
	return Indication{kind, value}, true
}
