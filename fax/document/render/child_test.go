package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/cover"
	"faxbox/fax/document/render"
	"faxbox/fax/tiff"
)

// strange are children that do not do their work, by the value of asChild.
var strange = map[string]func(){
	"silent":   func() {},
	"hanging":  func() { fmt.Println(`{"at":{"file":0,"page":4}}`); time.Sleep(time.Hour) },
	"raving":   func() { fmt.Println("I am the pages"); time.Sleep(time.Hour) },
	"endless":  babble,
	"lying":    func() { fmt.Println(`{"result":{"files":[3]}}`) },
	"claiming": func() { fmt.Println(`{"result":{"files":[3,4,5]}}`) },
	"crashing": func() {
		fmt.Println(`{"at":{"file":0,"page":1}}`)
		fmt.Fprintln(os.Stderr, "goroutine 1: \x1b[31mboom")
		os.Exit(2)
	},
	"starving": func() {
		fmt.Println(`{"at":{"file":0,"page":1}}`)
		fmt.Fprintln(os.Stderr, "runtime: out of memory")
		os.Exit(2)
	},
	"noisy": func() { _, _ = io.Copy(os.Stderr, io.LimitReader(zeros{}, 50<<20)) },
	"refusing": func() {
		fmt.Println(`{"refusal":{"File":0,"Page":2,"Reason":"damaged","Problem":"is \u202egnorw\u0007","Hint":""}}`)
	},
	"spiteful": func() { fmt.Println(`{"refusal":{"File":7,"Page":2,"Reason":"damaged","Problem":"is bad"}}`) },
	"failing":  func() { fmt.Println(`{"failure":"no memory for anything"}`) },
	"writing": func() {
		_, err := os.NewFile(4, "input").WriteAt([]byte("mine"), 0)
		fmt.Printf("{\"failure\":%q}\n", fmt.Sprint(err))
	},
	"compiling": compile,
	"breaking out": func() {
		if _, err := render.Confine(render.WithLimits(render.Limits{}, 0)); err != nil {
			fmt.Printf("{\"failure\":%q}\n", err)
			return
		}
		fmt.Printf("{\"failure\":%q}\n", breakOut())
	},
}

// compile stands for a child that compiles: what it finds in the cache it takes, unless that is spoilt.
func compile() {
	var o struct {
		Warm  bool
		Cache string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		fmt.Printf("{\"failure\":%q}\n", err)
		return
	}
	code := filepath.Join(o.Cache, "wazero-v1", "code")
	switch found, err := os.ReadFile(code); {
	case !o.Warm:
		fmt.Printf("{\"failure\":%q}\n", o.Cache)
		return
	case err == nil && string(found) == "spoilt":
		fmt.Println(`{"failure":"the code is spoilt"}`)
		return
	case err != nil:
		if err := errors.Join(os.MkdirAll(filepath.Dir(code), 0o700), os.WriteFile(code, []byte("good"), 0o600)); err != nil {
			fmt.Printf("{\"failure\":%q}\n", err)
			return
		}
	}
	fmt.Println(`{"result":{}}`)
}

func babble() {
	for {
		fmt.Println(`{"at":{"file":0}}`)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// breakOut tries what a child may not do, and tells what it could.
func breakOut() string {
	var could []string
	attempt := func(what string, err error) {
		if err == nil {
			could = append(could, what)
		}
	}
	_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	attempt("open a socket", err)
	_, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0)
	attempt("open a UNIX socket", err)
	attempt("start a program", exec.Command("/bin/true").Run())
	attempt("replace itself", syscall.Exec("/bin/true", []string{"true"}, nil))
	_, err = os.OpenFile("/dev/null", os.O_WRONLY, 0)
	attempt("open a file to write", err)
	_, err = os.Create("/tmp/faxbox-broke-out")
	attempt("make a file", err)
	attempt("delete a file", os.Remove("/tmp/faxbox-broke-out"))
	attempt("signal its parent", syscall.Kill(os.Getppid(), 0))
	attempt("raise its limits", syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{Cur: 1, Max: 1}))
	return "could " + strings.Join(could, ", ")
}

func strangeChild(t *testing.T, name string, change ...func(*render.ChildConfig)) *render.Child {
	return newChild(t, append([]func(*render.ChildConfig){func(c *render.ChildConfig) {
		c.Env = []string{asChild + "=" + name}
		c.Compiled = true
		c.Limits = render.Limits{Time: 10 * time.Second, PageTime: 2 * time.Second}
	}}, change...)...)
}

func oneFile() render.Request {
	return render.Request{Files: []render.File{memoryFile("a", []byte("text"))}, Format: a4Fine()}
}

