package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"faxbox/fax"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/browser"
)

// measure is what is measured.
type measure struct {
	messages, times int
	results         []result
	screen          []time.Duration // from a change to the screen
	moved           float64         // layout shift while the page followed changes
}

// result is what was found of a page.
type result struct {
	page     string
	document int             // octets, compressed
	weight   int             // of it and all that it needs to be shown
	parts    int             // how many these are
	server   []time.Duration // for the page
	shift    float64         // cumulative layout shift
}

// signIn is a client with a session.
func signIn(ctx context.Context, root string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar}
	form := url.Values{"name": {name}, "password": {password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, root+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/" {
		return nil, fmt.Errorf("signing in: %s at %s", answer.Status, answer.Request.URL)
	}
	return client, nil
}

// needed are the addresses of what a page needs: its style, scripts and pictures. What comes when one scrolls does not count.
var needed = regexp.MustCompile(`<(?:script|img|link|use)\b[^>]*?(?:href|src)="([^"#]+)[^>]*>`)

// load weighs a page, and times it.
func (m *measure) load(ctx context.Context, client *http.Client, root string, r *result) error {
	if r.page == "/login" {
		client = &http.Client{}
	}
	var text string
	for range m.times {
		begun := time.Now()
		octets, body, err := get(ctx, client, root+r.page)
		if err != nil {
			return err
		}
		r.server = append(r.server, time.Since(begun))
		r.document, text = octets, body
	}
	r.weight = r.document
	seen := map[string]bool{}
	for _, found := range needed.FindAllStringSubmatch(text, -1) {
		if seen[found[1]] || strings.Contains(found[0], `loading="lazy"`) {
			continue
		}
		seen[found[1]] = true
		octets, _, err := get(ctx, client, root+strings.ReplaceAll(found[1], "&amp;", "&"))
		if err != nil {
			return err
		}
		r.weight += octets
		r.parts++
	}
	return nil
}

// get is how many octets come over the network, and what they are.
func get(ctx context.Context, client *http.Client, address string) (octets int, text string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, "", fmt.Errorf("%s: %s", address, answer.Status)
	}
	packed, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err
	}
	plain, err := unpacked(packed, answer.Header.Get("Content-Encoding"))
	return len(packed), plain, err
}

// shifts sums up what has jumped on the page so far. Whoever typed or clicked expects it, that does not count.
const shifts = `new Promise(done => {
	let sum = 0;
	new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({type: 'layout-shift', buffered: true});
	setTimeout(() => done(sum), 500);
})`

// look opens the pages in a browser.
func (m *measure) look(ctx context.Context, box *rig.Box, b *browser.Browser, root string) error {
	p, err := b.Page(root, browser.Look{Width: 1440, Height: 900})
	if err != nil {
		return err
	}
	defer p.Close()
	for i := range m.results {
		r := &m.results[i]
		if err := p.Go(r.page); err != nil {
			return err
		}
		if r.shift, err = browser.Eval[float64](p, shifts); err != nil {
			return err
		}
		if r.page != "/login" {
			continue
		}
		if err := p.Type("[name=name]", name); err != nil {
			return err
		}
		if err := p.Type("[name=password]", password); err != nil {
			return err
		}
		if err := p.Follow("form[action='/login'] button"); err != nil {
			return err
		}
	}
	return m.follow(ctx, box, p)
}

// follow changes the name of a line, again and again, and notes when the page shows it.
func (m *measure) follow(ctx context.Context, box *rig.Box, p *browser.Page) error {
	if err := p.Go("/"); err != nil {
		return err
	}
	time.Sleep(time.Second) // the page listens
	for n := range m.times {
		name := fmt.Sprintf("Line %d", 1000+n) // as wide as any other
		_, err := browser.Eval[bool](p, fmt.Sprintf(`(() => {
			const shown = () => document.querySelector('article')?.textContent.includes(%q);
			window.appeared = new Promise(done => new MutationObserver((_, me) => {
				if (shown()) { me.disconnect(); requestAnimationFrame(() => done(Date.now())); }
			}).observe(document.body, {childList: true, subtree: true, characterData: true}));
			return true })()`, name))
		if err != nil {
			return err
		}
		begun := time.Now().UnixMilli()
		if err := box.Do(ctx, http.MethodPatch, "/ports/1", fax.PortPatch{Name: &name}, nil); err != nil {
			return err
		}
		at, err := browser.Eval[float64](p, "Promise.race([appeared, new Promise(done => setTimeout(() => done(0), 10000))])")
		if err != nil {
			return err
		}
		if at == 0 {
			return fmt.Errorf("%q does not appear on the page", name)
		}
		m.screen = append(m.screen, time.Duration(int64(at)-begun)*time.Millisecond)
		time.Sleep(300 * time.Millisecond) // a page that has just looked waits a moment
	}
	var err error
	m.moved, err = browser.Eval[float64](p, shifts)
	return err
}

// median is the middle one.
func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// print writes what was measured, and tells whether it keeps to the budget. Of times it is the median that counts, or the
// figures were those of whatever else the machine does.
func (m *measure) print(w io.Writer) bool {
	good := true
	mark := func(ok bool) string {
		if ok {
			return ""
		}
		good = false
		return "  OVER"
	}
	fmt.Fprintf(w, "%d faxes in the archive\n\n", m.messages)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "page\tkB\tkB with all parts\tparts\tserver ms\tworst\tshift\t")
	for _, r := range m.results {
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%d\t%.1f\t%.1f\t%.4f\t%s\n", r.page, float64(r.document)/1000, float64(r.weight)/1000, r.parts,
			ms(median(r.server)), ms(slices.Max(r.server)), r.shift, mark(r.weight < maxWeight && median(r.server) < maxServer && r.shift < maxShift))
	}
	_ = t.Flush() // to a terminal
	fmt.Fprintf(w, "\nfrom a change to the screen: %.0f ms, at worst %.0f%s\n", ms(median(m.screen)), ms(slices.Max(m.screen)), mark(median(m.screen) < maxScreen))
	fmt.Fprintf(w, "what moved by %d changes: %.4f%s\n", len(m.screen), m.moved, mark(m.moved < maxShift))
	fmt.Fprintf(w, "budget: %d kB, %.0f ms, %.0f ms, %v\n", maxWeight/1000, ms(maxServer), ms(maxScreen), maxShift)
	return good
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
