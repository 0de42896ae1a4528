package exchange

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are what commands set. They last until ATZ, AT&F or the loss of power.
type settings struct {
	echo, words, quiet bool
	x                  int
	registers          map[int]int
	class              string
	values             map[string]int
}

func (s settings) on(name string) bool { return s.values[name] != 0 }

const (
	registerCarrierWait = 7 // S7: how long to wait for a carrier after dialling, s
	registerComma       = 8 // S8: how long a comma in a number pauses, s
)

func (m *Modem) reset() {
	m.settings = settings{
		echo: true, words: true, x: 4, class: "0",
		registers: map[int]int{registerCarrierWait: 60, registerComma: 2},
		values:    map[string]int{},
	}
	for line := m.habits.PowerOn; ; {
		c, rest, ok := nextCommand(line)
		if !ok || c.name == "" {
			return
		}
		m.perform(c)
		line = rest
	}
}

// idle takes commands.
type idle struct{ m *Modem }

func (idle) sound(sound) {}
func (idle) stop()       {}

// maxLine is the longest command line; V.250 asks for 40 at least.
const maxLine = 256

// take ends at a carriage return, since the command may begin an action that wants what follows.
func (a *idle) take(p []byte) int {
	m := a.m
	end := bytes.IndexByte(p, '\r')
	n := end + 1
	if end < 0 {
		n = len(p)
	}
	if m.settings.echo {
		m.say(slices.Clone(p[:n]), 0)
	}
	for _, c := range p[:n] {
		m.key(c)
	}
	if end >= 0 {
		typed := string(m.line)
		m.line = m.line[:0]
		m.command(typed)
	}
	return n
}

// key adds a character to the command line. What comes before AT does not belong to it.
func (m *Modem) key(c byte) {
	switch {
	case c == '\b' && len(m.line) > 0:
		m.line = m.line[:len(m.line)-1]
		return
	case c < ' ':
		return
	case 'a' <= c && c <= 'z':
		c -= 'a' - 'A'
	}
	switch len(m.line) {
	case 0:
		if c != 'A' {
			return
		}
	case 1:
		if c != 'T' {
			m.line = m.line[:0]
			m.key(c)
			return
		}
	case maxLine:
		return
	}
	m.line = append(m.line, c)
}

// command executes a command line.
func (m *Modem) command(typed string) {
	if !strings.HasPrefix(typed, "AT") {
		return
	}
	if m.x.clock.now.Before(m.answered.Add(m.habits.Recovery)) {
		return
	}
	m.lines++
	switch m.lines {
	case m.habits.MuteFrom:
		m.mute = true
	case m.habits.GoneFrom:
		m.vanish(ErrUnplugged)
		return
	}
	if m.mute {
		return
	}
	if m.habits.Chatter != "" {
		m.indicate(line(m.habits.Chatter))
	}
	if len(typed) >= maxLine {
		m.answer(resultError, 0)
		return
	}
	m.execute(typed[len("AT"):])
}

// outcome is how performing a command went.
type outcome uint8

const (
	done outcome = iota
	failed
	started // an action, which gives the result code when it ends
)

// execute performs commands until one fails or begins an action.
func (m *Modem) execute(line string) {
	for {
		c, rest, ok := nextCommand(line)
		if ok && c.name == "" {
			m.answer(resultOK, 0)
			return
		}
		m.rest = rest
		how := failed
		if ok {
			how = m.perform(c)
		}
		switch how {
		case failed:
			m.rest = ""
			m.answer(resultError, 0)
			return
		case started:
			return
		}
		line = m.rest
		m.rest = ""
	}
}

func (m *Modem) perform(c command) outcome {
	if len(c.name) > 1 && c.name[0] != '&' && c.name[0] != '\\' {
		return m.performExtended(c)
	}
	value, _ := strconv.Atoi(c.arg)
	switch c.name {
	case "E":
		m.settings.echo = value != 0
	case "V":
		m.settings.words = value != 0
	case "Q":
		m.settings.quiet = value != 0
	case "X":
		m.settings.x = value
	case "S":
		return m.register(c)
	case "I":
		return m.identify(value)
	case "H":
		m.ext.hangUp()
	case "Z":
		m.ext.hangUp()
		m.rest = ""
		m.reset()
	case "&F":
		m.reset()
	case "D":
		return m.dialNumber(c.arg)
	case "A":
		return m.answerCall()
	case "B", "C", "L", "M", "N", "P", "T", "W", "Y", "&C", "&D", "&H", "&K", "&S", "&V", "&W", "\\N", "\\Q", "\\V":
		// settings without meaning here
	default:
		return failed
	}
	return done
}

func (m *Modem) register(c command) outcome {
	number, value, _ := strings.Cut(c.arg, "=")
	n, err := strconv.Atoi(number)
	if err != nil || n > 255 {
		return failed
	}
	if c.op == opRead {
		return m.info(fmt.Sprintf("%03d", m.settings.registers[n]))
	}
	v, err := strconv.Atoi(value)
	if err != nil || v > 255 {
		return failed
	}
	m.settings.registers[n] = v
	return done
}

func (m *Modem) identify(n int) outcome {
	text, ok := m.habits.ATI[n]
	if !ok {
		return failed
	}
	return m.info(strings.ReplaceAll(text, "\n", "\r\n"))
}

