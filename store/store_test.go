package store

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// then is the time in tests, whole seconds so that it survives any format.
var then = time.Date(2026, 11, 21, 14, 22, 33, 0, time.UTC)

// open opens the store, and closes it when the test ends.
func opened(t testing.TB, dir string) *Store {
	t.Helper()
	return openedWith(t, dir, Options{})
}

func openedWith(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.Log == nil && testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sheet is a page with a mark on it that tells it from others.
func sheet(t testing.TB, mark byte) tiff.Coded {
	t.Helper()
	const width, height = 1728, 16
	p := &raster.Page{Width: width, Height: height, Stride: width / 8, Bits: make([]byte, height*width/8), Resolution: raster.Fine}
	for y := range height {
		p.Row(y)[0], p.Row(y)[y] = mark, mark
	}
	c, err := tiff.Code(p, tiff.Style{Coding: t4.MMR})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// marksOf are the marks of the pages in a file.
func marksOf(t testing.TB, f *os.File, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := tiff.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for n := range pages.Pages() {
		p, err := pages.Page(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Row(0)[0])
	}
	return string(all)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// received stores a whole fax.
func received(t testing.TB, s *Store, m fax.Message, pages string) fax.Message {
	t.Helper()
	r := s.Receive(m)
	for _, mark := range []byte(pages) {
		if err := r.Append(sheet(t, mark)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := r.Seal(m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// submitted submits a document to each number.
func submitted(t testing.TB, s *Store, pages string, once Once, numbers ...string) ([]fax.Job, error) {
	t.Helper()
	d, err := s.Draft()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	for _, mark := range []byte(pages) {
		if err := d.Append(sheet(t, mark)); err != nil {
			return nil, err
		}
	}
	var list []fax.Job
	for _, n := range numbers {
		list = append(list, fax.Job{Type: fax.JobSend, State: fax.Pending, FaxNumber: n, SubmissionID: "s", SubmittedTime: then})
	}
	return d.Submit(list, once)
}

func TestAFaxIsReceived(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	r := s.Receive(fax.Message{RawReceiveTime: then, CallerID: "030123"})
	if err := errors.Join(r.Append(sheet(t, 'a')), r.Append(sheet(t, 'x')), r.Replace(sheet(t, 'b')),
		r.Append(sheet(t, 'y')), r.Drop()); err != nil {
		t.Fatal(err)
	}
	if p := must(s.Messages(MessageFilter{}, "", 10)); len(p.Items) != 0 {
		t.Errorf("before it is sealed it is listed: %v", p.Items)
	}
	m, err := r.Seal(fax.Message{RawReceiveTime: then, CallerID: "030123", Tsid: "ABC"})
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != 1 || m.Pages != 2 || m.Direction != fax.In || m.Size == 0 {
		t.Errorf("sealed as %+v", m)
	}
	check := func(s *Store) {
		t.Helper()
		p := must(s.Messages(MessageFilter{}, "", 10))
		if len(p.Items) != 1 || p.Items[0].Tsid != "ABC" || p.Next != "" {
			t.Errorf("listed: %+v", p)
		}
		f, err := s.MessageFile(m.ID)
		if got := marksOf(t, f, err); got != "ab" {
			t.Errorf("pages %q, want ab", got)
		}
		if f := s.Health(); len(f) != 0 {
			t.Errorf("health: %v", f)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(opened(t, dir))
}

func TestAFaxWithoutPagesIsNotKept(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	r := s.Receive(fax.Message{})
	if err := r.Begin(); err != nil {
		t.Fatal(err)
	}
	if m, err := r.Seal(fax.Message{}); err != nil || m.ID != 0 {
		t.Errorf("Seal() = %v, %v", m, err)
	}
	if names := must(list(filepath.Join(dir, unfinishedDir))); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestAJobIsSentAndKept(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	list, err := submitted(t, s, "abc", Once{}, "1", "2")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].JobID != 1 || list[1].JobID != 2 || list[1].PageCount != 3 || list[1].FaxNumber != "2" {
		t.Errorf("submitted as %+v", list)
	}
	f, err := s.JobFile(2)
	if got := marksOf(t, f, err); got != "abc" {
		t.Errorf("pages of job 2: %q", got)
	}
	job := list[1]
	job.State, job.ConfirmedPages = fax.Finished, 3
	job, m, err := s.Finish(job, fax.Message{RecipientNumber: "2", RawReceiveTime: then})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveJob(job.JobID); err != nil {
		t.Fatal(err)
	}
	f, err = s.MessageFile(m.ID)
	if got := marksOf(t, f, err); got != "abc" {
		t.Errorf("pages of the message: %q", got)
	}
	if m := must(s.Message(m.ID)); m.Direction != fax.Out || m.JobID != 2 || m.Pages != 3 {
		t.Errorf("kept as %+v", m)
	}
	if all := must(s.Jobs()); len(all) != 1 || all[0].JobID != 1 {
		t.Errorf("jobs left: %+v", all)
	}
	if _, err := s.JobFile(2); !errors.Is(err, ErrNotFound) {
		t.Errorf("pages of a job that was removed: %v", err)
	}
}

func TestOneKeyIsOneFax(t *testing.T) {
	s := opened(t, t.TempDir())
	once := Once{Key: "k", Digest: "d", Expires: then.Add(time.Hour)}
	first, err := submitted(t, s, "a", once, "1")
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := s.Submitted(once); err != nil || len(ids) != 1 || ids[0] != first[0].JobID {
		t.Errorf("Submitted() = %v, %v", ids, err)
	}
	var again Repeated
	if _, err := submitted(t, s, "a", once, "1"); !errors.As(err, &again) || len(again.Jobs) != 1 {
		t.Errorf("the same again: %v", err)
	}
	other := once
	other.Digest = "other"
	if _, err := submitted(t, s, "a", other, "1"); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another with the same key: %v", err)
	}
	if n := len(must(s.Jobs())); n != 1 {
		t.Errorf("%d jobs, want 1", n)
	}
	if names := must(list(s.path(unfinishedDir))); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	if err := s.Tend(then.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if ids, err := s.Submitted(once); err != nil || ids != nil {
		t.Errorf("after it has expired: %v, %v", ids, err)
	}
}

func TestAnotherProcessHasIt(t *testing.T) {
	dir := t.TempDir()
	opened(t, dir)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second Open: %v", err)
	}
	if err := Restore(dir, bytes.NewReader(nil), Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("Restore: %v", err)
	}
}

func TestClosed(t *testing.T) {
	s := opened(t, t.TempDir())
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Server(); !errors.Is(err, ErrClosed) {
		t.Errorf("reading: %v", err)
	}
	if err := s.PutServer(fax.Server{}); !errors.Is(err, ErrClosed) {
		t.Errorf("writing: %v", err)
	}
}

func TestTrace(t *testing.T) {
	s := opened(t, t.TempDir())
	c := must(s.PutCall(fax.Call{Start: then}))
	if _, err := s.Trace(c.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	w := must(s.CreateTrace(c.ID))
	if _, err := io.WriteString(w, "faxbox trace 1\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := must(s.Trace(c.ID))
	defer r.Close()
	if got := string(must(io.ReadAll(r))); got != "faxbox trace 1\n" {
		t.Errorf("the trace: %q", got)
	}
	if err := s.RemoveTraces(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Trace(c.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
}
