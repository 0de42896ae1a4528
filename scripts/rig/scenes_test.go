package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/tiff"
)

// scenes are the calls that the matrix does not have.
func scenes() []scene {
	return slices.Concat(peers(), polling(), long(), stations(), cuts(), manners(), badLines(), stalls())
}

// letter is rows lines of a letter, from its text on; n makes a page differ from others.
func letter(r raster.Resolution, rows, n int) *raster.Page {
	p := sample.Letter(r)
	return Crop(p, p.Height/8+n*p.Height/100, rows)
}

// send sends pages, each a file of its own, to the machine, and wants them there.
func (l line) send(pages []*raster.Page, args ...string) *Call {
	l.Helper()
	o := l.run("send", slices.Concat(args, []string{l.machineNumber()}, l.files(pages))...)
	l.delivered(o)
	c := l.call(l.modem())
	l.same(o, pages, l.stored(c))
	return c
}

// files writes each page to a file of its own.
func (l line) files(pages []*raster.Page) []string {
	l.Helper()
	var files []string
	for n, p := range pages {
		files = append(files, l.document(fmt.Sprintf("page%d.tif", n+1), p))
	}
	return files
}

// take lets the machine send pages, and wants them here. Keys are the machine's for this call.
func (l line) take(pages []*raster.Page, keys ...string) *Call {
	l.Helper()
	doc := l.document("sent.tif", pages...)
	o := l.receive(func() { l.control(append([]string{"send", l.machine(), l.modemNumber(), doc}, keys...)...) })
	l.delivered(o)
	l.same(o, pages, o.File)
	return l.call(l.machine())
}

// peers are calls from faxbox to faxbox.
func peers() []scene {
	pages := []*raster.Page{letter(raster.Fine, 300, 0), letter(raster.Fine, 200, 3)}
	call := func(l line, sender, receiver []string) {
		peer := l
		peer.id += peerOffset
		peer.dir = l.TempDir()
		var sent Outcome
		doc := l.document("sent.tif", pages...)
		done := make(chan struct{})
		got := peer.receive(func() {
			go func() {
				defer close(done)
				sent = l.run("send", append(sender, peer.modemNumber(), doc)...)
			}()
		}, receiver...)
		<-done
		l.delivered(sent)
		peer.delivered(got)
		l.same(got, pages, got.File)
	}
	return []scene{
		{"faxbox to faxbox/ECM", nil, func(l line) { call(l, []string{"--tsid", "+49 30 1"}, []string{"--csid", "+49 30 2"}) }},
		{"faxbox to faxbox/no ECM", nil, func(l line) { call(l, []string{"--ecm=false"}, nil) }},
		{"faxbox to faxbox/receiver without ECM", nil, func(l line) { call(l, nil, []string{"--ecm=false"}) }},
		{"faxbox to faxbox/2400", nil, func(l line) { call(l, nil, []string{"--rate=2400"}) }},
	}
}

// peerOffset is between the number of a call and that of the second modem of a call from faxbox to faxbox.
const peerOffset = 500

// polling is fetching, both ways.
func polling() []scene {
	pages := []*raster.Page{letter(raster.Fine, 250, 0), letter(raster.Fine, 250, 2)}
	fetch := func(l line, args ...string) Outcome {
		doc := l.document("offered.tif", pages...)
		l.control("set", l.machine(), "pollfile="+doc)
		return l.run("fetch", append(args, "--dir", l.dir, l.machineNumber())...)
	}
	offer := func(l line, keys []string, args ...string) Outcome {
		doc := l.document("offered.tif", pages...)
		return l.receive(func() { l.control(append([]string{"poll", l.machine(), l.modemNumber()}, keys...)...) },
			append(args, "--poll", doc)...)
	}
	fetched := func(l line, o Outcome) {
		l.delivered(o)
		l.same(o, pages, o.File)
	}
	given := func(l line, o Outcome) {
		l.delivered(o)
		l.same(o, pages, l.stored(l.call(l.machine())))
	}
	return []scene{
		{"polling/we fetch/ECM", nil, func(l line) { fetched(l, fetch(l, "--csid", "+49 30 1")) }},
		{"polling/we fetch/no ECM", nil, func(l line) { fetched(l, fetch(l, "--ecm=false")) }},
		{"polling/we fetch/nothing there", nil, func(l line) {
			l.failed(l.run("fetch", "--dir", l.dir, l.machineNumber()), "nothing-to-poll")
		}},
		{"polling/we offer/ECM", nil, func(l line) { given(l, offer(l, nil)) }},
		{"polling/we offer/no ECM", []string{"ecm=0"}, func(l line) { given(l, offer(l, nil)) }},
		{"polling/we offer/password", nil, func(l line) { given(l, offer(l, []string{"pwd=4711"}, "--password", "4711")) }},
		{"polling/we offer/wrong password", nil, func(l line) {
			l.failed(offer(l, []string{"pwd=1234"}, "--password", "4711"), "wrong-password")
		}},
	}
}

