package class1

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/t30"
)

// opens runs a test over a modem that need not open.
func opens(t *testing.T, prepare func(f *fake), opts Options, test func(b *bench, m *Modem, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := start(t, prepare)
		b.begun = time.Now()
		opts.Log = b.log
		m, err := b.open(opts)
		synctest.Wait()
		test(b, m, err)
		if m != nil {
			m.Close()
		}
	})
}

func TestIdentity(t *testing.T) {
	all := Modulations{145, 121, 97, 96, 73, 72, 48, 24}
	for _, c := range []struct {
		name    string
		answers map[string]string
		want    Identity
	}{
		{"plain", nil, Identity{Maker: "Maker", Model: "Model", Revision: "1.0", Classes: []string{"0", "1", "1.0"}, Class: "1.0",
			Send: all, Receive: all, Adaptive: true, CallerID: "+VCID=1", Habits: "T.31"}},
		{"parentheses", map[string]string{
			"AT+FCLASS=?": "(0,1,1.0,8)\nOK", "AT+FTM=?": "+FTM: (3,24,48,72),(96)\nOK", "AT+FRM=?": "(24-146)\nOK",
			"AT+FAR=?": "0\nOK", "AT+VCID=?": "ERROR", "AT#CID=?": "0-2\nOK",
		}, Identity{Maker: "Maker", Model: "Model", Revision: "1.0", Classes: []string{"0", "1", "1.0", "8"}, Class: "1.0",
			Send: Modulations{96, 72, 48, 24}, Receive: all, CallerID: "#CID=1", Habits: "T.31"}},
		{"hides 1.0, quotes", map[string]string{"AT+FCLASS=?": "\"0,1,2\"\nOK"},
			Identity{Maker: "Maker", Model: "Model", Revision: "1.0", Classes: []string{"0", "1", "2"}, Class: "1.0",
				Send: all, Receive: all, Adaptive: true, CallerID: "+VCID=1", Habits: "T.31"}},
		{"no 1.0, names of Class 2, Silicon Labs", map[string]string{
			"AT+FCLASS=?": "0-2\nOK", "AT+FCLASS=1.0": "ERROR",
			"AT+FMI?": "ERROR", "AT+FMFR?": "Some Maker\nOK", "AT+FMM?": "ERROR", "AT+FMDL?": "ERROR", "AT+GMM": "Si2435\nOK",
			"AT+FAR=?": "ERROR",
		}, Identity{Maker: "Some Maker", Model: "Si2435", Revision: "1.0", Classes: []string{"0", "1", "2"}, Class: "1",
			Send: all, Receive: all, CallerID: "+VCID=1", Habits: "Silicon Labs Si24xx"}},
	} {
		opens(t, func(f *fake) {
			for command, answer := range c.answers {
				f.answers[command] = answer
			}
		}, Options{}, func(b *bench, m *Modem, err error) {
			if err != nil {
				b.Fatalf("%s: %v", c.name, err)
			}
			got := m.Identity()
			if len(got.Answers) < 20 {
				b.Errorf("%s: only %d answers are kept", c.name, len(got.Answers))
			}
			got.Answers = nil
			if g, w := inJSON(got), inJSON(c.want); g != w {
				b.Errorf("%s:\n got %s\nwant %s", c.name, g, w)
			}
		})
	}
}

func inJSON(v any) string {
	p, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(p)
}

