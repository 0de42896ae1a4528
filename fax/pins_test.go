package fax

import (
	"strings"
	"testing"
)

func TestPins(t *testing.T) {
	for _, c := range []struct{ patch, wrong string }{
		{`{}`, ""},
		{`{"lineRelay":"pinctrl-bcm2835:17"}`, ""}, {`{"lineRelay":"pinctrl-bcm2835:17,low"}`, ""}, {`{"lineRelay":""}`, ""},
		{`{"powerRelay":"9030000.pl061:0"}`, ""}, {`{"ringDetector":"x:65536"}`, ""}, {`{"ringDetector":"x:65537"}`, "ringDetector"},
		{`{"lineRelay":"17"}`, "lineRelay"}, {`{"lineRelay":":17"}`, "lineRelay"}, {`{"lineRelay":"chip:"}`, "lineRelay"},
		{`{"lineRelay":"chip:-1"}`, "lineRelay"}, {`{"lineRelay":"chip:017"}`, "lineRelay"}, {`{"lineRelay":"chip:+1"}`, "lineRelay"},
		{`{"lineRelay":"a chip:1"}`, "lineRelay"}, {`{"lineRelay":"chip:1,high"}`, "lineRelay"}, {`{"lineRelay":"chip:1,low,low"}`, "lineRelay"},
		{`{"lineRelay":",low"}`, "lineRelay"}, {`{"lineRelay":"ch\u00FCp:1"}`, "lineRelay"},
		{`{"lineRelay":"c:1","ringDetector":"c:1,low"}`, "ringDetector"}, // one line, two uses
		{`{"lineRelay":"c:1","ringDetector":"c:2","powerRelay":"d:1"}`, ""},
		{`{"lineRelay":"c","ringDetector":"c","powerRelay":"d"}`, "lineRelay powerRelay ringDetector"},
	} {
		before := NewPort(1, "usb-1")
		after, err := before.Apply(patch[PortPatch](t, c.patch))
		if got := strings.Join(fields(err), " "); got != c.wrong {
			t.Errorf("%s: at fault %q, want %q", c.patch, got, c.wrong)
		}
		if err != nil && after.Pins != before.Pins {
			t.Errorf("%s is refused, and changes %+v", c.patch, after.Pins)
		}
	}
}

// A line hangs on one port only; a port may be given its own once more.
func TestPinsOfOthers(t *testing.T) {
	one, two := NewPort(1, "usb-1"), NewPort(2, "usb-2")
	one.Priority, two.Priority = 1, 2
	one.LineRelay = "c:1"
	ports := []Port{one, two}
	for _, c := range []struct {
		id     DeviceID
		patch  string
		wrong  string
		accuse string
	}{
		{2, `{"lineRelay":"c:2"}`, "", ""},
		{1, `{"lineRelay":"c:1,low"}`, "", ""},
		{2, `{"ringDetector":"c:1,low"}`, "ringDetector", `"c:1,low" is the line relay of Line 1`},
		{2, `{"ringDetector":"c:1","priority":3}`, "ringDetector priority", ""},
	} {
		after, err := ApplyToPort(ports, c.id, patch[PortPatch](t, c.patch))
		if got := strings.Join(fields(err), " "); got != c.wrong || c.accuse != "" && !strings.Contains(err.Error(), c.accuse) {
			t.Errorf("%s: %v", c.patch, err)
		}
		if err != nil && after[c.id-1].Pins != ports[c.id-1].Pins {
			t.Errorf("%s is refused, and changes %+v", c.patch, after)
		}
	}
}

func TestPinsWithout(t *testing.T) {
	all := Pins{LineRelay: "c:1", PowerRelay: "c:2", RingDetector: "d:1,low"}
	for _, c := range []struct{ others, want Pins }{
		{Pins{}, all},
		{all, Pins{}},
		{Pins{LineRelay: "d:1", PowerRelay: "c:1,low"}, Pins{PowerRelay: "c:2"}}, // for another use, and the other way round: the same line
	} {
		if got := all.Without(c.others); got != c.want {
			t.Errorf("without %+v: %+v", c.others, got)
		}
	}
	if got := len(all.Used()); got != 3 {
		t.Errorf("%d are used", got)
	}
}
