package exchange

import (
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	odd := Habits{
		Maker: "Odd", Model: "Bird", Revision: "7", ATI: map[int]string{0: "56000", 3: "CX93001\nEIS"},
		Classes: "0,1,1.0,8", Parentheses: true, PowerOn: "E0",
		Send: []Modulation{V29at9600}, Receive: []Modulation{V29at9600, V17at14400},
		NoFTS: true, NoFRS: true, NoFAR: true,
	}
	for _, c := range []struct {
		name   string
		habits Habits
		typed  string
		want   string // with CR LF as |, CR alone as <
	}{
		{name: "echo", typed: "AT|", want: "AT<|OK|"},
		{name: "echo off", typed: "ATE0|AT|", want: "ATE0<|OK||OK|"},
		{name: "quiet", typed: "ATE0Q1|AT|ATQ0|", want: "ATE0Q1<|OK|"},
		{name: "numeric", typed: "ATE0V0|AT|ATI0|ATY9U|", want: "ATE0V0<0<0<|14400|0<4<"},
		{name: "small letters, blanks, junk before", habits: odd, typed: "\x18xaAt e0 v1|", want: "|OK|"},
		{name: "backspace", habits: odd, typed: "ATX\b|", want: "|OK|"},
		{name: "not a command line", habits: odd, typed: "hello||\n", want: ""},
		{name: "too long", habits: odd, typed: "AT" + strings.Repeat("E0", 200) + "|AT|", want: "|ERROR||OK|"},
		{name: "unknown", habits: odd, typed: "ATU|AT+FOO=1|AT)|AT&|AT+FAR!|AT+|AT%C|ATS=1|ATS7|ATS300=1|ATS7=300|",
			want: strings.Repeat("|ERROR|", 11)},
		{name: "registers", habits: odd, typed: "ATS7?|ATS7=30S8?|ATS7?|AT&FS7?|",
			want: "|060||OK||002||OK||030||OK||060||OK|"},
		{name: "what a good command before an unknown one sets stays", habits: odd, typed: "ATS7=5U|ATS7?|", want: "|ERROR||005||OK|"},
		{name: "basic", habits: odd, typed: "AT&C1&D2&K3\\N0L0M1X4|ATZ|ATH0|", want: "|OK||OK||OK|"},
		{name: "identity", typed: "ATE0|ATI|ATI3|ATI9|AT+FMI?|AT+FMM?;+FMR?|AT+GMI|",
			want: "ATE0<|OK||14400||OK||Exchange Class 1 Modem 1.0||OK||ERROR||Exchange||OK||Class 1 Modem||1.0||OK||Exchange||OK|"},
		{name: "odd identity", habits: odd, typed: "ATI|ATI3|AT+FMI?;+FMM?;+FMR?|",
			want: "|56000||OK||CX93001|EIS||OK||Odd||Bird||7||OK|"},
		{name: "classes", typed: "ATE0|AT+FCLASS=?|AT+FCLASS?|AT+FCLASS=1.0|AT+FCLASS?|AT+FCLASS=2|",
			want: "ATE0<|OK||0,1,1.0||OK||0||OK||OK||1.0||OK||ERROR|"},
		{name: "odd classes", habits: odd, typed: "AT+FCLASS=?|AT+FCLASS=8|AT+FTM=?|", want: "|(0,1,1.0,8)||OK||OK||ERROR|"},
		{name: "lists in class 0", habits: odd, typed: "AT+FTM=?|AT+FRH=?|", want: "|ERROR||ERROR|"},
		{name: "lists", typed: "ATE0+FCLASS=1|AT+FTS=?;+FRS=?;+FTH=?;+FRH=?|AT+FTM=?|AT+FRM=?|",
			want: "ATE0+FCLASS=1<|OK||0-255||0-255||3||3||OK|" +
				"|24,48,72,73,74,96,97,98,121,122,145,146||OK||24,48,72,73,74,96,97,98,121,122,145,146||OK|"},
		{name: "odd lists", habits: odd, typed: "AT+FCLASS=1|AT+FTM=?|AT+FRM=?|AT+FTH=?|AT+FTS=?|AT+FRS=?|AT+FAR=?|",
			want: "|OK||(96)||OK||(96,145)||OK||(3)||OK||ERROR||ERROR||ERROR|"},
		{name: "parameters", habits: Habits{PowerOn: "E0"},
			typed: "AT+FAR=?;+FCL=?;+FDD=?;+VCID=?;+VDR=?|AT+FAR=1;+FAR?|AT+FAR=2|AT+FCL=-1|AT+FIT=0,1|AT#CID=1;+VCID?|AT+GCI=B5|AT+FAR|",
			want:  "|0,1||0-255||0,1||0,1||0,1||OK||1||OK||ERROR||ERROR||OK||1||OK||OK||ERROR|"},
		{name: "on hook", habits: Habits{PowerOn: "E0"}, typed: "AT+FCLASS=1|AT+FTH=3|AT+FRH=3|AT+FTM=96|AT+FRM=96|AT+FTS=7|AT+FRS=7|",
			want: "|OK|" + strings.Repeat("|ERROR|", 6)},
		{name: "reset", habits: Habits{PowerOn: "E0X3"}, typed: "ATE1+FCLASS=1|ATZ|AT+FCLASS?|", want: "|OK|ATZ<|OK||0||OK|"},
		{name: "reset in the middle", habits: Habits{PowerOn: "E0"}, typed: "ATZS7=5|ATS7?|", want: "|OK||060||OK|"},
		{name: "answers of another modem", habits: Habits{PowerOn: "E0", Spelling: map[string]string{"ERROR": "COMMAND ERROR"}},
			typed: "ATU|", want: "|COMMAND ERROR|"},
		{name: "chatter", habits: Habits{PowerOn: "E0", Chatter: "RING"}, typed: "AT|", want: "|RING||OK|"},
		{name: "nonsense", habits: Habits{PowerOn: "E0", Nonsense: true}, typed: "AT|", want: "|\x8f\x00?%|"},
		{name: "mute", habits: Habits{PowerOn: "E0", MuteFrom: 2}, typed: "AT|AT|AT|", want: "|OK|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				h := plug(t, x.Modem(Station{Number: "101"}, c.habits))
				h.write([]byte(strings.ReplaceAll(c.typed, "|", "\r"))...)
				h.got(strings.NewReplacer("|", "\r\n", "<", "\r").Replace(c.want))
			})
		})
	}
}