// long is thirty pages, and pages of two resolutions in one call.
func long() []scene {
	var thirty []*raster.Page
	for n := range 30 {
		thirty = append(thirty, letter(raster.Standard, 60, n))
	}
	mixed := []*raster.Page{letter(raster.Standard, 200, 0), letter(raster.Fine, 250, 2), letter(raster.Standard, 150, 4)}
	eom := func(l line, c *Call) {
		l.Helper()
		if got := c.said("EOM"); got != 2 {
			l.Errorf("EOM was said %d times, want 2", got)
		}
	}
	return []scene{
		{"thirty pages/send/ECM", nil, func(l line) { l.sendFile(thirty) }},
		{"thirty pages/send/no ECM", []string{"ecm=0"}, func(l line) { l.sendFile(thirty) }},
		{"thirty pages/receive/ECM", nil, func(l line) { l.take(thirty) }},
		{"thirty pages/receive/no ECM", []string{"ecm=0"}, func(l line) { l.take(thirty) }},
		{"EOM/send/ECM", nil, func(l line) { eom(l, l.send(mixed)) }},
		{"EOM/send/no ECM", []string{"ecm=0"}, func(l line) { eom(l, l.send(mixed)) }},
		{"EOM/receive/ECM", nil, func(l line) { eom(l, l.take(mixed)) }},
		{"EOM/receive/no ECM", []string{"ecm=0"}, func(l line) { eom(l, l.take(mixed)) }},
	}
}

// sendFile sends pages in one file to the machine, and wants them there.
func (l line) sendFile(pages []*raster.Page, args ...string) *Call {
	l.Helper()
	return l.arrived(l.run("send", append(args, l.machineNumber(), l.document("sent.tif", pages...))...), pages)
}

// arrived fails the test unless the machine has these pages of the last call.
func (l line) arrived(o Outcome, pages []*raster.Page) *Call {
	l.Helper()
	l.delivered(o)
	c := l.call(l.modem())
	l.same(o, pages, l.stored(c))
	return c
}

// said counts how often a frame of this name, or a PPS with it, was said in a call.
func (c *Call) said(name string) (n int) {
	for _, s := range c.Signals {
		for _, f := range s.Frames {
			if f.Name == name || f.Name == "PPS" && len(f.Data) > 3 && fcf2[f.Data[3]&^1] == name {
				n++
			}
		}
	}
	return n
}

var fcf2 = map[byte]string{0x8E: "EOM", 0x4E: "MPS", 0x2E: "EOP"}

// stations are the numbers where no fax machine answers.
func stations() []scene {
	page := letter(raster.Standard, 60, 0)
	dial := func(l line, causes ...string) {
		l.failed(l.run("send", l.machineNumber(), l.document("sent.tif", page)), causes...)
	}
	return []scene{
		{"stations/busy", []string{"mode=busy"}, func(l line) { dial(l, "busy") }},
		{"stations/no answer", []string{"mode=noanswer"}, func(l line) { dial(l, "no-answer") }},
		{"stations/no fax", []string{"mode=silent", "talk=100"}, func(l line) { dial(l, "no-fax") }},
		{"stations/voice", []string{"mode=voice", "talk=100"}, func(l line) { dial(l, "no-fax") }},
		{"stations/voice hangs up", []string{"mode=voice", "talk=5"}, func(l line) { dial(l, "no-fax") }},
		{"stations/no dial tone", nil, func(l line) {
			l.control("set", l.modem(), "dead=1")
			dial(l, "no-dial-tone")
		}},
		{"stations/a voice calls us", nil, func(l line) {
			l.failed(l.receive(func() { l.control("call", l.machine(), l.modemNumber(), "talk=100") }), "no-fax", "no-command")
		}},
		{"stations/a caller who hangs up", nil, func(l line) {
			l.failed(l.receive(func() { l.control("call", l.machine(), l.modemNumber(), "talk=3") }), "no-fax", "no-command", "nothing-sent")
		}},
	}
}

