// Package text holds every word that the pages say: a file for each language, so that another language is another file.
//
// A file has lines of the form
//
//	key = text with {placeholders}
//
// and comments that begin with #. A text that counts something has the keys k.one and k.other. Texts whose key begins
// with said. are what the server says in English: whatever it says is recognised by the English file and said again in
// the other language.
package text

import (
	"bufio"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
)

//go:embed *.txt
var files embed.FS

// Base is the language that the server speaks and that every other is translated from.
const Base = "en"

// said is the beginning of the keys of what the server says.
const said = "said."

// Language says everything in one language. It does not change.
type Language struct {
	Tag   string // "de"
	texts map[string]string
	base  *phrases
}

// Catalog are all languages, by tag, Base first.
type Catalog []*Language

// Load reads the languages. An error names file and line.
func Load() (Catalog, error) { return load(files) }

func load(dir fs.FS) (Catalog, error) {
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, err
	}
	var all Catalog
	for _, name := range names {
		texts, err := read(dir, name)
		if err != nil {
			return nil, err
		}
		l := &Language{Tag: strings.TrimSuffix(path.Base(name), ".txt"), texts: texts}
		l.addCauses()
		if l.Tag == Base {
			all = slices.Insert(all, 0, l)
		} else {
			all = append(all, l)
		}
	}
	if len(all) == 0 || all[0].Tag != Base {
		return nil, fmt.Errorf("text: there is no %s.txt", Base)
	}
	base := newPhrases(all[0].texts)
	for _, l := range all {
		l.base = base
	}
	return all, nil
}

func (l *Language) addCauses() {
	for _, c := range fax.Causes() {
		in := c.In(l.Tag)
		l.texts[said+"cause."+c.String()] = in.Sentence
		l.texts[said+"cause."+c.String()+".hint"] = in.Hint
	}
}

func read(dir fs.FS, name string) (map[string]string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	texts := map[string]string{}
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return nil, fmt.Errorf("text: %s:%d: not of the form key = text", name, n)
		}
		if _, twice := texts[key]; twice {
			return nil, fmt.Errorf("text: %s:%d: %s stands there twice", name, n, key)
		}
		texts[key] = strings.TrimSpace(value)
	}
	return texts, s.Err()
}

// Choose is the first language that somebody wants, given a wish of theirs and the Accept-Language header of their
// browser; the base language if there is none.
func (c Catalog) Choose(wish, accept string) *Language {
	for _, tag := range append([]string{wish}, accepted(accept)...) {
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, l := range c {
			if l.Tag == primary {
				return l
			}
		}
	}
	return c[0]
}

// accepted are the languages of an Accept-Language header (RFC 9110, 12.5.4), the best first.
func accepted(header string) []string {
	type wanted struct {
		tag     string
		quality float64
	}
	var list []wanted
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(part, ";")
		w := wanted{strings.TrimSpace(tag), 1}
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			w.quality, _ = strconv.ParseFloat(q, 64) // what is no number is not wanted
		}
		if w.tag != "" && w.quality > 0 {
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, func(a, b wanted) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	tags := make([]string, len(list))
	for i, w := range list {
		tags[i] = w.tag
	}
	return tags
}

// Has reports whether there is a text for a key.
func (l *Language) Has(key string) bool { _, ok := l.texts[key]; return ok }

// Keys are the keys of all texts, sorted.
func (l *Language) Keys() []string {
	keys := make([]string, 0, len(l.texts))
	for key := range l.texts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Say is the text of a key, with values for its placeholders: name, value, name, value. A key without a text is said in
// brackets; tests see to it that no page has one.
func (l *Language) Say(key string, values ...any) string {
	text, ok := l.texts[key]
	if !ok {
		return "[" + key + "]"
	}
	return fill(text, values)
}

func fill(text string, values []any) string {
	if len(values) == 0 {
		return text
	}
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", values[i]), fmt.Sprint(values[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Count is the text of a key for a number, which is its placeholder n.
func (l *Language) Count(key string, n int, values ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return l.Say(key+form, append(values, "n", n)...)
}

// Said says again what the server has said in English, also the parts of it that are texts themselves. What is not known
// stays as it is.
func (l *Language) Said(english string) string {
	if english == "" || l.Tag == Base {
		return english
	}
	key, values := l.base.find(english)
	if key == "" {
		return l.saidInPart(english)
	}
	if n := len(values); n > 0 && stopped(values[n-1]) {
		return l.Said(strings.TrimSuffix(english, ".")) + "."
	}
	for i := 1; i < len(values); i += 2 {
		if part, ok := values[i].(string); ok && len(part) < len(english) {
			values[i] = l.Said(part)
		}
	}
	return l.Say(key, values...)
}

// stopped reports whether a value has taken the full stop of the sentence that it ends: it is no sentence itself.
func stopped(value any) bool {
	text, _ := value.(string)
	first, _ := utf8.DecodeRuneInString(text)
	return strings.HasSuffix(text, ".") && !(unicode.IsUpper(first) && strings.Contains(text, " "))
}

// saidInPart says again what begins with a sentence that is known, each sentence by itself.
func (l *Language) saidInPart(english string) string {
	if first, rest, found := strings.Cut(english, ". "); found && rest != "" {
		if key, _ := l.base.find(first + "."); key != "" {
			return l.Said(first+".") + " " + l.Said(rest)
		}
	}
	return l.saidWhole(english)
}

// saidWhole says again what became a sentence of something that is known, or a part of one: it begins with another letter,
// capital or small, and may end with a full stop.
func (l *Language) saidWhole(english string) string {
	part, ended := strings.CutSuffix(english, ".")
	first, size := utf8.DecodeRuneInString(part)
	for _, text := range []string{part, string(unicode.ToLower(first)) + part[size:], string(unicode.ToUpper(first)) + part[size:]} {
		if text == "" || text == english {
			continue
		}
		if key, _ := l.base.find(text); key != "" {
			again := l.Said(text)
			first, size := utf8.DecodeRuneInString(again)
			again = string(unicode.ToUpper(first)) + again[size:]
			if ended {
				again += "."
			}
			return again
		}
	}
	return english
}
