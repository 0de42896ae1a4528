package fax

import (
	"fmt"
	"slices"
	"strings"
)

// Port is one telephone line: what the FaxPort object shows, and what belongs to the modem on it.
type Port struct {
	DeviceID  DeviceID  `json:"deviceId"`  // permanent, never 0
	Name      string    `json:"name"`      // for display, may repeat
	CanModify bool      `json:"canModify"` // computed: may the caller change it?
	Csid      StationID `json:"csid"`      // what we announce when receiving
	Tsid      StationID `json:"tsid"`      // what we announce when sending
	Priority  int       `json:"priority"`  // rank for sending, 1 (best) to the number of ports, each held once
	Receive   bool      `json:"receive"`   // answers calls
	Rings     int       `json:"rings"`     // rings before answering, 1-99; without meaning while Receive is false
	Send      bool      `json:"send"`      // may be used for sending

	Key     string `json:"key"`     // what the modem is known by: USB topology, or path
	Path    string `json:"path"`    // where it is now: "/dev/ttyACM0"; empty while it is gone
	Present bool   `json:"present"` // computed: the modem is there
	Model   string `json:"model"`   // what the modem says it is

	Country string   `json:"country"` // of the telephone network, two letters: the modem's +GCI; empty: leave it
	Init    []string `json:"init"`    // AT commands sent after ours when the modem is opened, without "AT"
	MaxRate int      `json:"maxRate"` // bit/s, 2400-14400 in steps of 2400
	ECM     bool     `json:"ecm"`     // offer and accept error correction
	Speaker bool     `json:"speaker"` // let the modem be heard until it connects

	DialRules

	Block         []string      `json:"block"`         // number patterns not answered
	Allow         []string      `json:"allow"`         // if any, only these are answered
	BlockWithheld bool          `json:"blockWithheld"` // callers who hide their number are not answered
	Blocked       BlockedCall   `json:"blocked"`       // what happens to a call that is not answered
	Quarantine    []string      `json:"quarantine"`    // TSID patterns whose faxes are kept apart, not routed
	Distinctive   []RingPattern `json:"distinctive"`   // distinctive rings that are answered; none: all are

	Pins
}

// BlockedCall is what happens to a call that the lists forbid.
type BlockedCall string

// What may happen to it.
const (
	LetRing BlockedCall = "ring" // never answer
	Drop    BlockedCall = "drop" // answer and hang up
)

// RingPattern is the name of a distinctive ring: "A" to "D", as modems report it (DRON/DROF, RING A).
type RingPattern string

// NewPort is how a line begins that was never seen before: it receives and sends.
func NewPort(id DeviceID, key string) Port {
	return Port{
		DeviceID: id, Key: key, Name: fmt.Sprintf("Line %d", id),
		Receive: true, Rings: 2, Send: true, MaxRate: 14400, ECM: true,
		DialRules: DialRules{InternationalPrefix: "00"},
		Init:      []string{}, Block: []string{}, Allow: []string{}, Blocked: LetRing,
		Quarantine: []string{}, Distinctive: []RingPattern{},
	}
}

// PortPatch is a change of a port.
type PortPatch struct {
	Name     *string    `json:"name,omitempty"`
	Csid     *StationID `json:"csid,omitempty"`
	Tsid     *StationID `json:"tsid,omitempty"`
	Priority *int       `json:"priority,omitempty"` // shifts the others: see ApplyToPort
	Receive  *bool      `json:"receive,omitempty"`
	Rings    *int       `json:"rings,omitempty"`
	Send     *bool      `json:"send,omitempty"`

	Country *string   `json:"country,omitempty"`
	Init    *[]string `json:"init,omitempty"`
	MaxRate *int      `json:"maxRate,omitempty"`
	ECM     *bool     `json:"ecm,omitempty"`
	Speaker *bool     `json:"speaker,omitempty"`

	OutsideLine         *string `json:"outsideLine,omitempty"`
	CountryCode         *string `json:"countryCode,omitempty"`
	NationalPrefix      *string `json:"nationalPrefix,omitempty"`
	InternationalPrefix *string `json:"internationalPrefix,omitempty"`

	Block         *[]string      `json:"block,omitempty"`
	Allow         *[]string      `json:"allow,omitempty"`
	BlockWithheld *bool          `json:"blockWithheld,omitempty"`
	Blocked       *BlockedCall   `json:"blocked,omitempty"`
	Quarantine    *[]string      `json:"quarantine,omitempty"`
	Distinctive   *[]RingPattern `json:"distinctive,omitempty"`

	LineRelay    *string `json:"lineRelay,omitempty"`
	PowerRelay   *string `json:"powerRelay,omitempty"`
	RingDetector *string `json:"ringDetector,omitempty"`
}

// Apply is the port with the patch's changes, or Invalid. Of Priority it checks nothing and leaves it as it is: it
// concerns all ports, and ApplyToPort handles it.
func (p Port) Apply(c PortPatch) (Port, error) {
	next := p
	put(&next.Name, c.Name)
	put(&next.Csid, c.Csid)
	put(&next.Tsid, c.Tsid)
	put(&next.Receive, c.Receive)
	put(&next.Rings, c.Rings)
	put(&next.Send, c.Send)
	put(&next.Country, c.Country)
	put(&next.Init, c.Init)
	put(&next.MaxRate, c.MaxRate)
	put(&next.ECM, c.ECM)
	put(&next.Speaker, c.Speaker)
	put(&next.OutsideLine, c.OutsideLine)
	put(&next.CountryCode, c.CountryCode)
	put(&next.NationalPrefix, c.NationalPrefix)
	put(&next.InternationalPrefix, c.InternationalPrefix)
	put(&next.Block, c.Block)
	put(&next.Allow, c.Allow)
	put(&next.BlockWithheld, c.BlockWithheld)
	put(&next.Blocked, c.Blocked)
	put(&next.Quarantine, c.Quarantine)
	put(&next.Distinctive, c.Distinctive)
	put(&next.LineRelay, c.LineRelay)
	put(&next.PowerRelay, c.PowerRelay)
	put(&next.RingDetector, c.RingDetector)
	// A literal in Go does not go through UnmarshalText.
	next.Csid, next.Tsid = NewStationID(string(next.Csid)), NewStationID(string(next.Tsid))
	if err := next.Check(); err != nil {
		return p, err
	}
	return next.clone(), nil
}

