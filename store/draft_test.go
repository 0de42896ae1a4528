package store

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"faxbox/fax"
)

// covered submits a document with cover pages: fronts are those of each job.
func covered(t testing.TB, s *Store, pages string, once Once, fronts ...string) ([]fax.Job, error) {
	t.Helper()
	d, err := s.Draft()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	for i, front := range fronts {
		for _, mark := range []byte(front) {
			if err := d.AppendCover(i, sheet(t, mark)); err != nil {
				return nil, err
			}
		}
	}
	for _, mark := range []byte(pages) {
		if err := d.Append(sheet(t, mark)); err != nil {
			return nil, err
		}
	}
	list := make([]fax.Job, len(fronts))
	for i := range list {
		list[i] = fax.Job{Type: fax.JobSend, State: fax.Pending, FaxNumber: "1", SubmissionID: "c", SubmittedTime: then}
	}
	return d.Submit(list, once)
}

// TestEachJobHasItsCover: cover pages come first, each with its job; one that is the whole fax will do.
func TestEachJobHasItsCover(t *testing.T) {
	for _, c := range []struct {
		pages  string
		fronts []string
	}{
		{"PQ", []string{"a", "b", "c"}},
		{"PQ", []string{"ab", "", "c"}},
		{"PQ", []string{"", "b"}},
		{"", []string{"a", "bc"}},
		{"PQ", []string{"a"}},
		{"PQ", []string{"", ""}},
	} {
		s := opened(t, quickDir(t))
		jobs := must(covered(t, s, c.pages, Once{}, c.fronts...))
		for i, j := range jobs {
			f, err := s.JobFile(j.JobID)
			info := must(f.Stat())
			want := c.fronts[i] + c.pages
			if got := marksOf(t, f, err); got != want || j.PageCount != len(want) || j.DocumentSize != info.Size() {
				t.Errorf("%q: job %d has %q, and says %d pages of %d octets, not %d", c.fronts, i, got, j.PageCount, j.DocumentSize, info.Size())
			}
		}
		foldersAgree(t, s)
		if names := must(list(s.path(unfinishedDir))); len(names) > 0 {
			t.Errorf("left: %v", names)
		}
	}
}

// TestDraftIsRead: what is to be sent can be seen before, and sent twice.
func TestDraftIsRead(t *testing.T) {
	s := opened(t, quickDir(t))
	d := must(s.Draft())
	defer d.Close()
	for i, front := range []string{"ab", "c"} {
		for _, mark := range []byte(front) {
			if err := d.AppendCover(i, sheet(t, mark)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(d.Append(sheet(t, 'P')), d.Append(sheet(t, 'Q'))); err != nil {
		t.Fatal(err)
	}
	if err := d.AppendCover(0, sheet(t, 'x')); err == nil {
		t.Error("a cover page for the first job after one for the second")
	}
	seen := func() {
		t.Helper()
		for job, want := range []string{"abPQ", "cPQ", "PQ"} {
			var got strings.Builder
			for n := range d.Pages(job) {
				got.WriteByte(must(d.Page(job, n)).Row(0)[0])
			}
			if got.String() != want {
				t.Errorf("job %d would have %q, want %q", job, got.String(), want)
			}
		}
	}
	seen()
	list := []fax.Job{{FaxNumber: "1"}, {FaxNumber: "2"}}
	if _, err := d.Submit(list[:1], Once{}); err == nil {
		t.Error("one job, and cover pages for two")
	}
	for range 2 {
		for i, j := range must(d.Submit(list, Once{})) {
			f, err := s.JobFile(j.JobID)
			if got, want := marksOf(t, f, err), []string{"abPQ", "cPQ"}[i]; got != want {
				t.Errorf("job %d has %q, want %q", j.JobID, got, want)
			}
		}
		seen()
	}
	if size := must(d.Size()); size < 500 {
		t.Errorf("five pages take %d octets", size)
	}
}

// TestNoPage: there is nothing to send.
func TestNoPage(t *testing.T) {
	s := opened(t, quickDir(t))
	for _, fronts := range [][]string{{""}, {"a", ""}, {"", "a"}} {
		if jobs, err := covered(t, s, "", Once{}, fronts...); err == nil {
			t.Errorf("%q: %+v", fronts, jobs)
		}
	}
	if n := len(must(s.Jobs())); n > 0 {
		t.Errorf("%d jobs", n)
	}
}

// TestUnsyncedStaysUnsynced: after the disk could not make a draft durable, no job is made of it.
func TestUnsyncedStaysUnsynced(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	draft := must(s.Draft())
	defer draft.Close()
	if err := draft.Append(sheet(t, 'P')); err != nil {
		t.Fatal(err)
	}
	d.failNext("sync", syscall.EIO)
	for range 2 {
		if jobs, err := draft.Submit([]fax.Job{{FaxNumber: "1"}}, Once{}); err == nil {
			t.Errorf("accepted: %+v", jobs)
		}
	}
	foldersAgree(t, s)
}
