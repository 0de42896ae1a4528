package text

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"faxbox/fax"
	"faxbox/fax/queue"
)

func catalog(t *testing.T) Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLanguagesSayTheSame(t *testing.T) {
	c := catalog(t)
	base := c[0]
	for _, l := range c[1:] {
		for key, text := range base.texts {
			other, ok := l.texts[key]
			if !ok {
				t.Errorf("%s has no %s", l.Tag, key)
				continue
			}
			if want, got := Placeholders(text), Placeholders(other); !slices.Equal(want, got) {
				t.Errorf("%s: %s has the placeholders %q, want %q", l.Tag, key, got, want)
			}
		}
		for key := range l.texts {
			if !base.Has(key) {
				t.Errorf("%s has %s, which nobody says", l.Tag, key)
			}
		}
	}
}

func TestCountsHaveBothForms(t *testing.T) {
	base := catalog(t)[0]
	for _, key := range base.Keys() {
		if one, ok := strings.CutSuffix(key, ".one"); ok && !base.Has(one+".other") {
			t.Errorf("%s.other is missing", one)
		}
	}
}

// What the server says to the office is said again in every language.
func TestServerSentencesAreKnown(t *testing.T) {
	var sentences []string
	for _, c := range fax.Causes() {
		sentences = append(sentences, c.Sentence(), c.Hint())
	}
	for r := queue.ForResume; r.String() != ""; r++ {
		sentences = append(sentences, r.String())
	}
	for bit := range 24 {
		sentences = append(sentences, fax.DeviceStatus(0x20000000|1<<bit).String())
	}
	for _, l := range catalog(t)[1:] {
		for _, s := range sentences {
			if l.Said(s) == s {
				t.Errorf("%s does not know %q", l.Tag, s)
			}
		}
	}
}

func TestSaid(t *testing.T) {
	de := catalog(t).Choose("de", "")
	for english, want := range map[string]string{
		"":                                     "",
		"Ready to send and receive.":           "Bereit zum Senden und Empfangen.",
		"Dialling +49 30 1234.":                "Wählt +49 30 1234.",
		"Sending page 2 of 5 to 100.":          "Sendet Seite 2 von 5 an 100.",
		"A call from a withheld number rings.": "Ein Anruf von einer unterdrückten Nummer klingelt.",
		"Line 1: the modem is not there.":      "Line 1: das Modem ist nicht da.",
		"is 120, more than 99":                 "ist 120, mehr als 99",
		"what nobody has ever said":            "what nobody has ever said",
		"{who} calls.":                         "{who} ruft an.",
		"Nothing answers at mail.example.com.": "Unter mail.example.com antwortet nichts.",
		"A fax waits: to send by mail did not work. Nothing answers at 127.0.0.1, port 1.": "Ein Fax wartet: Per Mail senden gelang nicht. " +
			"Unter 127.0.0.1, Port 1 antwortet nichts.",
		"The connection was lost. Try again.":  "Die Verbindung brach ab. Versuchen Sie es noch einmal.",
		"The connection was lost. Well. Wait.": "Die Verbindung brach ab. Well. Wait.",
	} {
		if got := de.Said(english); got != want {
			t.Errorf("%q: %q, want %q", english, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	c := catalog(t)
	for _, row := range []struct{ wish, accept, want string }{
		{"", "", "en"}, {"de", "en", "de"}, {"", "de-AT,de;q=0.9,en;q=0.8", "de"}, {"", "fr,en;q=0.5,de;q=0.7", "de"},
		{"", "de;q=0,en", "en"}, {"xx", "pt", "en"}, {"", ";;;,=,q", "en"}, {"", "DE", "de"}, {"", "de;q=x, en;q=0.1", "en"},
	} {
		if got := c.Choose(row.wish, row.accept).Tag; got != row.want {
			t.Errorf("%q, %q: %s, want %s", row.wish, row.accept, got, row.want)
		}
	}
}

func TestCount(t *testing.T) {
	en := catalog(t).Choose("en", "")
	for n, want := range map[int]string{0: "0 pages", 1: "one page", 2: "2 pages"} {
		if got := en.Count("pages", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := en.Say("no.such.key"); got != "[no.such.key]" {
		t.Errorf("an unknown key is said as %q", got)
	}
}

func TestLoadTellsWhereAFileIsWrong(t *testing.T) {
	for name, row := range map[string]struct{ content, want string }{
		"no equals sign": {"a = b\nnonsense\n", "en.txt:2"},
		"twice":          {"a = b\na = c\n", "en.txt:2"},
		"no key":         {" = b\n", "en.txt:1"},
	} {
		_, err := load(fstest.MapFS{"en.txt": {Data: []byte(row.content)}})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	if _, err := load(fstest.MapFS{"de.txt": {Data: []byte("a = b\n")}}); err == nil {
		t.Error("nobody misses the base language")
	}
}

// What the server says in one way is said in one way: Said cannot tell which of two texts was meant.
func TestSaidOnce(t *testing.T) {
	c := catalog(t)
	for _, l := range c[1:] {
		again := map[string]string{}
		for _, key := range c[0].Keys() {
			english := c[0].texts[key]
			if before, ok := again[english]; strings.HasPrefix(key, said) && ok && before != l.texts[key] {
				t.Errorf("%s says %q for %q, and %q", l.Tag, l.texts[key], english, before)
			}
			if strings.HasPrefix(key, said) {
				again[english] = l.texts[key]
			}
		}
	}
}

// Whatever somebody calls themselves, recognising a sentence ends and loses nothing that it does not know.
func FuzzSaid(f *testing.F) {
	for _, s := range []string{"Sending page 1 of 2 to x.", "{", "{}", " calls.", "is , more than ", "A call from A call from x rings. rings."} {
		f.Add(s)
	}
	c, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	de := c.Choose("de", "")
	f.Fuzz(func(t *testing.T, english string) {
		if got := de.Said(english); got == "" && english != "" {
			t.Errorf("%q became nothing", english)
		}
	})
}