// clone shares nothing with p.
func (p Port) clone() Port {
	p.Init, p.Block, p.Allow = slices.Clone(p.Init), slices.Clone(p.Block), slices.Clone(p.Allow)
	p.Quarantine, p.Distinctive = slices.Clone(p.Quarantine), slices.Clone(p.Distinctive)
	return p
}

// Check says what is wrong with a port, its Priority apart: nil or Invalid.
func (p Port) Check() error {
	var f faults
	f.line("name", p.Name)
	f.whole("rings", p.Rings, 1, 99)
	if p.Country != "" && (len(p.Country) != 2 || strings.Trim(p.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		f.add("country", fmt.Sprintf("%q is no country", p.Country), `Enter two capital letters such as "DE", or nothing.`)
	}
	f.init(p.Init)
	if p.MaxRate < 2400 || p.MaxRate > 14400 || p.MaxRate%2400 != 0 {
		f.add("maxRate", fmt.Sprintf("%d bit/s is no rate of fax", p.MaxRate), "Enter 2400, 4800, 7200, 9600, 12000 or 14400.")
	}
	f.dialled("outsideLine", p.OutsideLine, "0123456789*#,")
	f.dialled("countryCode", p.CountryCode, "0123456789")
	f.dialled("nationalPrefix", p.NationalPrefix, "0123456789")
	f.dialled("internationalPrefix", p.InternationalPrefix, "0123456789")
	f.patterns("block", p.Block)
	f.patterns("allow", p.Allow)
	if p.Blocked != LetRing && p.Blocked != Drop {
		f.add("blocked", fmt.Sprintf("%q is not known", p.Blocked), `Enter "ring" or "drop".`)
	}
	f.patterns("quarantine", p.Quarantine)
	for _, r := range p.Distinctive {
		if len(r) != 1 || r < "A" || r > "D" {
			f.add("distinctive", fmt.Sprintf("%q is no distinctive ring", r), "Enter A, B, C or D.")
		}
	}
	f.pins(p.Pins)
	return f.err()
}

// init checks AT commands: few, short, printable ASCII.
func (f *faults) init(commands []string) {
	const most, longest = 16, 80 // a modem's command line holds at least 40 characters, most hold 80
	if len(commands) > most {
		f.add("init", fmt.Sprintf("has %d commands, more than %d", len(commands), most), "Several commands can share a line.")
	}
	for _, c := range commands {
		if c == "" || len(c) > longest || strings.ContainsFunc(c, func(r rune) bool { return r < 0x20 || r > 0x7E }) {
			f.add("init", fmt.Sprintf("%q is no AT command", c), `Enter commands without AT, such as "+VCID=1".`)
		}
	}
}

func (f *faults) dialled(field, s, alphabet string) {
	const longest = 16
	if len(s) > longest || strings.Trim(s, alphabet) != "" {
		f.add(field, fmt.Sprintf("%q cannot be dialled", s), "Enter at most 16 digits.")
	}
}

// Answers reports whether the port answers a call, and why not. The caller's number is empty if the network told none;
// withheld says that the caller hides it; ring is the distinctive ring, if any.
func (p Port) Answers(number string, withheld bool, ring RingPattern) (ok bool, why string) {
	switch {
	case !p.Receive:
		return false, "the port does not receive"
	case len(p.Distinctive) > 0 && ring != "" && !slices.Contains(p.Distinctive, ring):
		return false, "the ring is meant for another device"
	case withheld && p.BlockWithheld:
		return false, "the caller hides the number"
	case MatchAny(p.Block, number):
		return false, "the number is on the block list"
	case len(p.Allow) > 0 && !MatchAny(p.Allow, number):
		return false, "the number is not on the list of allowed callers"
	default:
		return true, ""
	}
}

// Quarantines reports whether a fax from a station that calls itself so is kept apart.
func (p Port) Quarantines(tsid string) bool {
	return slices.ContainsFunc(p.Quarantine, func(pattern string) bool { return MatchText(pattern, tsid) })
}

// ApplyToPort changes one port among all: what Apply does, and Priority, which shifts the others so that the ranks stay a
// permutation of 1 to n. It answers with all ports in the order given, or with Invalid and nothing changed.
func ApplyToPort(ports []Port, id DeviceID, c PortPatch) ([]Port, error) {
	at := slices.IndexFunc(ports, func(p Port) bool { return p.DeviceID == id })
	if at < 0 {
		return ports, Invalid{{"deviceId", fmt.Sprintf("%d is no port", id), "List the ports.", ErrorBadUnit}}
	}
	changed, err := ports[at].Apply(c)
	if err == nil {
		err = checkShared(ports, changed)
	}
	if err == nil && c.Priority == nil {
		next := slices.Clone(ports)
		next[at] = changed
		return next, nil
	}
	var f faults
	if invalid, ok := err.(Invalid); ok {
		f = faults(invalid)
	}
	if c.Priority != nil {
		f.whole("priority", *c.Priority, 1, len(ports))
	}
	if err := f.err(); err != nil {
		return ports, err
	}
	next := slices.Clone(ports)
	next[at] = changed
	rerank(next, at, *c.Priority)
	return next, nil
}
