package web

import (
	"fmt"
	"strings"
	"time"

	"faxbox/fax/trace"
	"faxbox/web/text"
)

// ladder is a call as it is drawn: what we said goes from left to right, what we heard comes from right to left, time goes
// down.
type ladder struct {
	Height int
	Bands  []band
	Rungs  []rung
	Label  string // what it shows, for those who do not see it
}

// band is a phase of the call (T.30, 3): A to E.
type band struct {
	Phase  string
	Name   string
	Y, End int
}

// rung is one signal, or a remark.
type rung struct {
	Y       int
	Clock   string // seconds since the call began
	Side    string // we, they, note
	Kind    string // frames, image, silence, note
	Text    string
	Meaning string // of all that is in it, on hover
}

// Below is where the words stand: above the arrow.
func (r rung) Above() int { return r.Y - 6 }

// Shape of the drawing, in units of the picture. The template has the columns.
const (
	ladderTop = 46
	rungStep  = 30
	mostRungs = 2000 // of a call that never ends
)

// draw makes a ladder of a trace.
func draw(entries []trace.Entry, l *text.Language) *ladder {
	d := &drawing{lang: l, phase: "A"}
	d.ladder.Bands = []band{{Phase: "A", Y: ladderTop - 16}}
	for _, e := range entries {
		if len(d.ladder.Rungs) == mostRungs {
			break
		}
		if r, ok := d.rung(e); ok {
			r.Y, r.Clock = ladderTop+len(d.ladder.Rungs)*rungStep+10, fmt.Sprintf("%.2f", e.At.Seconds())
			d.enter(r.Y)
			d.ladder.Rungs = append(d.ladder.Rungs, r)
		}
	}
	bands := d.ladder.Bands
	d.ladder.Height = ladderTop + len(d.ladder.Rungs)*rungStep + 16
	for i := range bands {
		bands[i].End = d.ladder.Height - bands[i].Y
		if i+1 < len(bands) {
			bands[i].End = bands[i+1].Y - bands[i].Y
		}
		bands[i].Name = l.Say("phase." + bands[i].Phase)
	}
	d.ladder.Label = l.Say("ladder.label", "n", len(d.ladder.Rungs), "seconds", fmt.Sprintf("%.0f", lastAt(entries).Seconds()))
	return &d.ladder
}

func lastAt(entries []trace.Entry) time.Duration {
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].At
}

// drawing is a ladder as it grows.
type drawing struct {
	ladder ladder
	lang   *text.Language
	phase  string
}

// enter begins a band if the phase has changed.
func (d *drawing) enter(y int) {
	if last := d.ladder.Bands[len(d.ladder.Bands)-1]; last.Phase != d.phase {
		d.ladder.Bands = append(d.ladder.Bands, band{Phase: d.phase, Y: y - 22})
	}
}

// rung is what an entry looks like; not ok: it is not shown.
func (d *drawing) rung(e trace.Entry) (r rung, ok bool) {
	verb, rest, _ := strings.Cut(e.Text, " ")
	switch e.Kind {
	case trace.ToModem:
		number, dials := strings.CutPrefix(e.Text, "ATDT")
		return rung{Side: "we", Kind: "line", Text: d.lang.Say("ladder.dial", "number", number)}, dials
	case trace.Note:
		return rung{Side: "note", Kind: "note", Text: d.lang.Said(strings.TrimSpace(e.Text)), Meaning: e.Text}, strings.TrimSpace(e.Text) != ""
	case trace.Say:
		return d.say(verb, rest, e.Text)
	case trace.Hear:
		return d.hear(verb, rest)
	}
	return r, false
}

func (d *drawing) say(verb, rest, whole string) (rung, bool) {
	switch verb {
	case "listen":
		return rung{}, false
	case "hang":
		d.phase = "E"
		return rung{Side: "note", Kind: "note", Text: d.lang.Say("ladder.hangup")}, true
	case "burst":
		return d.frames("we", rest), true
	case "tcf":
		d.phase = "B"
		return rung{Side: "we", Kind: "image", Text: "TCF " + rest, Meaning: d.lang.Say("frame.TCF")}, true
	}
	d.phase = "C"
	return rung{Side: "we", Kind: "image", Text: d.lang.Say("ladder.page", "what", whole), Meaning: whole}, true
}

func (d *drawing) hear(verb, rest string) (rung, bool) {
	_, what, _ := strings.Cut(rest, " ") // after how long it was heard
	switch verb {
	case "burst":
		return d.frames("they", what), true
	case "carrier":
		if d.phase == "D" || d.phase == "A" {
			d.phase = "C"
		}
		return rung{Side: "they", Kind: "image", Text: d.lang.Say("ladder.page", "what", what), Meaning: rest}, true
	case "stored":
		return rung{}, false
	}
	return rung{Side: "note", Kind: "silence", Text: d.lang.Say("ladder." + strings.ReplaceAll(verb, " ", "-")), Meaning: rest}, true
}

// frames are the frames of a burst: their names, and what they mean.
func (d *drawing) frames(side, burst string) rung {
	burst, damaged := strings.CutPrefix(burst, "damaged ")
	var names, meanings []string
	for frame := range strings.SplitSeq(burst, ", ") {
		name, _, _ := strings.Cut(strings.TrimSpace(frame), " ")
		if name == "" {
			continue
		}
		names = append(names, name)
		meaning := frame
		if key := "frame." + name; d.lang.Has(key) {
			meaning = d.lang.Say(key) + " (" + frame + ")"
		}
		meanings = append(meanings, meaning)
		if phase := phaseOf[name]; phase != "" {
			d.phase = phase
		}
	}
	r := rung{Side: side, Kind: "frames", Text: strings.Join(names, " "), Meaning: strings.Join(meanings, "\n")}
	if damaged {
		r.Kind, r.Text = "damaged", d.lang.Say("ladder.damaged", "what", r.Text)
	}
	return r
}

// phaseOf are the phases that frames belong to; a frame that may stand in several leaves the phase as it is.
var phaseOf = map[string]string{
	"DIS": "B", "DTC": "B", "DCS": "B", "CFR": "B", "FTT": "B", "CSI": "B", "TSI": "B", "CIG": "B", "NSF": "B", "NSS": "B", "NSC": "B",
	"MPS": "D", "EOM": "D", "EOP": "D", "MCF": "D", "RTP": "D", "RTN": "D", "PIP": "D", "PIN": "D", "PPS": "D", "PPR": "D",
	"RR": "D", "RNR": "D", "CTC": "D", "CTR": "D", "EOR": "D", "ERR": "D", "DCN": "E",
}
