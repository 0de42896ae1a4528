package server

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/tiff"
)

// text is an uploaded file of the kind that rendertest renders: each line is a page.
func text(name string, lines ...string) File {
	all := strings.Join(lines, "\n")
	return File{Name: name, Content: strings.NewReader(all), Size: int64(len(all))}
}

// shown are the texts on the pages that were queued for a job.
func (b *office) shown(id fax.JobID) string {
	b.Helper()
	f, err := b.store.JobFile(id)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	file, err := tiff.Open(f, info.Size())
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	for n := range file.Pages() {
		p, err := file.Page(n)
		if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, rendertest.Text(p))
	}
	return strings.Join(texts, ", ")
}

// paused is an office that sends nothing.
func paused(t *testing.T, f func(*office)) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		f(b)
	})
}

// TestAnyFile: whatever is no fax is rendered, and all pages come in the order of their files.
func TestAnyFile(t *testing.T) {
	fine := raster.Fine
	paused(t, func(b *office) {
		for name, c := range map[string]struct {
			document fax.Document
			files    []File
			want     string
			asked    string // files rendered, resolution, paper, mode
		}{
			"a fax":              {fax.Document{}, []File{b.file(rendertest.Page("a", fine), rendertest.Page("b", fine))}, "a, b", ""},
			"text":               {fax.Document{}, []File{text("x.txt", "a", "b")}, "a, b", "1 {204 196} A4 auto"},
			"a fax between":      {fax.Document{}, []File{text("x", "a"), b.file(rendertest.Page("b", fine)), text("y", "c", "d")}, "a, b, c, d", "2 {204 196} A4 auto"},
			"a fax first":        {fax.Document{}, []File{b.file(rendertest.Page("a", fine)), text("y", "b")}, "a, b", "1 {204 196} A4 auto"},
			"of no resolution":   {fax.Document{}, []File{text("x", "II*\x00")}, "II*", "1 {204 196} A4 auto"},
			"standard":           {fax.Document{Resolution: fax.Standard}, []File{text("x", "a")}, "a", "1 {204 98} A4 auto"},
			"superfine, letter":  {fax.Document{Resolution: fax.Superfine, Paper: fax.Letter}, []File{text("x", "a")}, "a", "1 {204 391} Letter auto"},
			"300, photo":         {fax.Document{Resolution: fax.Inch300, Rendering: fax.RenderPhoto}, []File{text("x", "a")}, "a", "1 {300 300} A4 photo"},
			"400, text, a4":      {fax.Document{Resolution: fax.Inch400, Rendering: fax.RenderText, Paper: fax.A4}, []File{text("x", "a")}, "a", "1 {400 400} A4 text"},
			"only a cover page":  {fax.Document{SendCoverpage: true, CoverpageName: "mine"}, nil, "To Anna of 0", "0 {204 196} A4 auto"},
			"a cover and a text": {fax.Document{SendCoverpage: true, CoverpageName: "mine"}, []File{text("x", "a", "b")}, "To Anna of 2, a, b", "1 {204 196} A4 auto"},
			"a cover and a fax":  {fax.Document{SendCoverpage: true, CoverpageName: "mine"}, []File{b.file(rendertest.Page("a", fine))}, "To Anna of 1, a", "0 {204 196} A4 auto"},
		} {
			if _, _, err := b.AddCoverPage(b.Context(), sender, "mine", false, text("c.pdf", "To {recipientName} of {pages}")); err != nil {
				t.Fatal(err)
			}
			b.renderer.Forget()
			c.document.FaxNumber, c.document.RecipientName = "102", "Anna"
			jobs, _, err := b.Submit(b.Context(), sender, Submission{Document: c.document, Files: c.files})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			asked := ""
			for _, q := range b.renderer.Asked() {
				asked += fmt.Sprint(len(q.Files), q.Format.Resolution, q.Format.Paper, " ", q.Format.Mode)
			}
			if got := b.shown(jobs[0].JobID); got != c.want || strings.ReplaceAll(asked, " ", "") != strings.ReplaceAll(c.asked, " ", "") {
				t.Errorf("%s: pages %q, rendered as %q", name, got, asked)
			}
			if n := strings.Count(c.want, ",") + 1; jobs[0].PageCount != n {
				t.Errorf("%s: %d pages are told, want %d", name, jobs[0].PageCount, n)
			}
		}
		b.set(fax.ServerPatch{Paper: patch(fax.Letter)})
		b.renderer.Forget()
		if _, _, err := b.Submit(b.Context(), sender, Submission{Document: fax.Document{FaxNumber: "102"}, Files: []File{text("x", "a")}}); err != nil {
			t.Fatal(err)
		}
		if q := b.renderer.Asked(); q[0].Format.Paper != raster.Letter {
			t.Errorf("the server's paper was not taken: %+v", q)
		}
	})
}

