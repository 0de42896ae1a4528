package at

import "strings"

// Result is a final result code: the answer to a command is complete with it.
type Result uint8

const (
	None Result = iota // the line is no final result
	OK
	Connect
	NoCarrier
	Error
	NoDialTone
	Busy
	NoAnswer
	FCError     // +FCERROR: the carrier heard is not the one asked for
	Blacklisted // this number, or any, may not be dialled until somebody unlocks the modem
	Delayed     // this number may not be dialled for now
)

var resultNames = [...]string{
	OK: "OK", Connect: "CONNECT", NoCarrier: "NO CARRIER", Error: "ERROR", NoDialTone: "NO DIALTONE", Busy: "BUSY",
	NoAnswer: "NO ANSWER", FCError: "+FCERROR", Blacklisted: "BLACKLISTED", Delayed: "DELAYED",
}

func (r Result) String() string {
	if int(r) < len(resultNames) && r != None {
		return resultNames[r]
	}
	return "no result"
}

// verbose are the texts of V1, spelt as they were seen.
var verbose = map[string]Result{
	"OK": OK, "CONNECT": Connect, "NO CARRIER": NoCarrier, "ERROR": Error,
	"NO DIALTONE": NoDialTone, "NO DIAL TONE": NoDialTone, "BUSY": Busy, "NO ANSWER": NoAnswer,
	"+FCERROR": FCError, "FCERROR": FCError, "+F4": FCError,
	"BLACKLISTED": Blacklisted, "BLACK LISTED": Blacklisted, "DIALING DISABLED": Blacklisted, "DIALLING DISABLED": Blacklisted,
	"DELAYED": Delayed,
}

// numeric are the digits of V0 (V.250 table 1); 2, RING, is no final result.
var numeric = map[string]Result{
	"0": OK, "1": Connect, "3": NoCarrier, "4": Error, "6": NoDialTone, "7": Busy, "8": NoAnswer, "+F4": FCError,
}

// ParseResult tells which final result a line states, None if it is none. With digits, numeric codes are results too;
// texts always are.
func ParseResult(line string, digits bool) Result {
	if digits {
		if r, ok := numeric[line]; ok {
			return r
		}
	}
	line = strings.ToUpper(line)
	if r, ok := verbose[line]; ok {
		return r
	}
	switch word, _, _ := strings.Cut(line, " "); word {
	case "CONNECT": // CONNECT 14400
		return Connect
	case "DELAYED": // DELAYED 00:01:30
		return Delayed
	case "BLACKLISTED":
		return Blacklisted
	case "+CME": // +CME ERROR: 100
		return Error
	}
	return None
}
