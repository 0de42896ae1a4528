package fax

import (
	"strings"
	"testing"
)

// Every cause has a name of its own, a sentence and a hint, and the set is closed.
func TestCauses(t *testing.T) {
	seen := map[string]Cause{}
	for _, c := range Causes() {
		name := c.String()
		if name == "" || strings.ToLower(name) != name || strings.Contains(name, " ") {
			t.Errorf("cause %d is named %q", c, name)
		}
		if before, ok := seen[name]; ok {
			t.Errorf("%q is cause %d and cause %d", name, before, c)
		}
		seen[name] = c
		for _, language := range Languages() {
			in := c.In(language)
			for _, s := range []string{in.Sentence, in.Hint} {
				if !strings.HasSuffix(s, ".") || strings.ToUpper(s[:1]) != s[:1] {
					t.Errorf("%s: %q is no sentence", name, s)
				}
			}
			if language != "en" && (in.Sentence == c.Sentence() || in.Hint == c.Hint()) {
				t.Errorf("%s is told in %s in English", name, language)
			}
		}
	}
	if got := Cause(200).String(); got != Unknown.String() {
		t.Errorf("a number that is no cause is called %q", got)
	}
}
