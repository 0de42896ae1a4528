package rig

import "slices"

// Account says where the seconds of a call went beyond its limit, by name. They sum up to what the call took more.
type Account struct {
	Items []Item
	Over  float64 // seconds beyond the limit
}

// Item is a cause of seconds beyond the limit: at our end and at the reference machine's. Less than 0 is time saved.
type Item struct {
	Name      string
	Ours, Far float64
}

// Item is the item of this name, which may be nothing.
func (a Account) Item(name string) Item {
	for _, i := range a.Items {
		if i.Name == name {
			return i
		}
	}
	return Item{Name: name}
}

// The names of the items.
const (
	answering      = "answer and CED"
	identification = "identification frames"
	capabilities   = "octets of DIS and DCS beyond 4"
	preambles      = "preambles and stuffing in V.21"
	trainings      = "training and TCF"
	images         = "image: flags, RCP, coding"
	turnRounds     = "turn-rounds beyond 75 ms"
	repeats        = "repeated signals"
	hangUp         = "hang-up"
)

// ItemNames are the names of all items, in the order of a table.
func ItemNames() []string {
	return []string{answering, identification, capabilities, preambles, trainings, images, turnRounds, repeats, hangUp}
}

// essential frames are those that a call with ECM cannot do without, with the octets of FIF that the limit grants.
var essential = map[string]int{"DIS": disFIF, "DCS": disFIF, "CFR": 0, "PPS": 4, "MCF": 0, "DCN": 0}

// Account compares a call with its limit. Machine is the name of the endpoint that is not ours.
func (c *Call) Account(machine string, l Limit) Account {
	a := accountant{limit: l, machine: machine, due: map[string]int{"DIS": 1, "DCS": 1, "CFR": 1, "DCN": 1}}
	a.due["PPS"], a.due["MCF"] = len(l.Blocks), len(l.Blocks)
	signals := c.phaseB()
	for i, s := range signals {
		a.signal(s)
		if i > 0 {
			a.add(turnRounds, s.Ep, s.Start-signals[i-1].End-pause)
		}
	}
	if len(signals) > 0 {
		a.add(answering, signals[0].Ep, signals[0].Start-ced-pause)
		last := signals[len(signals)-1]
		a.add(hangUp, last.Ep, c.End.Connected-last.End)
	}
	return a.sum(c.End.Connected - l.Seconds())
}

// phaseB are the signals of a call from the first V.21 burst on: what comes before are tones.
func (c *Call) phaseB() []Signal {
	first := slices.IndexFunc(c.Signals, func(s Signal) bool { return len(s.Frames) > 0 })
	if first < 0 {
		return nil
	}
	return c.Signals[first:]
}

type accountant struct {
	limit   Limit
	machine string
	due     map[string]int // essential frames yet to come
	trained bool           // the image signals from now on are blocks
	block   int
	items   map[string]*Item
}

func (a *accountant) add(name, ep string, seconds float64) {
	if a.items == nil {
		a.items = map[string]*Item{}
	}
	item := a.items[name]
	if item == nil {
		item = &Item{Name: name}
		a.items[name] = item
	}
	if ep == a.machine {
		item.Far += seconds
	} else {
		item.Ours += seconds
	}
}

func (a *accountant) signal(s Signal) {
	if image(s) {
		a.image(s)
	} else {
		a.burst(s)
	}
}

// image reports whether a signal went on the image modem: of its frames the reference machine logs the last, RCP.
func image(s Signal) bool {
	return len(s.Frames) == 0 || s.Frames[0].Name == "RCP"
}

func (a *accountant) image(s Signal) {
	switch {
	case !a.trained:
		a.trained = true
		a.add(trainings, s.Ep, s.Duration()-training)
	case a.block < len(a.limit.Blocks) && len(s.Frames) > 0:
		a.add(images, s.Ep, s.Duration()-lead-a.limit.Blocks[a.block])
		a.block++
	default:
		a.add(repeats, s.Ep, s.Duration()+pause)
	}
}

func (a *accountant) burst(s Signal) {
	left := s.Duration()
	due := false
	for _, f := range s.Frames {
		grant, needed := essential[f.Name]
		switch {
		case needed && a.due[f.Name] > 0:
			a.due[f.Name]--
			due = true
			extra := octet * float64(f.Octets-3-grant)
			a.add(capabilities, s.Ep, extra)
			left -= v21(grant) + extra
		case !needed:
			a.add(identification, s.Ep, octet*float64(f.Octets+frameExtra))
			left -= octet * float64(f.Octets+frameExtra)
		}
	}
	if due {
		a.add(preambles, s.Ep, left)
	} else {
		a.add(repeats, s.Ep, left+pause)
	}
}

// sum lists the items in order.
func (a *accountant) sum(over float64) Account {
	account := Account{Over: over}
	for _, name := range ItemNames() {
		if item := a.items[name]; item != nil {
			account.Items = append(account.Items, *item)
		}
	}
	return account
}
