package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Forms are data: what fields they have, named as the members of the object that they change. Labels are the texts
// field.NAME, what helps to fill one in is field.NAME.help. The object itself says what is wrong with a value.

// Words are the key of a field's texts.
func (in input) Words() string { return "field." + cmp.Or(in.Label, in.Name) }

// kind is what a field is filled in with.
type kind string

const (
	line   kind = "line"
	number kind = "number"
	tick   kind = "tick"
	lines  kind = "lines" // a list, each item on a line of its own
	choice kind = "choice"
	whole  kind = "whole" // a choice of numbers
	period kind = "period"
	secret kind = "secret" // is written and never read; empty: it stays
	prose  kind = "prose"  // several lines of text
	pin    kind = "pin"    // a GPIO line, and whether it is active-low
)

// input is a field.
type input struct {
	Name     string
	Label    string // what its texts are called instead of Name
	Kind     kind
	Min, Max int
	Options  []option
}

// option is one of a choice. The label is a text, or the value itself if there is none.
type option struct{ Value, Label string }

// filled is a field with what stands in it.
type filled struct {
	input
	Value, To string // To: the end of a period
	Ticked    bool   // of a pin: it is active-low
	Fault     string
	Lines     []wire.GPIOLine // that a pin can be; empty: it is written by hand
}

// low stands behind a GPIO line that is active-low.
const low = ",low"

// group is some fields under a heading, the text group.NAME.
type group struct {
	Name   string
	Fields []filled
	Bar    []piece  // a day to be drawn above them; empty: none
	Bare   bool     // of pins: this computer has none
	Sample []string // a header line to be shown above them; nil: none
}

// section names a group's fields.
type section struct {
	name   string
	inputs []input
}

// fill puts the members of an object into fields.
func fill(inputs []input, object any) ([]filled, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	fields := make([]filled, len(inputs))
	for i, in := range inputs {
		fields[i].input = in
		if err := fields[i].set(members[in.Name]); err != nil {
			return nil, fmt.Errorf("field %s: %w", in.Name, err)
		}
	}
	return fields, nil
}

// set puts a member's JSON into the field.
func (f *filled) set(member json.RawMessage) error {
	switch f.Kind {
	case secret:
	case tick:
		return json.Unmarshal(member, &f.Ticked)
	case number, whole:
		f.Value = string(member)
	case lines:
		var items []string
		if err := json.Unmarshal(member, &items); err != nil {
			return err
		}
		f.Value = strings.Join(items, "\n")
	case period:
		var p fax.Period
		if err := json.Unmarshal(member, &p); err != nil {
			return err
		}
		f.Value, f.To = p.Start.String(), p.End.String()
	case pin:
		if err := json.Unmarshal(member, &f.Value); err != nil {
			return err
		}
		f.Value, f.Ticked = strings.CutSuffix(f.Value, low)
	default:
		return json.Unmarshal(member, &f.Value)
	}
	return nil
}

// read takes what was sent for the fields, into them and into a patch of the object. A field that was not sent is not
// changed; a box that is not ticked is sent by its form as another field of its name.
func read[T any](fields []filled, form url.Values) (patch T, err error) {
	members := map[string]any{}
	var faults fax.Invalid
	for i := range fields {
		f := &fields[i]
		values, sent := form[f.Name]
		if !sent || f.Kind == secret && values[0] == "" {
			continue
		}
		value, fault := f.read(values[len(values)-1], form)
		if fault != nil {
			faults = append(faults, *fault)
		}
		members[f.Name] = value
	}
	if len(faults) > 0 {
		return patch, faults
	}
	data, err := json.Marshal(members)
	if err != nil {
		return patch, err
	}
	return patch, json.Unmarshal(data, &patch)
}

// read is the value that was sent, as JSON wants it.
func (f *filled) read(text string, form url.Values) (value any, fault *fax.FieldError) {
	f.Value = strings.TrimSpace(text)
	switch f.Kind {
	case tick:
		f.Ticked = f.Value == "true"
		return f.Ticked, nil
	case number, whole:
		n, err := strconv.Atoi(f.Value)
		if err != nil {
			fault = &fax.FieldError{Field: f.Name, Problem: fmt.Sprintf("is %q, which is no number", f.Value), Hint: "Enter a number."}
		}
		return n, fault
	case lines:
		return split(f.Value), nil
	case prose:
		f.Value = strings.ReplaceAll(f.Value, "\r\n", "\n")
	case secret:
		f.Value = "" // it does not stand in the form again
		return text, nil
	case period:
		f.To = strings.TrimSpace(form.Get(f.Name + ".to"))
		var p fax.Period
		if err := errors.Join(p.Start.UnmarshalText([]byte(f.Value)), p.End.UnmarshalText([]byte(f.To))); err != nil {
			fault = &fax.FieldError{Field: f.Name, Problem: "is no time of day", Hint: "Write it as 21:00."}
		}
		return p, fault
	case pin:
		f.Ticked = form.Get(f.Name+".low") == "true"
		if f.Ticked && f.Value != "" {
			return f.Value + low, nil
		}
	}
	return f.Value, nil
}

// split is a list from a text with an item on each line. It is never nil.
func split(text string) []string {
	items := []string{}
	for item := range strings.Lines(text) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// blame writes what is wrong beside the fields; what belongs to none of them is returned.
func (v *visit) blame(groups []group, invalid fax.Invalid) (rest []string) {
	for _, e := range invalid {
		if f := fieldOf(groups, e.Field); f != nil {
			f.Fault = strings.TrimSpace(upper(v.lang.Said(e.Problem)) + ". " + v.lang.Said(e.Hint))
			continue
		}
		rest = append(rest, v.fault(e))
	}
	return rest
}

func fieldOf(groups []group, name string) *filled {
	for _, g := range groups {
		for i := range g.Fields {
			if g.Fields[i].Name == name {
				return &g.Fields[i]
			}
		}
	}
	return nil
}

// groups are sections filled with the members of an object.
func groups(sections []section, object any) ([]group, error) {
	all := make([]group, len(sections))
	for i, s := range sections {
		fields, err := fill(s.inputs, object)
		if err != nil {
			return nil, err
		}
		all[i] = group{Name: s.name, Fields: fields}
	}
	return all, nil
}

// readGroups is read for all groups of a form.
func readGroups[T any](groups []group, form url.Values) (patch T, err error) {
	var fields []filled
	for _, g := range groups {
		fields = append(fields, g.Fields...)
	}
	patch, err = read[T](fields, form)
	at := 0
	for _, g := range groups { // what was sent stands in the form again
		at += copy(g.Fields, fields[at:])
	}
	return patch, err
}