// cuts are lines that go dead in mid-page.
func cuts() []scene {
	pages := []*raster.Page{letter(raster.Fine, 150, 0), sample.Dense(raster.Fine)}
	var all []scene
	for _, ecm := range []string{"ecm=1", "ecm=0"} {
		all = append(all,
			scene{"cut/send/" + ecm, []string{ecm}, func(l line) {
				l.control("impair", l.modem(), "cut=28")
				o := l.run("send", l.machineNumber(), l.document("sent.tif", pages...))
				l.failed(o, "not-confirmed", "no-response", "line-dropped")
				if o.Confirmed != 1 || o.Pages != 2 {
					l.Errorf("%d of %d pages confirmed, want 1 of 2", o.Confirmed, o.Pages)
				}
			}},
			scene{"cut/receive/" + ecm, []string{ecm}, func(l line) {
				l.control("impair", l.modem(), "cut=28")
				doc := l.document("sent.tif", pages...)
				o := l.receive(func() { l.control("send", l.machine(), l.modemNumber(), doc) })
				l.failed(o, "no-command", "line-dropped")
				if err := partial(pages, o.File); err != nil {
					l.explain(o)
					l.Error(err)
				}
			}})
	}
	return all
}

// partial is nil when a file holds the first page whole and the second in part, marked so.
func partial(sent []*raster.Page, file string) error {
	got, err := ReadDocument(file)
	if err != nil {
		return err
	}
	if len(got) != 2 {
		return fmt.Errorf("%d pages kept, want one and a part", len(got))
	}
	if err := samePage(sent[0], got[0]); err != nil {
		return fmt.Errorf("the first page: %w", err)
	}
	if got[1].Height < 100 || got[1].Height >= sent[1].Height {
		return fmt.Errorf("%d of %d lines of the second page kept", got[1].Height, sent[1].Height)
	}
	// The last line may have been damaged by the end of the carrier, and repaired.
	if err := samePage(Crop(sent[1], 0, got[1].Height-2), Crop(got[1], 0, got[1].Height-2)); err != nil {
		return fmt.Errorf("the part: %w", err)
	}
	return marked(file)
}

// marked is nil when the second page of a file is said to be incomplete, and the first is not.
func marked(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	doc, err := tiff.Open(f, info.Size())
	if err != nil {
		return err
	}
	for n, want := range []bool{false, true} {
		i, err := doc.Info(n)
		if err != nil {
			return err
		}
		if got := i.Description != ""; got != want {
			return fmt.Errorf("page %d of the file is described by %q", n+1, i.Description)
		}
	}
	return nil
}

// manners are machines that behave oddly, and addresses.
func manners() []scene {
	pages := []*raster.Page{letter(raster.Fine, 150, 0), letter(raster.Fine, 150, 2)}
	some := func(l line) {
		o := l.run("send", l.machineNumber(), l.document("sent.tif", pages...))
		if o.Exit != 1 || o.Confirmed > 1 {
			l.explain(o)
			l.Errorf("exit status %d, %d pages confirmed", o.Exit, o.Confirmed)
		}
	}
	return []scene{
		{"manners/not ready twice", []string{"rnr=2"}, func(l line) { l.sendFile(pages) }},
		{"manners/hangs up after a page", []string{"hangupafter=1"}, some},
		{"manners/falls silent after a page", []string{"muteafter=1"}, some},
		{"manners/sender hangs up after a page", nil, func(l line) {
			doc := l.document("sent.tif", pages...)
			o := l.receive(func() { l.control("send", l.machine(), l.modemNumber(), doc, "hangupafter=1") })
			if o.Exit != 1 {
				l.explain(o)
				l.Errorf("exit status %d after half a fax", o.Exit)
			}
		}},
		{"manners/slow printer", []string{"ecm=0", "scanms=20", "comp=mh+mr"}, func(l line) { l.sendFile(pages) }},
		{"manners/talker echo protection", []string{"tep=1"}, func(l line) { l.sendFile(pages) }},
		{"manners/talker echo protection of a sender", []string{"tep=1"}, func(l line) { l.take(pages) }},
		{"manners/NSF", []string{"nsf=b500c20102030405"}, func(l line) { l.sendFile(pages) }},
		{"manners/addresses", nil, func(l line) {
			l.sendFile(pages, "--tsid", "+49 30 1", "--sub", "1234", "--password", "4321")
			l.phaseB(func(e Event) error {
				if e.Ident != "+49 30 1" || e.Sub != "1234" || e.Sid != "4321" {
					return fmt.Errorf("the machine was told TSI %q, SUB %q, SID %q", e.Ident, e.Sub, e.Sid)
				}
				return nil
			})
		}},
	}
}

