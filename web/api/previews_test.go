package api

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/wire"
)

// TestPreviewIsSent: pages are made, looked at, and sent as they are.
func TestPreviewIsSent(t *testing.T) {
	inBox(t, func(b *box) {
		b.Must(pause(b))
		fields := []string{"faxNumber", "102", "resolution", "superfine", "@letter.tif", "one\n" + rendertest.Remark + "two"}
		p := as[wire.Preview](b.send(fax.Sender, b.Form(Root+"/documents/preview", fields...)).want(200))
		if len(p.Pages) != 2 || p.PreviewID == "" || len(p.Remarks) != 1 || !p.Expires.After(time.Now()) || p.Pages[1].Number != 2 ||
			p.Pages[0].Resolution != "204x391" || p.Pages[0].Width != 1728 {
			b.Fatalf("%+v", p)
		}
		for _, width := range []int{0, 400} {
			at := p.Pages[0].Image
			if width > 0 {
				at += fmt.Sprintf("?width=%d", width)
			}
			picture, err := png.Decode(b.do(fax.Sender, "GET", at, nil).want(200).Body)
			b.Must(err)
			if w := picture.Bounds().Dx(); width > 0 && w != width || width == 0 && w != 1728 {
				b.Errorf("with width %d the picture is %d wide", width, w)
			}
		}
		b.do(fax.Sender, "GET", strings.Replace(p.Pages[0].Image, "1.png", "3.png", 1), nil).want(404)
		b.do(fax.Operator, "GET", p.Pages[0].Image, nil).want(404) // somebody else's
		b.send(fax.Sender, b.form("faxNumber", "102", "previewId", p.PreviewID)).want(422)
		sent := as[wire.Submitted](b.send(fax.Sender, b.form("faxNumber", "102", "resolution", "superfine", "previewId", p.PreviewID)).want(201))
		if sent.Count != 1 || sent.Items[0].PageCount != 2 || sent.Items[0].DisplayName != "letter.tif" {
			b.Errorf("%+v", sent)
		}
		b.send(fax.Sender, b.Form(Root+"/documents/preview", append(fields, "previewId", p.PreviewID)...)).want(422)
		b.send(fax.Sender, b.form("faxNumber", "102", "resolution", "superfine", "previewId", p.PreviewID, "@file", "x")).want(422)
		time.Sleep(time.Hour)
		b.send(fax.Sender, b.form("faxNumber", "102", "resolution", "superfine", "previewId", p.PreviewID)).want(422)
	})
}

// TestPasswords: one for all files, or one for each; they are asked for by name.
func TestPasswords(t *testing.T) {
	locked := func(password string) string { return rendertest.Locked + password }
	inBox(t, func(b *box) {
		b.Must(pause(b))
		for name, c := range map[string]struct {
			fields []string
			status int
			at     string
		}{
			"none":           {[]string{"@a", locked("x")}, 422, "files[0]"},
			"one":            {[]string{"filePassword", "x", "@a", locked("x")}, 201, ""},
			"one for all":    {[]string{"filePassword", "x", "@a", locked("x"), "@b", "open", "@c", locked("x")}, 201, ""},
			"one each":       {[]string{"filePassword", "x", "filePassword", "", "filePassword", "y", "@a", locked("x"), "@b", "open", "@c", locked("y")}, 201, ""},
			"too few":        {[]string{"filePassword", "x", "filePassword", "y", "@a", locked("x"), "@b", "open", "@c", locked("y")}, 422, "filePassword"},
			"another":        {[]string{"filePassword", "z", "@a", "open", "@b", locked("x")}, 422, "files[1]"},
			"an odd preview": {[]string{"previewId", "1", "previewId", "2"}, 422, "previewId"},
			"no resolution":  {[]string{"resolution", "great", "@a", "open"}, 422, "resolution"},
			"no paper":       {[]string{"paper", "a3", "@a", "open"}, 422, "paper"},
			"no rendering":   {[]string{"rendering", "nice", "@a", "open"}, 422, "rendering"},
			"by mail":        {[]string{"confirmation", "mail", "emailAddress", "a@b.c", "@a", "open"}, 422, "confirmation"},
		} {
			r := b.send(fax.Sender, b.form(append([]string{"faxNumber", "102"}, c.fields...)...)).want(c.status)
			if p := as[wire.Problem](r); c.status != 201 && (len(p.Errors) == 0 || p.Errors[0].Field != c.at || p.Errors[0].Hint == "") {
				b.Errorf("%s: %s", name, r.Body)
			}
		}
	})
}

