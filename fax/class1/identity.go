package class1

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/t30"
)

// Identity is what a modem says of itself, and what we make of it.
type Identity struct {
	Maker    string        `json:"maker,omitempty"`
	Model    string        `json:"model,omitempty"`
	Revision string        `json:"revision,omitempty"`
	Classes  []string      `json:"classes"`  // as +FCLASS=? lists them
	Class    string        `json:"class"`    // the one we use: 1 or 1.0
	Send     Modulations   `json:"send"`     // +FTM=?
	Receive  Modulations   `json:"receive"`  // +FRM=?
	Adaptive bool          `json:"adaptive"` // +FAR: an unexpected carrier is delivered, not only reported
	CallerID string        `json:"callerId,omitempty"`
	Habits   string        `json:"habits"`  // the row of the table of habits
	Answers  []AnswerGiven `json:"answers"` // everything we asked, for a report
}

// AnswerGiven is a command and what the modem answered, with its result.
type AnswerGiven struct {
	Command string   `json:"command"`
	Answer  []string `json:"answer"`
}

// Modulations is a set of modulations, each with long training, fastest first.
type Modulations []t30.Modulation

// MarshalJSON writes their T.31 numbers.
func (m Modulations) MarshalJSON() ([]byte, error) {
	numbers := []int{}
	for _, n := range m {
		numbers = append(numbers, int(n))
	}
	return json.Marshal(numbers)
}

// identify asks the modem what it is. Every question may be answered by ERROR.
func (m *Modem) identify(ctx context.Context) error {
	m.id = Identity{}
	for n := range 10 {
		if _, err := m.question(ctx, fmt.Sprintf("I%d", n)); err != nil {
			return err
		}
	}
	for _, q := range []struct {
		field    *string
		commands []string
	}{
		{&m.id.Maker, []string{"+FMI?", "+FMFR?", "+GMI"}},
		{&m.id.Model, []string{"+FMM?", "+FMDL?", "+GMM"}},
		{&m.id.Revision, []string{"+FMR?", "+FREV?", "+GMR"}},
	} {
		var err error
		if *q.field, err = m.firstAnswer(ctx, q.commands); err != nil {
			return err
		}
	}
	if err := m.chooseClass(ctx); err != nil {
		return err
	}
	return m.abilities(ctx)
}

// question asks and records. The lines are nil when the answer was ERROR, or none in a second.
func (m *Modem) question(ctx context.Context, command string) ([]string, error) {
	a, err := m.command(ctx, command, time.Second)
	given := AnswerGiven{command, append(slices.Clone(a.Info), a.Final)}
	if err != nil {
		if err = m.recover(ctx, err); err != nil {
			return nil, err
		}
		given.Answer = append(slices.Clone(a.Info), "no answer")
	}
	m.id.Answers = append(m.id.Answers, given)
	if a.Result != at.OK {
		return nil, nil
	}
	if a.Info == nil {
		a.Info = []string{}
	}
	return a.Info, nil
}

func (m *Modem) firstAnswer(ctx context.Context, commands []string) (string, error) {
	for _, c := range commands {
		lines, err := m.question(ctx, c)
		if err != nil {
			return "", err
		}
		if s := strings.Trim(strings.Join(lines, " "), `" `); s != "" {
			return s, nil
		}
	}
	return "", nil
}

// chooseClass settles the class: 1.0 before 1, and also when it is not listed, since some modems hide one or the other.
func (m *Modem) chooseClass(ctx context.Context) error {
	lines, err := m.question(ctx, "+FCLASS=?")
	if err != nil {
		return err
	}
	m.id.Classes = classes(lines)
	m.habits = habitsOf(m.id.everything(), m.opts.USB)
	m.id.Habits = m.habits.Name
	try := []string{"1.0", "1"}
	if m.habits.Class != "" {
		try = []string{m.habits.Class}
	}
	for _, c := range try {
		got, err := m.question(ctx, "+FCLASS="+c)
		if err != nil {
			return err
		}
		if got != nil {
			m.id.Class = c
			return nil
		}
	}
	return ErrNoFax
}

// everything is all that the modem answered, for the search for its habits.
func (id *Identity) everything() string {
	var all []string
	for _, a := range id.Answers {
		all = append(all, a.Answer...)
	}
	return strings.Join(all, "\n")
}

// abilities asks what can only be asked within the fax class.
func (m *Modem) abilities(ctx context.Context) error {
	for _, q := range []struct {
		command string
		take    func(lines []string)
	}{
		{"+FTM=?", func(l []string) { m.id.Send = modulations(l) }},
		{"+FRM=?", func(l []string) { m.id.Receive = modulations(l) }},
		{"+FAR=?", func(l []string) { m.id.Adaptive = slices.Contains(numbers(l), 1) }},
		{"+F34=?", nil},
		{"+VDR=?", nil},
		{"+VCID=?", func(l []string) { m.callerID(l, "+VCID=1") }},
		{"#CID=?", func(l []string) { m.callerID(l, "#CID=1") }},
	} {
		lines, err := m.question(ctx, q.command)
		if err != nil {
			return err
		}
		if q.take != nil && lines != nil {
			q.take(lines)
		}
	}
	if len(m.id.Send) == 0 || len(m.id.Receive) == 0 {
		return fmt.Errorf("it names no rates to send or receive with: %w", ErrNoFax)
	}
	return nil
}

// callerID takes the first command for caller id that the modem admits to.
func (m *Modem) callerID(lines []string, command string) {
	if m.id.CallerID == "" && slices.Contains(numbers(lines), 1) {
		m.id.CallerID = command
	}
}

// classes reads +FCLASS=?: lists with and without parentheses or quotes, and ranges.
func classes(lines []string) []string {
	var list []string
	for _, word := range words(lines) {
		if from, to, ok := strings.Cut(word, "-"); ok {
			a, errA := strconv.Atoi(from)
			b, errB := strconv.Atoi(to)
			for n := a; errA == nil && errB == nil && n <= min(b, 9); n++ {
				list = append(list, strconv.Itoa(n))
			}
			continue
		}
		list = append(list, word)
	}
	return list
}

// modulations reads +FTM=? and +FRM=?.
func modulations(lines []string) Modulations {
	listed := numbers(lines)
	var known Modulations
	for _, n := range t30.Modulations() {
		if slices.Contains(listed, int(n)) {
			known = append(known, n)
		}
	}
	return known
}

// numbers reads lists such as (3,24,48), 3,24,48 and (0-1), up to 255.
func numbers(lines []string) []int {
	var list []int
	for _, word := range words(lines) {
		from, to, ok := strings.Cut(word, "-")
		if !ok {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		for n := a; errA == nil && errB == nil && n <= min(b, 255); n++ {
			list = append(list, n)
		}
	}
	return list
}

// words takes lines apart at everything that parts the members of a list. A name before a colon is left out.
func words(lines []string) []string {
	var all []string
	for _, l := range lines {
		if _, rest, ok := strings.Cut(l, ":"); ok {
			l = rest
		}
		all = append(all, strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(`,() "`, r) })...)
	}
	return all
}