// phaseB checks what the machine was told before the first page.
func (l line) phaseB(check func(Event) error) {
	l.Helper()
	var err error
	if _, _, missing := l.x.Await(0, time.Second, func(e Event) bool {
		if e.Ev != "phase-b" || e.Ep != l.machine() {
			return false
		}
		err = check(e)
		return err == nil
	}); missing != nil {
		l.Error(errors.Join(missing, err))
	}
}

// badLines are those of the issue: lines on which established fax software gets a page through.
func badLines() []scene {
	page := []*raster.Page{sample.Dense(raster.Fine)}
	on := func(direction func(l line), impairments string) func(l line) {
		return func(l line) {
			l.control("impair", l.modem(), impairments, "seed=7")
			direction(l)
		}
	}
	send := func(l line) { l.sendFile(page) }
	receive := func(l line) { l.take(page) }
	// A burst on the wrong command makes the machine begin anew and hang up: the number is dialled again then, once.
	bursts := func(l line) {
		var o Outcome
		for _, first := range []string{"21", "20"} {
			l.control("impair", l.modem(), "gain=-10 dropnoise=1 drop="+first+":80:7", "seed=7")
			if o = l.run("send", l.machineNumber(), l.document("sent.tif", page...)); o.Exit == 0 {
				break
			}
			l.explain(o)
		}
		l.arrived(o, page)
	}
	return []scene{
		{"bad lines/send/bursts", nil, bursts},
		{"bad lines/send/A-law and delay", nil, on(send, "codec=alaw delay=120")},
		{"bad lines/receive/noise", nil, on(receive, "gain=-10 snr=24")},
		{"bad lines/receive/random bursts", nil, on(receive, "gain=-10 droprandom=6:60 dropnoise=1")},
	}
}

// stalls are calls in which our computer stops now and then for longer than a turn-round. Pages may fail then, but what the
// sender was told is delivered must be.
func stalls() []scene {
	var ten []*raster.Page
	for n := range 10 {
		ten = append(ten, letter(raster.Standard, 60, n))
	}
	receive := func(l line) {
		r := l.receiver()
		l.control("send", l.machine(), l.modemNumber(), l.document("sent.tif", ten...))
		over := make(chan Outcome)
		go func() {
			o, err := r.Wait()
			if err != nil {
				l.Error(err)
			}
			over <- o
		}()
		random := rand.New(rand.NewPCG(63, uint64(l.id)))
		for {
			select {
			case o := <-over:
				l.kept(o, ten)
				return
			case <-time.After(time.Duration(random.IntN(4000)) * time.Millisecond):
				_ = r.Stall(time.Duration(100+random.IntN(1400)) * time.Millisecond) // it may be gone already
			}
		}
	}
	return []scene{
		{"stalls/receive/ECM", nil, receive},
		{"stalls/receive/no ECM", []string{"ecm=0"}, receive},
		{"stalls/receive/no ECM, V.29", []string{"ecm=0", "modems=v27+v29"}, receive},
	}
}

// kept fails the test unless a file has all pages that the machine was told to be delivered.
func (l line) kept(o Outcome, sent []*raster.Page) {
	l.Helper()
	c := l.call(l.machine())
	confirmed := c.Result.PagesTx
	l.Logf("%d of %d pages confirmed", confirmed, len(sent))
	if confirmed == 0 {
		return
	}
	got, err := ReadDocument(o.File)
	if err == nil && len(got) < confirmed {
		err = fmt.Errorf("%d pages confirmed, %d kept", confirmed, len(got))
	}
	if err == nil {
		err = Same(sent[:confirmed], got[:confirmed])
	}
	if err != nil {
		l.explain(o)
		l.Error(err)
	}
}

// needsPeer reports whether a scene has two modems.
func (s scene) needsPeer() bool { return strings.HasPrefix(s.name, "faxbox to faxbox/") }