// TestCoverPages: stored, looked at, used, removed; the server's by administrators only.
func TestCoverPages(t *testing.T) {
	const root = Root + "/cover-pages"
	inBox(t, func(b *box) {
		b.Must(pause(b))
		names := func(role fax.Role) string {
			var words []string
			for _, c := range as[wire.List[fax.CoverPage]](b.do(role, "GET", root, nil).want(200)).Items {
				if c.Kind != fax.BuiltinCover {
					words = append(words, string(c.Kind)+" "+c.Name)
				}
			}
			return strings.Join(words, ", ")
		}
		builtin := as[wire.List[fax.CoverPage]](b.do(fax.Viewer, "GET", root, nil).want(200)).Items
		if len(builtin) < 3 || builtin[0].Name == "" || builtin[0].Title == "" {
			b.Errorf("with the program came %+v", builtin)
		}
		b.do(fax.Viewer, "GET", root+"/"+builtin[0].Name+"/file.pdf", nil).want(200)
		added := as[wire.CoverAdded](b.send(fax.Sender, b.Form(root, "name", "Büro 2", "@file", "To {recipientName}\n"+rendertest.Remark+"odd")).want(201))
		if added.Name != "Büro 2" || len(added.Remarks) != 1 || added.Kind != fax.PersonalCover {
			b.Errorf("%+v", added)
		}
		b.send(fax.Operator, b.Form(root, "name", "ours", "server", "true", "@file", "x")).want(403)
		b.send(fax.Administrator, b.Form(root, "server", "on", "@ours.tif", "x")).want(201)
		if got := names(fax.Sender); got != "server ours.tif, personal Büro 2" {
			b.Errorf("listed: %s", got)
		}
		if got := names(fax.Operator); got != "server ours.tif" {
			b.Errorf("listed for somebody else: %s", got)
		}
		for name, c := range map[string]struct {
			fields []string
			field  string
		}{
			"no file":       {[]string{"name", "x"}, "file"},
			"two files":     {[]string{"name", "x", "@a", "1", "@b", "2"}, "file"},
			"a path":        {[]string{"name", "../x", "@a", "1"}, "name"},
			"unknown field": {[]string{"name", "x", "faxNumber", "1", "@a", "1"}, "faxNumber"},
			"refused":       {[]string{"name", "x", "@a", rendertest.Refuse + "damaged is no PDF"}, "file"},
		} {
			r := b.send(fax.Sender, b.Form(root, c.fields...)).want(422)
			if p := as[wire.Problem](r); len(p.Errors) != 1 || p.Errors[0].Field != c.field {
				b.Errorf("%s: %s", name, r.Body)
			}
		}
		own := root + "/B%C3%BCro%202"
		if r := b.do(fax.Sender, "GET", own+"/file.pdf", nil).want(200); !strings.HasPrefix(r.Body.String(), "To {") {
			b.Errorf("the file: %q", r.Body)
		}
		seen := b.do(fax.Sender, "GET", own+"/preview.png?width=300", nil).want(200)
		_, err := png.Decode(seen.Body)
		b.Must(err)
		again := httptest.NewRequest("GET", own+"/preview.png?width=300", nil)
		again.Header.Set("If-None-Match", seen.Header().Get("ETag"))
		b.send(fax.Sender, again).want(304)
		b.do(fax.Operator, "GET", own+"/preview.png", nil).want(404)
		b.do(fax.Sender, "GET", root+"/..%2Ffaxbox/file.pdf", nil).want(404)
		sent := b.send(fax.Sender, b.form("faxNumber", "102", "sendCoverpage", "true", "coverpageName", "Büro 2", "recipientName", "Anna", "@a", "x")).want(201)
		if n := as[wire.Submitted](sent).Items[0].PageCount; n != 3 {
			b.Errorf("%d pages, want 3", n)
		}
		b.send(fax.Sender, b.form("faxNumber", "102", "sendCoverpage", "on", "coverpageName", "Büro 2")).want(201) // and nothing else
		b.do(fax.Sender, "DELETE", root+"/ours.tif?server=true", nil).want(403)
		b.do(fax.Administrator, "DELETE", root+"/ours.tif?server=true", nil).want(204)
		b.do(fax.Sender, "DELETE", own, nil).want(204)
		b.do(fax.Sender, "DELETE", own, nil).want(404)
		if got := names(fax.Sender); got != "" {
			b.Errorf("left: %s", got)
		}
	})
}

// TestReports: had of a job at any time, and of what was sent.
func TestReports(t *testing.T) {
	inBox(t, func(b *box) {
		job := b.job(fax.Sender, "102")
		at := fmt.Sprintf("%s/jobs/%d/report.pdf", Root, job)
		for range 2 {
			if r := b.do(fax.Sender, "GET", at, nil).want(200); !strings.HasPrefix(r.Body.String(), "%PDF-") || r.Header().Get("Content-Disposition") == "" {
				b.Errorf("%q", r.Body.Bytes()[:8])
			}
			time.Sleep(5 * time.Minute)
		}
		b.do(fax.Sender, "GET", Root+"/jobs/99/report.pdf", nil).want(http.StatusNotFound)
	})
}
