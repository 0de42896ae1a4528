package at

import "testing"

func TestResults(t *testing.T) {
	for line, want := range map[string]Result{
		"OK": OK, "ok": OK, "CONNECT": Connect, "CONNECT 14400": Connect, "NO CARRIER": NoCarrier, "ERROR": Error,
		"NO DIALTONE": NoDialTone, "NO DIAL TONE": NoDialTone, "BUSY": Busy, "NO ANSWER": NoAnswer,
		"+FCERROR": FCError, "+F4": FCError, "BLACKLISTED": Blacklisted, "DIALING DISABLED": Blacklisted,
		"DELAYED 00:01:30": Delayed, "DELAYED": Delayed, "+CME ERROR: 100": Error,
		"RING": None, "OKAY": None, "0": None, "2": None, "CONNECTED": None, "": None,
	} {
		if got := ParseResult(line, false); got != want {
			t.Errorf("%q is %v, want %v", line, got, want)
		}
	}
	for line, want := range map[string]Result{
		"0": OK, "1": Connect, "2": None, "3": NoCarrier, "4": Error, "6": NoDialTone, "7": Busy, "8": NoAnswer,
		"+F4": FCError, "OK": OK, "9": None, "00": None,
	} {
		if got := ParseResult(line, true); got != want {
			t.Errorf("in digits %q is %v, want %v", line, got, want)
		}
	}
}

func TestResultNames(t *testing.T) {
	for r := OK; r <= Delayed; r++ {
		if got := ParseResult(r.String(), false); got != r {
			t.Errorf("%v reads as %v", r, got)
		}
	}
}

func TestIndications(t *testing.T) {
	for line, want := range map[string]Indication{
		"RING":                         {Ring, ""},
		"RING A":                       {Ring, "A"},
		"RING 2":                       {Ring, "2"},
		"RING;0301234567;":             {Number, "0301234567"},
		"RING/0301234567":              {Number, "0301234567"},
		"+CRING: VOICE":                {Ring, ""},
		"NMBR = 0301234567":            {Number, "0301234567"},
		"NMBR=0301234567":              {Number, "0301234567"},
		"NBR=0301234567":               {Number, "0301234567"},
		"CALLER NUMBER: 0301234567":    {Number, "0301234567"},
		"CallerID: 0301234567":         {Number, "0301234567"},
		"ANID=0301234567":              {Number, "0301234567"},
		"+CLIP: \"0301234567\",129":    {Number, "0301234567"},
		"FM: 0301234567 TO: 4711":      {Number, "0301234567"},
		"NAME = EXAMPLE & SONS":        {Name, "EXAMPLE & SONS"},
		"CALLER NAME: EXAMPLE":         {Name, "EXAMPLE"},
		"DDN_NMBR= 4711":               {Called, "4711"},
		"NDID=4711":                    {Called, "4711"},
		"DATE = 1120":                  {Date, "1120"},
		"TIME=0803":                    {Time, "0803"},
		"MESG = 040A3131":              {Message, "040A3131"},
		"DRON=20":                      {RingOn, "20"},
		"DROF = 40":                    {RingOff, "40"},
		"+FRH:3":                       {OtherFrame, ""},
		"+FRM:145":                     {OtherPage, "145"},
		"RINGING":                      {Progress, "RINGING"},
		"+A8M:8185D490,00":             {Progress, "+A8M:8185D490,00"},
		"NMBR = ":                      {Number, ""},
		"NAME = A name: with a colon=": {Name, "A name: with a colon="},
	} {
		if got, ok := ParseIndication(line); !ok || got != want {
			t.Errorf("%q is %v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"OK", "0301234567", "RINGO", "DRON=", "DROF=x", "spandsp", "", "=", "+FCLASS: 1", "RING ABCD"} {
		if got, ok := ParseIndication(line); ok {
			t.Errorf("%q is the indication %v", line, got)
		}
	}
}
