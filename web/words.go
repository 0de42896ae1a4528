package web

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/web/text"
)

//go:embed page/*.html
var pageFiles embed.FS

// parse reads the templates. Nothing is shown by them: speak makes copies that have the words of a language.
func (s *site) parse() (*template.Template, error) {
	return template.New("").Funcs(s.functions(words{zone: time.UTC})).ParseFS(pageFiles, "page/*.html")
}

// functions are what templates can call.
func (s *site) functions(w words) template.FuncMap {
	return template.FuncMap{
		"t": w.Say, "count": w.Count, "said": w.Said, "has": w.Has,
		"when": w.when, "clock": w.clock, "day": w.day, "stamp": w.stamp, "moment": w.moment, "lasted": w.lasted, "seconds": seconds,
		"asset": s.assets.path, "icon": s.icon, "size": w.size, "join": strings.Join, "dict": dict, "add": add,
		"language": s.languageName, "iso": iso, "jobtone": jobTone, "jobstate": w.jobState, "known": s.known,
	}
}

// voice is how the pages speak to somebody: in their language, of times in their zone.
type voice struct {
	words
	pages *template.Template
}

// voices are those that were needed so far.
type voices struct {
	site   *site
	master *template.Template // never shown

	mu  sync.Mutex
	all map[voiceKey]*voice
}

type voiceKey struct{ language, zone string }

// mostVoices is how many are kept: an office has people in few zones, and each voice takes about a megabyte.
const mostVoices = 8

// speak is the voice for a language and a zone, by its name; where the name is not known here, the other zone's.
func (vs *voices) speak(l *text.Language, zone string, other *time.Location) (*voice, error) {
	loc := other
	if zone != "" {
		if found, err := time.LoadLocation(zone); err == nil {
			loc = found
		}
	}
	key := voiceKey{l.Tag, loc.String()}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if v := vs.all[key]; v != nil {
		return v, nil
	}
	pages, err := vs.master.Clone()
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	v := &voice{words: words{l, loc}}
	v.pages = pages.Funcs(vs.site.functions(v.words))
	if len(vs.all) >= mostVoices {
		clear(vs.all) // whoever is there makes theirs again
	}
	vs.all[key] = v
	return v, nil
}

// words are how a language writes what is no text: times, lengths, sizes.
type words struct {
	*text.Language
	zone *time.Location // of whoever reads
}

// iso is a moment for programs.
func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// clock is the time of day.
func (w words) clock(t time.Time) string { return t.In(w.zone).Format("15:04") }

// day is a date, as short as it can be told from today's.
func (w words) day(t time.Time) string {
	t, now := t.In(w.zone), time.Now().In(w.zone)
	switch days := dayNumber(now) - dayNumber(t); {
	case days == 0:
		return w.Say("time.today")
	case days == 1:
		return w.Say("time.yesterday")
	case days == -1:
		return w.Say("time.tomorrow")
	case t.Year() == now.Year():
		return w.Say("time.day", "weekday", w.weekday(t), "day", t.Day(), "month", w.month(t))
	}
	return w.Say("time.date", "day", t.Day(), "month", w.month(t), "year", t.Year())
}

// dayNumber counts days; two moments of one day, in their own zone, have the same.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (w words) weekday(t time.Time) string { return w.Say(fmt.Sprintf("weekday.%d", t.Weekday())) }
func (w words) month(t time.Time) string   { return w.Say(fmt.Sprintf("month.%d", t.Month())) }

// when is a moment as an element of the page: today only the time of day.
func (w words) when(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return w.element(t, w.moment(t))
}

// moment is a moment in words: today only the time of day.
func (w words) moment(t time.Time) string {
	if dayNumber(t.In(w.zone)) == dayNumber(time.Now().In(w.zone)) {
		return w.clock(t)
	}
	return w.Say("time.at", "day", w.day(t), "clock", w.clock(t))
}

// stamp is a moment in full.
func (w words) stamp(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = t.In(w.zone)
	return w.element(t, w.Say("time.stamp", "weekday", w.weekday(t), "day", t.Day(), "month", w.month(t), "year", t.Year(),
		"clock", t.Format("15:04:05")))
}

func (w words) element(t time.Time, label string) template.HTML {
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, iso(t), template.HTMLEscapeString(label)))
}

// lasted is a length of time: 0:07, 12:31, 1:02:03.
func (w words) lasted(s fax.Seconds) string {
	n := int(s)
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

func seconds(d time.Duration) fax.Seconds { return fax.SecondsOf(d) }

// size is a number of octets.
func (w words) size(n int64) string {
	switch {
	case n >= 10<<20:
		return w.Say("size.mb", "n", n>>20)
	case n >= 1<<10:
		return w.Say("size.kb", "n", n>>10)
	}
	return w.Say("size.octets", "n", n)
}

// icon is a picture of the file of icons.
func (s *site) icon(name any) (template.HTML, error) {
	file, err := s.assets.path("icons.svg")
	return template.HTML(fmt.Sprintf(`<svg class="icon" aria-hidden="true"><use href="%s#%v"/></svg>`, file, name)), err
}

// jobState is what the office calls the state of a job.
func (w words) jobState(s fax.QueueStatus) string {
	return w.Say("job.state." + strings.ReplaceAll(strings.ToLower(s.String()), " ", "-"))
}

// known is what the address book calls a number, or a station that calls itself by one; empty: it is not there.
func (s *site) known(number any) string { return s.Server.NameOf(fmt.Sprint(number)) }

// languageName is what a language calls itself.
func (s *site) languageName(tag string) string {
	return s.languages.Choose(tag, "").Say("language.name")
}

// dict gives a template several values: name, value, name, value.
func dict(values ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(values); i += 2 {
		m[fmt.Sprint(values[i])] = values[i+1]
	}
	return m
}

func add(a, b int) int { return a + b }