func TestStrangeChildren(t *testing.T) {
	for name, want := range map[string]string{
		"silent":       "render: the child ended without a result",
		"hanging":      "file 1, page 5 takes longer than 2s to be turned into pages of a fax",
		"raving":       "render: reading what the child says",
		"endless":      "is damaged in a way that ends the program", // when it had said more than it may
		"lying":        "render: what the child wrote: this is not a TIFF file",
		"claiming":     "render: the child says what cannot be: its pages belong to files it was not given",
		"crashing":     "file 1, page 2 is damaged in a way that ends the program that reads it",
		"starving":     "file 1, page 2 needs more memory than there is",
		"noisy":        "render: the child ended without a result",
		"refusing":     "file 1, page 2 is  gnorw ",
		"spiteful":     "render: the child says what cannot be: it refuses a file it was not given",
		"failing":      "render: no memory for anything",
		"breaking out": "render: could ",
	} {
		t.Run(name, func(t *testing.T) {
			pages, err := strangeChild(t, name).Render(t.Context(), oneFile())
			if err == nil {
				pages.Close()
				t.Fatal("there are pages")
			}
			if name == "breaking out" && err.Error() != want {
				t.Fatalf("a confined child %q", err)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, want %q", err, want)
			}
		})
	}
}

// TestCancelled ends a document while its child works, and one that waits for its turn.
func TestCancelled(t *testing.T) {
	child := strangeChild(t, "hanging", func(c *render.ChildConfig) { c.Limits.PageTime = time.Minute })
	first, cancelFirst := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := child.Render(first, oneFile())
		ended <- err
	}()
	waiting, cancelWaiting := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancelWaiting()
	// Whichever came first has the turn until it is cancelled; the other one waits, and gives up when it is told to.
	if _, err := child.Render(waiting, oneFile()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the one with little time: %v", err)
	}
	cancelFirst()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that was cancelled: %v", err)
	}
}

