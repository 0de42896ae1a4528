package rig

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Event is a line of the exchange's log. Which fields are filled depends on Ev; the README of faxline lists the events.
type Event struct {
	T    float64 `json:"t"`    // line time in seconds since the exchange started, exact to its ticks of 20 ms
	Mono float64 `json:"mono"` // the clock
	Ev   string  `json:"ev"`
	Ep   string  `json:"ep"` // name of the endpoint
	Call int     `json:"call"`

	From, To, Number, Reason, By string
	Answered                     bool
	Setup                        float64 `json:"setup_s"`
	Connected                    float64 `json:"connected_s"` // from the answer to the first hang-up
	Tail                         float64 `json:"tail_s"`

	On    bool   // sound
	Dir   string // frame: rx or tx; at: dte or dce
	Name  string // frame
	Final bool
	Hex   string // frame, at: the first 48 octets
	Text  string // at, t30-end
	Len   int    // at: octets of which Hex has the first
	Data  int    // at: octets of page data
	MS    float64

	Code, Page, Rate           int // t30-end, page
	ECM                        bool
	Comp                       string
	XRes, YRes, Width, Length  int
	Retries                    int
	BadRows                    int `json:"bad_rows"`
	PagesTx                    int `json:"pages_tx"`
	PagesRx                    int `json:"pages_rx"`
	Ident, Sub, Sid, Pwd, File string
	Sep                        string
}

// Log reads what the exchange has written so far.
func (x *Exchange) Log() ([]Event, error) { return readLog(x.Path("log.jsonl")) }

func readLog(path string) ([]Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	var events []Event
	for r := bufio.NewScanner(f); r.Scan(); {
		var e Event
		if err := json.Unmarshal(r.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, len(events)+1, err)
		}
		events = append(events, e)
	}
	return events, nil
}
