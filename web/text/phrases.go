package text

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// phrases find the key of what was said.
type phrases struct {
	whole map[string]string // text without placeholders -> key
	parts []phrase          // those with placeholders, those with the most literal text first
}

// phrase is a text with placeholders: literal, name, literal, name, literal.
type phrase struct {
	key   string
	parts []string
}

func newPhrases(texts map[string]string) *phrases {
	p := &phrases{whole: map[string]string{}}
	for _, key := range slices.Sorted(maps.Keys(texts)) { // of two with one text always the same is found
		text := texts[key]
		if !strings.HasPrefix(key, said) {
			continue
		}
		if parts := split(text); len(parts) == 1 {
			p.whole[text] = key
		} else {
			p.parts = append(p.parts, phrase{key, parts})
		}
	}
	slices.SortFunc(p.parts, func(a, b phrase) int {
		return cmp.Or(cmp.Compare(b.literal(), a.literal()), cmp.Compare(a.key, b.key))
	})
	return p
}

// split takes a text apart: what stands at even places is literal, at odd ones a placeholder's name.
func split(text string) []string {
	var parts []string
	for {
		before, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(parts, text)
		}
		parts = append(parts, before, name)
		text = after
	}
}

// Placeholders are the names in a text, sorted.
func Placeholders(text string) []string {
	var names []string
	for i, part := range split(text) {
		if i%2 == 1 {
			names = append(names, part)
		}
	}
	slices.Sort(names)
	return names
}

func (p phrase) literal() int {
	n := 0
	for i := 0; i < len(p.parts); i += 2 {
		n += len(p.parts[i])
	}
	return n
}

// match are the values of the placeholders, if the text is of this form: name, value, name, value.
func (p phrase) match(text string) (values []any, ok bool) {
	rest, ok := strings.CutPrefix(text, p.parts[0])
	if !ok {
		return nil, false
	}
	for i := 1; i < len(p.parts); i += 2 {
		name, next := p.parts[i], p.parts[i+1]
		at := strings.Index(rest, next)
		if last := i+2 == len(p.parts); last {
			at = len(rest) - len(next)
			if at < 0 || rest[at:] != next {
				return nil, false
			}
		}
		if at <= 0 {
			return nil, false
		}
		values = append(values, name, rest[:at])
		rest = rest[at+len(next):]
	}
	return values, true
}

// find is the key of what was said, and the values in it; an empty key if nobody knows it.
func (p *phrases) find(english string) (key string, values []any) {
	if key := p.whole[english]; key != "" {
		return key, nil
	}
	for _, phrase := range p.parts {
		if values, ok := phrase.match(english); ok {
			return phrase.key, values
		}
	}
	return "", nil
}
