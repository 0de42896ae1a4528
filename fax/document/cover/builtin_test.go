package cover

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"faxbox/fax"
	"faxbox/fax/raster"
)

// TestBuiltin: each template is there for both papers and languages, small, and such that Check has nothing to say.
func TestBuiltin(t *testing.T) {
	var names []string
	for _, tmpl := range Builtin() {
		names = append(names, tmpl.Name+" "+tmpl.Paper.String())
		if len(tmpl.PDF) > 30_000 || !bytes.HasPrefix(tmpl.PDF, []byte("%PDF-")) {
			t.Errorf("%s: %d octets", tmpl.Name, len(tmpl.PDF))
		}
		form := readForm(t, tmpl, raster.Fine)
		if len(form.Pages) != 2 || len(form.Fields) < 12 {
			t.Errorf("%s: %d pages, %d fields", tmpl.Name, len(form.Pages), len(form.Fields))
		}
		for _, r := range Check(form) {
			t.Errorf("%s, %v: %v", tmpl.Name, tmpl.Paper, r)
		}
		if found, ok := Find(tmpl.Name, tmpl.Paper); !ok || !bytes.Equal(found.PDF, tmpl.PDF) {
			t.Errorf("%s, %v is not found", tmpl.Name, tmpl.Paper)
		}
	}
	slices.Sort(names)
	want := []string{"business A4", "business Letter", "business-de A4", "business-de Letter", "confidential A4", "confidential Letter",
		"confidential-de A4", "confidential-de Letter", "plain A4", "plain Letter", "plain-de A4", "plain-de Letter"}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	if legal, ok := Find("plain", raster.Legal); !ok || legal.Paper != raster.Letter {
		t.Error("a fax on Legal has no cover page for Letter")
	}
	if _, ok := Find("../plain", raster.A4); ok {
		t.Error("a path is a name")
	}
}

// TestBuiltinIsPDF: qpdf finds nothing wrong with the templates.
func TestBuiltinIsPDF(t *testing.T) {
	if _, err := exec.LookPath("qpdf"); err != nil {
		t.Skip("qpdf is not installed")
	}
	for _, tmpl := range Builtin() {
		file := filepath.Join(t.TempDir(), "cover.pdf")
		if err := os.WriteFile(file, tmpl.PDF, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil || bytes.Contains(out, []byte("WARNING")) {
			t.Errorf("%s, %v: %v\n%s", tmpl.Name, tmpl.Paper, err, out)
		}
	}
}

// TestSample: every field of a cover page has something to show.
func TestSample(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		sample := Sample(afternoon, language)
		for _, f := range fax.CoverFields() {
			if sample[f.Name] == "" && f.Name != fax.CoverPageCount && f.Name != "recipientState" { // German addresses have none
				t.Errorf("%s: no %s", language, f.Name)
			}
		}
	}
	if maps.Equal(Sample(afternoon, "en"), Sample(afternoon, "de")) {
		t.Error("both languages are the same")
	}
}