// TestFaxesStayAsTheyAre: a fax of T.30's resolutions goes pel for pel; another TIFF file is rendered.
func TestFaxesStayAsTheyAre(t *testing.T) {
	paused(t, func(b *office) {
		for r, asked := range map[raster.Resolution]int{raster.Standard: 0, raster.R16: 0, raster.Inch300: 0, {X: 150, Y: 150}: 1, {X: 600, Y: 600}: 1} {
			b.renderer.Forget()
			_, _, err := b.Submit(b.Context(), sender, Submission{Document: fax.Document{FaxNumber: "102"}, Files: []File{b.file(rendertest.Page("a\n", r))}})
			if err != nil || len(b.renderer.Asked()) != asked {
				t.Errorf("%v: rendered %d times, %v", r, len(b.renderer.Asked()), err)
			}
		}
	})
}

// TestEveryoneHasTheirCover: each recipient gets a cover page, and what is said of one is not said to another.
func TestEveryoneHasTheirCover(t *testing.T) {
	paused(t, func(b *office) {
		if _, _, err := b.AddCoverPage(b.Context(), boss, "office", true, text("c.pdf", "{recipientName} {recipientCompany} {date}", "2")); err != nil {
			t.Fatal(err)
		}
		jobs, _, err := b.Submit(b.Context(), sender, Submission{
			Document: fax.Document{
				FaxNumber: "102", RecipientName: "Anna", RecipientCompany: "A Ltd", SendCoverpage: true, CoverpageName: "office", ServerCoverpage: true,
				Recipients: []fax.Recipient{{FaxNumber: "103", RecipientName: "Bert"}, {FaxNumber: "104"}},
			},
			Files: []File{text("x", "a")},
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, j := range jobs {
			got = append(got, b.shown(j.JobID))
		}
		if want := []string{"Anna A Ltd 23 November 2026, 2, a", "Bert  23 November 2026, 2, a", "  23 November 2026, 2, a"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestWhoseCoverPage: personal ones are one's own, and may be forbidden.
func TestWhoseCoverPage(t *testing.T) {
	sam, vic := sender, Who{Caller: fax.Caller{User: "val", Rights: fax.Sender.Rights()}}
	paused(t, func(b *office) {
		for _, c := range []struct {
			who      Who
			name     string
			onServer bool
			text     string
		}{{sam, "mine", false, "Sam's"}, {boss, "office", true, "the office's"}, {sam, "office", false, "Sam's office"}} {
			if _, _, err := b.AddCoverPage(b.Context(), c.who, c.name, c.onServer, text("c", c.text)); err != nil {
				t.Fatal(err)
			}
		}
		send := func(who Who, name string, onServer bool) string {
			t.Helper()
			jobs, _, err := b.Submit(b.Context(), who, Submission{
				Document: fax.Document{FaxNumber: "102", SendCoverpage: true, CoverpageName: name, ServerCoverpage: onServer}})
			if err != nil {
				return err.Error()
			}
			return b.shown(jobs[0].JobID)
		}
		for _, only := range []bool{false, true} {
			b.set(fax.ServerPatch{ServerCoverpage: &only})
			for _, c := range []struct {
				who           Who
				name          string
				onServer      bool
				want, ifNoOwn string
			}{
				{sam, "mine", false, "Sam's", "personal"},
				{sam, "mine", true, "no cover page", "no cover page"},
				{sam, "office", false, "Sam's office", "personal"},
				{sam, "office", true, "the office's", "the office's"},
				{vic, "mine", false, "no cover page", "personal"},
				{vic, "office", false, "the office's", "personal"},
				{sam, "../faxbox.db", true, "no cover page", "no cover page"},
				{sam, "business", true, "%PDF", "%PDF"},
				{sam, "business", false, "%PDF", "personal"},
			} {
				want := c.want
				if only {
					want = c.ifNoOwn
				}
				if got := send(c.who, c.name, c.onServer); !strings.Contains(got, want) {
					t.Errorf("%s, %q, server %v, only the server's %v: %q, want %q", c.who.User, c.name, c.onServer, only, got, want)
				}
			}
		}
	})
}

// TestRefusals: what the renderer says is told with the field that it is about.
func TestRefusals(t *testing.T) {
	paused(t, func(b *office) {
		if _, _, err := b.AddCoverPage(b.Context(), sender, "mine", false, text("c", "{recipientName}")); err != nil {
			t.Fatal(err)
		}
		locked := text("safe.pdf", rendertest.Locked+"sesame")
		wrong := locked
		wrong.Password = "open"
		right := locked
		right.Password = "sesame"
		for name, c := range map[string]struct {
			document fax.Document
			files    []File
			fields   string
			says     string
		}{
			"a Word file": {fax.Document{}, []File{b.file(strip(1)), text("letter.docx", "a", rendertest.Refuse+"notSupported is a Word document")},
				"files[1]", "letter.docx is a Word document (page 2)"},
			"empty":            {fax.Document{}, []File{text("none")}, "files[0]", "none"},
			"locked":           {fax.Document{}, []File{text("a", "b"), locked}, "files[1] filePassword", "is missing"},
			"another password": {fax.Document{}, []File{wrong}, "files[0] filePassword", "does not open safe.pdf"},
			"the password":     {fax.Document{}, []File{right}, "", ""},
			"a cover page": {fax.Document{SendCoverpage: true, CoverpageName: "mine", RecipientName: rendertest.Refuse + "damaged is broken"}, nil,
				"coverpageName", `"mine" is broken (page 1)`},
			"no such cover": {fax.Document{SendCoverpage: true, CoverpageName: "his"}, nil, "coverpageName", `"his" is no cover page`},
			"many pages":    {fax.Document{}, []File{text("a", strings.Split(strings.Repeat("x\n", 600)+"x", "\n")...), text("b", strings.Split(strings.Repeat("x\n", 600)+"x", "\n")...)}, "files[1]", "1000"},
		} {
			c.document.FaxNumber = "102"
			jobs, _, err := b.Submit(b.Context(), sender, Submission{Document: c.document, Files: c.files})
			faults, _ := errors.AsType[fax.Invalid](err)
			var fields []string
			for _, f := range faults {
				fields = append(fields, f.Field)
				if f.Hint == "" {
					t.Errorf("%s: no hint: %+v", name, f)
				}
			}
			if strings.Join(fields, " ") != c.fields || c.says != "" && !strings.Contains(err.Error(), c.says) || (err == nil) != (len(jobs) > 0) {
				t.Errorf("%s: %v", name, err)
			}
			if strings.Contains(b.log.String(), "sesame") || err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("%s: a password was told", name)
			}
		}
		stored, err := b.store.Jobs()
		if err != nil || len(stored) != 1 {
			t.Errorf("%v, %+v", err, stored)
		}
		if b.tells("sesame") {
			t.Error("a password is kept")
		}
	})
}

// TestPreview: what is shown is what is sent, to whoever asked for it and for a while.
func TestPreview(t *testing.T) {
	paused(t, func(b *office) {
		if _, _, err := b.AddCoverPage(b.Context(), sender, "mine", false, text("c", "To {recipientName}")); err != nil {
			t.Fatal(err)
		}
		d := fax.Document{FaxNumber: "102", RecipientName: "Anna", SendCoverpage: true, CoverpageName: "mine"}
		p, err := b.PreviewDocument(b.Context(), sender, Submission{Document: d, Files: []File{text("x.txt", "a", rendertest.Remark+"b")}})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Pages) != 3 || len(p.Remarks) != 1 || time.Until(p.Expires) != 15*time.Minute || p.Pages[0] != (PreviewPage{1728, 40, raster.Fine}) {
			t.Errorf("%+v", p)
		}
		for n, want := range []string{"", "To Anna", "a", rendertest.Remark + "b", ""} {
			page, err := b.PreviewPage(sender, p.ID, n)
			if want == "" && !errors.Is(err, ErrNotFound) || want != "" && (err != nil || rendertest.Text(page) != want) {
				t.Errorf("page %d: %v", n, err)
			}
		}
		if _, err := b.PreviewPage(boss, p.ID, 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else: %v", err)
		}
		send := func(change func(*Submission)) ([]fax.Job, error) {
			sub := Submission{Document: d, Preview: p.ID}
			change(&sub)
			jobs, _, err := b.Submit(b.Context(), sender, sub)
			return jobs, err
		}
		asked := len(b.renderer.Asked())
		for name, c := range map[string]struct {
			change func(*Submission)
			field  string
		}{
			"as it is":      {func(*Submission) {}, ""},
			"another name":  {func(s *Submission) { s.Document.DisplayName, s.Document.Confirmation = "Letter", fax.ConfirmInbox }, ""},
			"to another":    {func(s *Submission) { s.Document.RecipientName = "Bert" }, "previewId"},
			"no cover":      {func(s *Submission) { s.Document.SendCoverpage = false }, "previewId"},
			"with files":    {func(s *Submission) { s.Files = []File{text("y", "z")} }, "previewId"},
			"unknown":       {func(s *Submission) { s.Preview = "nonesuch" }, "previewId"},
			"a bad number":  {func(s *Submission) { s.Document.FaxNumber = "" }, "faxNumber"},
			"finer than it": {func(s *Submission) { s.Document.Resolution = fax.Superfine }, "previewId"},
		} {
			jobs, err := send(c.change)
			faults, _ := errors.AsType[fax.Invalid](err)
			switch {
			case c.field == "" && (err != nil || b.shown(jobs[0].JobID) != "To Anna, a, "+rendertest.Remark+"b" || jobs[0].PageCount != 3):
				t.Errorf("%s: %v, %+v", name, err, jobs)
			case c.field != "" && (len(faults) != 1 || faults[0].Field != c.field):
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(b.renderer.Asked()) != asked {
			t.Error("pages that were shown were rendered again")
		}
		once := func(s *Submission) { s.Key = "k" }
		first, err := send(once)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(16 * time.Minute)
		if again, err := send(once); err != nil || again[0].JobID != first[0].JobID {
			t.Errorf("the same key, when the preview has gone: %v", err)
		}
		if _, err := send(func(*Submission) {}); err == nil {
			t.Error("sent after its time")
		}
		if left := b.drafts(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// TestPreviewsAreBounded: the oldest give way.
func TestPreviewsAreBounded(t *testing.T) {
	paused(t, func(b *office) {
		var ids []string
		for n := range userPreviews + 2 {
			p, err := b.PreviewDocument(b.Context(), sender, Submission{Files: []File{text("x", fmt.Sprint(n))}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, p.ID)
			time.Sleep(time.Second)
		}
		other := Who{Caller: fax.Caller{User: "val", Rights: fax.Sender.Rights()}}
		if _, err := b.PreviewDocument(b.Context(), other, Submission{Files: []File{text("x", "y")}}); err != nil {
			t.Fatal(err)
		}
		for n, id := range ids {
			_, err := b.PreviewPage(sender, id, 1)
			if gone := errors.Is(err, ErrNotFound); gone != (n < 2) || err != nil && !gone {
				t.Errorf("preview %d: %v", n, err)
			}
		}
		if n := len(b.drafts()); n != userPreviews+1 {
			t.Errorf("%d drafts on the disk", n)
		}
		if _, err := b.PreviewDocument(b.Context(), viewer, Submission{Files: []File{text("x", "y")}}); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("a viewer: %v", err)
		}
		b.close()
		if left := b.drafts(); len(left) > 0 {
			t.Errorf("left when the box stopped: %v", left)
		}
		b.open()
		if _, err := b.PreviewDocument(b.Context(), sender, Submission{Files: []File{text("x", rendertest.Refuse+"damaged is broken")}}); err == nil {
			t.Error("a preview of what is refused")
		}
		if left := b.drafts(); len(left) > 0 {
			t.Errorf("left of what was refused: %v", left)
		}
	})
}

func TestPreviewLimits(t *testing.T) {
	of := func(user string, size int64) *preview { return &preview{user: user, size: size} }
	l := previews{all: []*preview{of("a", 10), of("b", 10), of("a", userPreviewed-5)}}
	if gone := l.add(of("a", 5)); len(gone) != 1 || gone[0].size != 10 || gone[0].user != "a" || len(l.all) != 3 {
		t.Errorf("gone: %+v, left: %+v", gone, l.all)
	}
	if gone := l.add(of("a", userPreviewed+1)); len(gone) != 2 || len(l.all) != 2 {
		t.Errorf("gone: %+v, left: %+v", gone, l.all)
	}
	l = previews{}
	for n := range 2 * allPreviews {
		l.add(of(fmt.Sprint(n), 1))
	}
	if len(l.all) != allPreviews || l.all[0].user != fmt.Sprint(allPreviews) {
		t.Errorf("%d are left, from %s on", len(l.all), l.all[0].user)
	}
}

// TestCoverPageStore: who may store and remove which template.
func TestCoverPageStore(t *testing.T) {
	paused(t, func(b *office) {
		file := text("c.pdf", "a {recipientName}", rendertest.Remark+"odd")
		for _, c := range []struct {
			who      Who
			name     string
			onServer bool
			file     File
			want     string
		}{
			{sender, " mine ", false, file, ""},
			{boss, "office", true, file, ""},
			{boss, "business", true, file, ""},
			{sender, "office", true, file, "right"},
			{viewer, "mine", false, file, "right"},
			{sender, "a/b", false, file, "name"},
			{sender, "", false, file, "name"},
			{sender, "big", false, File{Content: bytes.NewReader(nil), Size: MaxCoverSize + 1}, "file"},
			{sender, "none", false, File{Content: bytes.NewReader(nil)}, "file"},
			{sender, "bad", false, text("x", rendertest.Refuse+"damaged is no PDF"), "file is no PDF"},
		} {
			page, remarks, err := b.AddCoverPage(b.Context(), c.who, c.name, c.onServer, c.file)
			switch {
			case c.want == "" && (err != nil || page.Name != strings.TrimSpace(c.name) || len(remarks) != 1):
				t.Errorf("%q: %v, %+v", c.name, err, page)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%q by %s: %v", c.name, c.who.User, err)
			}
		}
		list := func(who Who) string {
			all, err := b.CoverPages(who)
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, c := range all {
				if c.Kind != fax.BuiltinCover {
					words = append(words, fmt.Sprintf("%s %s", c.Kind, c.Name))
				} else if c.Name == "business" {
					t.Error("what the server's has taken the place of is listed")
				}
			}
			return strings.Join(words, ", ")
		}
		if got := list(sender); got != "server business, server office, personal mine" {
			t.Error(got)
		}
		if got := list(boss); got != "server business, server office" {
			t.Error(got)
		}
		if page, err := b.CoverPicture(b.Context(), sender, "mine", false); err != nil || rendertest.Text(page) != "a Anna Sample" {
			t.Errorf("the picture: %v", err)
		}
		for _, c := range []struct {
			who      Who
			name     string
			onServer bool
			want     error
		}{
			{boss, "mine", false, ErrNotFound}, {sender, "office", true, fax.ErrDenied}, {viewer, "mine", false, fax.ErrDenied}, {sender, "mine", false, nil},
			{sender, "mine", false, ErrNotFound}, {boss, "office", true, nil}, {boss, "plain", true, ErrNotFound},
		} {
			if err := b.RemoveCoverPage(c.who, c.name, c.onServer); !errors.Is(err, c.want) {
				t.Errorf("removing %q by %s: %v", c.name, c.who.User, err)
			}
		}
		if got := list(boss); got != "server business" {
			t.Error(got)
		}
		for n := range ownCovers + 1 {
			_, _, err := b.AddCoverPage(b.Context(), sender, fmt.Sprint(n), false, file)
			if (err == nil) != (n < ownCovers) {
				t.Errorf("number %d: %v", n+1, err)
			}
		}
		if _, _, err := b.AddCoverPage(b.Context(), sender, "0", false, file); err != nil {
			t.Errorf("in the place of one: %v", err)
		}
	})
}