func TestIdentityInJSON(t *testing.T) {
	got := inJSON(Identity{Class: "1", Send: Modulations{t30.V17at14400, t30.V29at9600}})
	want := `{"classes":null,"class":"1","send":[145,96],"receive":[],"adaptive":false,"habits":"","answers":null}`
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestSetUp(t *testing.T) {
	opens(t, func(f *fake) { f.answers["AT+FMI?"] = "USRobotics\nOK" },
		Options{Country: "B5", Init: "S38=35", BlindDial: true, AnswerWait: 90 * time.Second},
		func(b *bench, m *Modem, err error) {
			if err != nil {
				b.Fatal(err)
			}
			var got []string
			for _, s := range b.seen {
				got = append(got, s.what)
			}
			want := []string{"AT+FCLASS=1.0", "ATS0=0", "ATX3", "ATS7=90", "AT+IFC=2,2", "AT+FLO=2", "AT+FAR=1", "AT+GCI=B5", "AT+VCID=1", "AT&H1", "ATS38=35"}
			if len(got) < len(want) || !slices.Equal(got[len(got)-len(want):], want) {
				b.Errorf("got %q", got)
			}
			b.seen = nil
			if err := m.Reset(b.Context()); err != nil {
				b.Error(err)
			}
			synctest.Wait()
			if len(b.times("ATZ")) != 1 || len(b.times("ATS38=35")) != 1 || len(b.times("AT+FTM=?")) != 0 {
				b.Errorf("reset: %v", b.seen)
			}
		})
}

// A modem may be found in any state of its own: echoing, silent, brief.
func TestOpenFromOddStates(t *testing.T) {
	digits := map[string]string{"OK": "0", "ERROR": "4"}
	for _, c := range []struct {
		name    string
		prepare func(f *fake)
	}{
		{"digits after ATZ", func(f *fake) { f.answers["ATZ"] = "0" }},
		{"digits until the second line", func(f *fake) {
			n := 0
			f.mangle = func(line string) string {
				if n++; n <= 3 && digits[line] != "" {
					return digits[line]
				}
				return line
			}
		}},
		{"digits for ever", func(f *fake) {
			f.mangle = func(line string) string {
				if d, ok := digits[line]; ok {
					return d
				}
				return line
			}
		}},
		{"no answer to ATZ", func(f *fake) { f.answers["ATZ"] = "" }},
		{"no answer to some question", func(f *fake) { f.answers["ATI5"] = "" }},
		{"some command of the set-up unknown", func(f *fake) { f.answers["ATX4"] = "ERROR" }},
		{"no answer to some command of the set-up", func(f *fake) { f.answers["AT+VCID=1"] = "" }},
	} {
		opens(t, c.prepare, Options{}, func(b *bench, m *Modem, err error) {
			if err != nil {
				b.Fatalf("%s: %v", c.name, err)
			}
			if id := m.Identity(); id.Maker != "Maker" || id.Model != "Model" || id.Class != "1.0" || len(id.Send) != 8 {
				b.Errorf("%s: %+v", c.name, id)
			}
		})
	}
}

// Checklist 52: a modem that never answers, or answers nonsense: three resets, then an error that says what to do.
func TestChecklist52_SilentModem(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(f *fake)
	}{
		{"silent", func(f *fake) { f.answers["ATE0V1Q0"] = "" }},
		{"nonsense", func(f *fake) { f.mangle = func(string) string { return "login:" } }},
	} {
		opens(t, c.prepare, Options{}, func(b *bench, m *Modem, err error) {
			if !errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), "switch it off and on") {
				b.Errorf("%s: %v", c.name, err)
			}
			if b.dropped != 2 {
				b.Errorf("%s: DTR dropped %d times", c.name, b.dropped)
			}
			if took := time.Since(b.begun); took > 30*time.Second {
				b.Errorf("%s: took %v", c.name, took)
			}
		})
	}
}

func TestNoFaxModem(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(f *fake)
	}{
		{"no class", func(f *fake) { f.answers["AT+FCLASS=1"], f.answers["AT+FCLASS=1.0"] = "ERROR", "ERROR" }},
		{"no rates", func(f *fake) { f.answers["AT+FTM=?"] = "ERROR" }},
	} {
		opens(t, c.prepare, Options{}, func(b *bench, m *Modem, err error) {
			if !errors.Is(err, ErrNoFax) || m != nil {
				b.Errorf("%s: %v", c.name, err)
			}
		})
	}
}

func TestHabits(t *testing.T) {
	for _, c := range []struct{ said, usb, want string }{
		{"Maker\nModel", "", "T.31"},
		{"56000\nUSRobotics 56K", "", "USRobotics"},
		{"5601", "0baf:0303", "USRobotics"},
		{"5601", "", "T.31"}, // an Acer says that too
		{"www.soft-switch.org\nspandsp", "", "spandsp"},
		{"Agere SoftModem", "", "Lucent/Agere"},
		{"Linux ISDN", "", "isdn4linux"},
	} {
		h := habitsOf(c.said, c.usb)
		if h.Name != c.want {
			t.Errorf("%q, %q: habits of %s", c.said, c.usb, h.Name)
		}
		if h.Pause == 0 || h.FTS < 0 || h.FRS < 0 {
			t.Errorf("%s: no pause: %+v", h.Name, h)
		}
	}
}

// HangUp works from every state, and as a last resort drops DTR.
func TestHangUp(t *testing.T) {
	for _, c := range []struct {
		name, script string
		mode         mode
		dropped      int
	}{
		{"idle", "> ATH0\n< OK", commands, 0},
		{"listening", "> CAN\n< OK\n> ATH0\n< OK", asked, 0},
		{"hearing", "< raw ff\n> CAN\n< raw 1003\n< OK\n> ATH0\n< OK", hearing, 0},
		{"saying", "> octets 1\n< OK\n> ATH0\n< OK", saying, 0},
		{"deaf to ATH", "> ATH0\n> END\n> ATE0V1Q0\n< OK", commands, 1},
	} {
		with(t, nil, func(b *bench) {
			b.script(c.script)
			b.m.mode = c.mode
			if err := b.m.HangUp(); err != nil || b.m.mode != commands {
				b.Errorf("%s: %v", c.name, err)
			}
			synctest.Wait()
			if b.dropped != c.dropped {
				b.Errorf("%s: DTR dropped %d times", c.name, b.dropped)
			}
		})
	}
}