// TestWarm goes through what may lie in the two folders of compiled code.
func TestWarm(t *testing.T) {
	const none = ""
	for _, c := range []struct {
		name, shared, own string // what is in the folders
		want              string // which one is taken
	}{
		{"nothing", none, none, "own"},
		{"from the last start", none, "good", "own"},
		{"spoilt by a power cut", none, "spoilt", "own"},
		{"with the system", "good", none, "shared"},
		{"with another system", "spoilt", none, "own"},
		{"both", "good", "spoilt", "shared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, code := range map[string]string{"shared": c.shared, "own": c.own} {
				in := filepath.Join(folder, name, "wazero-v1")
				if err := os.MkdirAll(in, 0o700); err != nil {
					t.Fatal(err)
				}
				if code == none {
					continue
				}
				if err := os.WriteFile(filepath.Join(in, "code"), []byte(code), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			child := strangeChild(t, "compiling", func(cc *render.ChildConfig) {
				cc.Cache, cc.SharedCache, cc.Compiled = filepath.Join(folder, "own"), filepath.Join(folder, "shared"), false
			})
			if h := child.Health(); h.Warm {
				t.Error("warm before it was")
			}
			if err := child.Warm(t.Context()); err != nil {
				t.Fatal(err)
			}
			if h := child.Health(); !h.Warm || h.Problem != "" {
				t.Errorf("%+v", h)
			}
			want := "render: " + filepath.Join(folder, c.want)
			if _, err := child.Render(t.Context(), oneFile()); err == nil || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// TestColdProblem keeps why there is no renderer, and tries again.
func TestColdProblem(t *testing.T) {
	child := strangeChild(t, "failing", func(c *render.ChildConfig) { c.Cache, c.Compiled = filepath.Join(t.TempDir(), "cache"), false })
	for range 2 {
		if _, err := child.Render(t.Context(), oneFile()); err == nil || !strings.Contains(err.Error(), "compiling PDFium") {
			t.Errorf("%v", err)
		}
		if h := child.Health(); h.Warm || !strings.Contains(h.Problem, "no memory for anything") {
			t.Errorf("%+v", h)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := child.Warm(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestNothingLeft looks for files and processes that outlive a document.
func TestNothingLeft(t *testing.T) {
	temp := t.TempDir()
	before := openFiles(t)
	for _, name := range []string{"hanging", "crashing", "lying", "refusing"} {
		child := strangeChild(t, name, func(c *render.ChildConfig) { c.Temp, c.Limits.PageTime = temp, 200*time.Millisecond })
		if _, err := child.Render(t.Context(), oneFile()); err == nil {
			t.Error("there are pages")
		}
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d files open, %d before", after, before)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc to count open files in: ", err)
	}
	return len(open)
}

// TestInputCannotBeWritten hands over a file that is open for writing, as uploads are.
func TestInputCannotBeWritten(t *testing.T) {
	upload, err := os.CreateTemp(t.TempDir(), "upload")
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	const text = "an upload"
	if _, err := upload.WriteString(text); err != nil {
		t.Fatal(err)
	}
	r := oneFile()
	r.Files[0] = render.File{Name: "upload", Content: upload, Size: int64(len(text))}
	_, err = strangeChild(t, "writing").Render(t.Context(), r)
	if err == nil || !strings.Contains(err.Error(), "bad file descriptor") {
		t.Errorf("writing to its input a child gets: %v", err)
	}
}

func TestPassword(t *testing.T) {
	unhurried(t)
	child := newChild(t)
	d := corpus.Find("encrypted.pdf")
	for _, c := range []struct{ password, problem string }{
		{"", "is locked with a password"},
		{"wrong", "does not open with this password"},
		{d.Password, ""},
	} {
		f := memoryFile(d.Name, d.Content())
		f.Password = c.password
		pages, err := child.Render(t.Context(), render.Request{Files: []render.File{memoryFile("a", []byte("first")), f}, Format: a4Fine()})
		if c.problem == "" {
			if err != nil {
				t.Fatal(err)
			}
			pages.Close()
			continue
		}
		r, ok := errors.AsType[*render.Refusal](err)
		if !ok || r.Reason != render.Encrypted || r.File != 1 || r.Problem != c.problem {
			t.Errorf("password %q: %v", c.password, err)
		}
	}
}

// TestCovers renders two covers, each for another recipient, before two files.
func TestCovers(t *testing.T) {
	template, ok := cover.Find("business", a4Fine().Paper)
	if !ok {
		t.Fatal("there is no cover page")
	}
	values := cover.Sample(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), "en")
	long := cover.Sample(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), "en")
	long["coverpageNote"] = strings.Repeat("A note that does not fit on one page.\n", 120)
	r := render.Request{
		Files:  []render.File{memoryFile("a", []byte("one page")), memoryFile("b", []byte("two\fpages"))},
		Covers: []cover.Cover{{Template: template.PDF, Values: values}, {Template: template.PDF, Values: long}},
		Format: a4Fine(),
	}
	r.Format.MaxPages = 3 // of the files
	pages, err := newChild(t).Render(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	if len(pages.Covers) != 2 || pages.Covers[0] != 1 || pages.Covers[1] < 2 || !slices.Equal(pages.Files, []int{1, 2}) {
		t.Errorf("covers of %v, files of %v pages", pages.Covers, pages.Files)
	}
	info, err := pages.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := tiff.Open(pages, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if want := pages.Covers[0] + pages.Covers[1] + 3; f.Pages() != want {
		t.Errorf("%d pages in all, want %d", f.Pages(), want)
	}
}

func TestCheck(t *testing.T) {
	unhurried(t)
	child := newChild(t)
	template, _ := cover.Find("plain", a4Fine().Paper)
	pages, err := child.Check(t.Context(), memoryFile("plain.pdf", template.PDF), cover.Sample(time.Now(), "en"))
	if err != nil {
		t.Fatal(err)
	}
	pages.Close()
	if len(pages.Covers) != 1 || len(pages.Remarks) != 0 {
		t.Errorf("covers %v, remarks %q", pages.Covers, pages.Remarks)
	}
	for _, c := range []struct {
		name    string
		content []byte
		problem string
	}{
		{"no PDF", []byte("Dear {name}"), "is no PDF"},
		{"no form", corpus.Find("text10.pdf").Content(), "has no form fields to be filled in"},
		{"locked", corpus.Find("encrypted.pdf").Content(), "is locked with a password"},
		{"strange names", formPDF("(favouriteColour)"), "has no form field whose name is known"},
	} {
		_, err := child.Check(t.Context(), memoryFile(c.name, c.content), nil)
		r, ok := errors.AsType[*render.Refusal](err)
		if !ok || !r.Cover || r.Problem != c.problem {
			t.Errorf("%s: %v, want %q", c.name, err, c.problem)
		}
	}
}

// formPDF is a page with one text field.
func formPDF(name string) []byte {
	return makePDF("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf)>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[5 0 R]>>", stream("", "72 700 1 1 re f"),
		"<</Type/Annot/Subtype/Widget/FT/Tx/T"+name+"/Rect[72 600 300 620]/DA(/HeBo 11 Tf 0 g)/Q 2/Ff 4096/F 4>>")
}