// parameters are the extended settings that hold one number: the list for =?, and the greatest value.
var parameters = map[string]struct {
	list string
	most int
}{
	"+FAR":  {"0,1", 1},
	"+FCL":  {"0-255", 255},
	"+FDD":  {"0,1", 1},
	"+FIT":  {"0-255", 255},
	"+FPR":  {"0-31", 31},
	"+FLO":  {"0-2", 2},
	"+VCID": {"0,1", 1},
	"+VDR":  {"0,1", 1},
	"+IPR":  {"0,115200", 1 << 30},
}

func (m *Modem) performExtended(c command) outcome {
	switch c.name {
	case "+FCLASS":
		return m.class(c)
	case "+FTS", "+FRS", "+FTM", "+FRM", "+FTH", "+FRH":
		return m.faxAction(c)
	case "+FMI", "+GMI":
		return m.info(m.habits.Maker)
	case "+FMM", "+GMM":
		return m.info(m.habits.Model)
	case "+FMR", "+GMR":
		return m.info(m.habits.Revision)
	case "#CID":
		c.name = "+VCID"
	case "+GCI", "+IFC", "+ILRR":
		return done
	}
	p, ok := parameters[c.name]
	if !ok || c.name == "+FAR" && m.habits.NoFAR {
		return failed
	}
	switch c.op {
	case opTest:
		return m.info(m.list(p.list))
	case opRead:
		return m.info(strconv.Itoa(m.settings.values[c.name]))
	case opSet:
		first, _, _ := strings.Cut(c.arg, ",")
		v, err := strconv.Atoi(first)
		if err != nil || v < 0 || v > p.most {
			return failed
		}
		m.settings.values[c.name] = v
		return done
	}
	return failed
}

// list is a list of parameters as this modem writes it.
func (m *Modem) list(s string) string {
	if m.habits.Parentheses {
		return "(" + s + ")"
	}
	return s
}

func (m *Modem) class(c command) outcome {
	switch c.op {
	case opRead:
		return m.info(m.settings.class)
	case opTest:
		return m.info(m.list(m.habits.Classes))
	case opSet:
		if slices.Contains(strings.Split(m.habits.Classes, ","), c.arg) {
			m.settings.class = c.arg
			return done
		}
	}
	return failed
}

// inFaxClass tells whether the commands of T.31 are taken.
func (m *Modem) inFaxClass() bool { return strings.HasPrefix(m.settings.class, "1") }

// faxAction is a command of T.31 that begins an action: it is the last of its line, but for +FTS and +FRS.
func (m *Modem) faxAction(c command) outcome {
	kind := c.name[len("+F"):]
	if !m.inFaxClass() || kind == "TS" && m.habits.NoFTS || kind == "RS" && m.habits.NoFRS {
		return failed
	}
	if c.op == opTest {
		return m.info(m.list(m.choices(kind)))
	}
	value, err := strconv.Atoi(c.arg)
	if c.op != opSet || err != nil || value < 0 || value > 255 || m.ext.state != talking && m.ext.state != orphaned {
		return failed
	}
	if kind == "TS" || kind == "RS" {
		if m.habits.DropsChain {
			m.rest = ""
		}
		m.pause(kind, time.Duration(value)*10*time.Millisecond)
		return started
	}
	m.rest = ""
	return m.startCarrier(kind, value)
}

// choices is the list of parameters of a T.31 command.
func (m *Modem) choices(kind string) string {
	codes := m.habits.Send
	switch kind {
	case "TS", "RS":
		return "0-255"
	case "TH", "RH":
		return "3"
	case "RM":
		codes = m.habits.Receive
	}
	var list []string
	for _, code := range codes {
		list = append(list, strconv.Itoa(int(code)))
	}
	return strings.Join(list, ",")
}

// v21 is the code of V.21 channel 2, the only one for +FTH and +FRH.
const v21 = 3

// startCarrier begins to send or receive.
func (m *Modem) startCarrier(kind string, value int) outcome {
	code := Modulation(value)
	switch {
	case kind == "TH" && value == v21:
		m.sendFrames()
	case kind == "RH" && value == v21:
		m.receiveFrames()
	case kind == "TM" && slices.Contains(m.habits.Send, code):
		m.sendImage(code)
	case kind == "RM" && slices.Contains(m.habits.Receive, code):
		m.receiveImage(code)
	default:
		return failed
	}
	return started
}

// dialNumber begins a call. Characters that are no digits are dial modifiers; of them only the comma matters here.
func (m *Modem) dialNumber(s string) outcome {
	m.rest = ""
	var number strings.Builder
	pause := time.Duration(0)
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9', c == '*', c == '#':
			number.WriteRune(c)
		case c == ',':
			pause += time.Duration(m.settings.registers[registerComma]) * time.Second
		case c == ';':
			return failed
		}
	}
	if number.Len() == 0 || m.ext.state != onHook && m.ext.state != ringing {
		return failed
	}
	if m.ext.state == ringing {
		m.indicate(m.spell(resultRing)) // glare: a bell that rings cannot be dialled over
		return started
	}
	m.startCall(number.String(), pause)
	return started
}

// answerCall takes the call whose bell rings.
func (m *Modem) answerCall() outcome {
	m.rest = ""
	m.pickUp()
	return started
}
