package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"faxbox/fax"
)

// ledger is what a user of the store was told, and so may rely on.
type ledger struct {
	accepted  map[fax.JobID]int  // jobs, and how many of their pages were confirmed
	keyed     bool               // the submission with a key was accepted
	finished  map[fax.JobID]bool // jobs whose sent copy was kept
	dropped   map[fax.JobID]bool // jobs that were removed
	confirmed []string           // pages of each fax that came in, by their marks
	sealed    []bool
	deleted   map[int]bool // faxes that came in and were deleted, by their place above
	inBin     map[int]bool // whether they were put into the bin, or brought back from it; those of which nobody can say are not here
	settled   bool
	uncertain map[string]bool // what was asked for and not told to have happened
}

// busyDay does everything that changes the disk, goes on after errors, and writes down what it was told.
func busyDay(t testing.TB, s *Store, l *ledger) {
	*l = ledger{
		accepted: map[fax.JobID]int{}, finished: map[fax.JobID]bool{}, dropped: map[fax.JobID]bool{},
		deleted: map[int]bool{}, inBin: map[int]bool{}, uncertain: map[string]bool{},
	}
	once := Once{Key: "k", Digest: "d", Expires: then.Add(1000 * time.Hour)}
	list, err := submitted(t, s, "PQ", once, "1", "2")
	l.keyed = err == nil
	for _, j := range list {
		l.accepted[j.JobID] = 0
	}
	fronted, _ := covered(t, s, "PQ", Once{}, "V", "W") // none after an error
	for _, j := range fronted {
		l.accepted[j.JobID] = 0
	}
	if len(list) > 0 {
		sendOne(s, l, list[0])
	}
	first := receiveOne(t, s, l, "ab", true)
	second := receiveOne(t, s, l, "cd", true)
	if len(list) > 0 {
		j := list[1]
		j.State, j.ConfirmedPages = fax.InProgress, 1
		if s.PutJob(j) == nil {
			l.accepted[j.JobID] = 1
		}
	}
	if first > 0 {
		_, err := s.ChangeMessage(first, func(m *fax.Message) error { m.Read = true; return nil })
		l.uncertain["read"] = err != nil
	}
	l.bin(s, 0, first, then)
	l.bin(s, 1, second, then)
	l.bin(s, 1, second, time.Time{})
	_ = s.Snapshot(then) // without one the database itself must do
	l.settled = s.PutServer(fax.Server{Retries: 7}) == nil
	if first > 0 {
		if s.RemoveMessage(first) == nil {
			l.deleted[0] = true
		} else {
			l.uncertain["deleted"] = true
		}
	}
	receiveOne(t, s, l, "ef", false)
}

// bin puts a fax into the bin, or, at no time, brings it back.
func (l *ledger) bin(s *Store, n int, id fax.MessageID, at time.Time) {
	if id == 0 {
		return
	}
	if _, err := s.ChangeMessage(id, func(m *fax.Message) error { m.DeletedTime = at; return nil }); err != nil {
		delete(l.inBin, n)
		return
	}
	l.inBin[n] = !at.IsZero()
}

// sendOne sends a job, keeps what was sent and removes the job.
func sendOne(s *Store, l *ledger, j fax.Job) {
	j.State = fax.InProgress
	for page := range 2 {
		j.ConfirmedPages = page + 1
		if s.PutJob(j) != nil {
			return
		}
		l.accepted[j.JobID] = j.ConfirmedPages
	}
	done := j
	done.State = fax.Finished
	if _, _, err := s.Finish(done, fax.Message{RawReceiveTime: then, RecipientNumber: "1"}); err != nil {
		l.uncertain["finished"] = true
		return
	}
	l.finished[j.JobID] = true
	if s.RemoveJob(j.JobID) == nil {
		l.dropped[j.JobID] = true
	} else {
		l.uncertain["dropped"] = true
	}
}

// receiveOne takes a fax: each page first comes badly, and is sent again.
func receiveOne(t testing.TB, s *Store, l *ledger, pages string, seal bool) fax.MessageID {
	m := fax.Message{RawReceiveTime: then, CallerID: fax.Text(pages)}
	r := s.Receive(m)
	told := ""
	for _, mark := range []byte(pages) {
		if r.Append(sheet(t, 'z')) != nil || r.Replace(sheet(t, mark)) != nil {
			break
		}
		told += string(mark)
	}
	l.confirmed = append(l.confirmed, told)
	l.sealed = append(l.sealed, false)
	if !seal {
		return 0
	}
	m, err := r.Seal(m)
	if err != nil {
		return 0
	}
	l.sealed[len(l.sealed)-1] = true
	return m.ID
}

// holds checks that a store holds what the ledger says, after an error (crash is false) or after the plug was pulled.
func (l *ledger) holds(t testing.TB, s *Store, crash bool) {
	t.Helper()
	l.jobsHold(t, s, crash)
	l.messagesHold(t, s)
	if settled := must(s.Server()); l.settled && settled.Retries != 7 {
		t.Errorf("settings that were stored are lost: %+v", settled)
	}
	for _, dir := range []string{unfinishedDir, deletedDir} {
		if names := must(list(s.path(dir))); len(names) > 0 {
			t.Errorf("%s still holds %v", dir, names)
		}
	}
	foldersAgree(t, s)
}

// healthy checks that nothing is found wrong.
func healthy(t testing.TB, s *Store) {
	t.Helper()
	if f := s.Health(); len(f) > 0 {
		t.Errorf("health: %+v", f)
	}
}

// everyMessage is what is listed and what is in the bin, each of which says so itself.
func everyMessage(t testing.TB, s *Store) []fax.Message {
	t.Helper()
	all := must(s.Messages(MessageFilter{}, "", MaxPage)).Items
	bin := must(s.Messages(MessageFilter{Bin: true}, "", MaxPage)).Items
	for i, m := range append(all, bin...) {
		if m.InBin() != (i >= len(all)) {
			t.Errorf("message %d is listed in the wrong place", m.ID)
		}
	}
	if oldest := must(s.InBin(then.AddDate(100, 0, 0), MaxPage)); len(oldest) != len(bin) {
		t.Errorf("%d messages are known to be in the bin, and %d are", len(oldest), len(bin))
	}
	return append(all, bin...)
}

// foldersAgree checks that there is a folder for each record and a record for each folder.
func foldersAgree(t testing.TB, s *Store) {
	t.Helper()
	want := map[string]bool{}
	for _, j := range must(s.Jobs()) {
		want[fmt.Sprintf("jobs/%d", j.JobID)] = true
	}
	for _, m := range everyMessage(t, s) {
		want[fmt.Sprintf("messages/%d", m.ID)] = true
	}
	for _, shelf := range []string{jobsDir, messagesDir} {
		for _, name := range must(list(s.path(shelf))) {
			if path := shelf + "/" + name; !want[path] {
				t.Errorf("%s has no record", path)
			} else {
				delete(want, path)
			}
		}
	}
	for path := range want {
		t.Errorf("%s has a record and no folder", path)
	}
}

func (l *ledger) jobsHold(t testing.TB, s *Store, crash bool) {
	t.Helper()
	there := map[fax.JobID]fax.Job{}
	for _, j := range must(s.Jobs()) {
		there[j.JobID] = j
		if _, ok := l.accepted[j.JobID]; !ok && !crash {
			t.Errorf("job %d was refused and is there", j.JobID)
		}
		if j.State == fax.InProgress {
			t.Errorf("job %d is in progress", j.JobID)
		}
		f, err := s.JobFile(j.JobID)
		if got := marksOf(t, f, err); got != l.pagesOf(j) {
			t.Errorf("job %d has pages %q, want %q", j.JobID, got, l.pagesOf(j))
		}
	}
	for id, pages := range l.accepted {
		j, ok := there[id]
		switch {
		case l.dropped[id] && ok:
			t.Errorf("job %d was removed and is there", id)
		case !ok && !l.dropped[id] && !(l.finished[id] && l.uncertain["dropped"]):
			t.Errorf("job %d is lost", id)
		case ok && j.ConfirmedPages < pages:
			t.Errorf("job %d: %d pages confirmed, and %d known: they would be sent again", id, pages, j.ConfirmedPages)
		case ok && l.finished[id] && j.State != fax.Finished:
			t.Errorf("job %d was finished and is %v", id, j.State)
		}
	}
	if ids, err := s.Submitted(Once{Key: "k", Digest: "d"}); err != nil || l.keyed && len(ids) != 2 {
		t.Errorf("the key stands for %v, %v", ids, err)
	}
}

// pagesOf are the pages that a job must have, whether it was accepted or only half so.
func (l *ledger) pagesOf(j fax.Job) string {
	if j.SubmissionID != "c" {
		return "PQ"
	}
	if j.JobID%2 == 1 { // numbers are given to the two jobs of a submission at once
		return "VPQ"
	}
	return "WPQ"
}

func (l *ledger) messagesHold(t testing.TB, s *Store) {
	t.Helper()
	in := map[string]fax.Message{} // by the first mark
	out := 0
	for _, m := range everyMessage(t, s) {
		f, err := s.MessageFile(m.ID)
		marks := marksOf(t, f, err)
		if m.Pages != len(marks) {
			t.Errorf("message %d has %d pages and says %d", m.ID, len(marks), m.Pages)
		}
		if m.Direction == fax.Out {
			out++
			if j, err := s.Job(m.JobID); err == nil && j.MessageID != m.ID {
				t.Errorf("message %d is job %d, which does not know it and would become another", m.ID, m.JobID)
			}
			continue
		}
		if _, twice := in[marks[:1]]; twice {
			t.Errorf("the fax %q is there twice", marks)
		}
		m.Note = marks
		in[marks[:1]] = m
	}
	if out > 1 || out == 0 && len(l.finished) > 0 {
		t.Errorf("what was sent was kept %d times", out)
	}
	for i, pages := range l.confirmed {
		if pages == "" {
			continue
		}
		m, ok := in[pages[:1]]
		switch {
		case l.deleted[i] && ok:
			t.Errorf("the fax %q was deleted and is there", pages)
		case l.deleted[i] || i == 0 && !ok && l.uncertain["deleted"]:
		case !ok || !strings.HasPrefix(m.Note, pages):
			t.Errorf("of the fax %q only %q is left", pages, m.Note)
		case l.sealed[i] && m.Partial:
			t.Errorf("the fax %q was sealed and is marked partial", pages)
		}
		if inBin, told := l.inBin[i]; ok && told && m.InBin() != inBin {
			t.Errorf("the fax %q is in the bin: %v, and should be: %v", pages, m.InBin(), inBin)
		}
	}
}

// day runs busyDay on a disk, and answers with what was told; nothing if the store could not even be opened.
func day(t testing.TB, d *faultDisk) *ledger {
	l := &ledger{}
	s, err := Open(d.root, Options{disk: d})
	if err != nil {
		return l
	}
	busyDay(t, s, l)
	_ = s.Close() // it has been closed, whatever it says
	return l
}

// TestNothingIsLost lets each step of a busy day go wrong, in several ways, and opens the store again.
func TestNothingIsLost(t *testing.T) {
	plain := newFaultDisk(quickDir(t))
	day(t, plain).holds(t, opened(t, plain.root), false)
	steps := plain.steps
	t.Logf("%d steps", len(steps))
	if testing.Verbose() {
		t.Log(strings.Join(steps, "\n"))
	}
	for first, way := range []struct {
		name  string
		err   error
		after bool
		lucky bool
	}{
		{"fails", errors.New("injected"), false, false},
		{"fails when done", errors.New("injected"), true, false},
		{"no room", syscall.ENOSPC, false, false},
		{"plug pulled, only what was synced is left", errPlug, false, false},
		{"plug pulled, all that was written is left", errPlug, false, true},
	} {
		t.Run(way.name, func(t *testing.T) {
			for n, step := range steps {
				if n%stepsApart != first%stepsApart {
					continue
				}
				d := newFaultDisk(quickDir(t))
				d.at, d.err, d.after = n+1, way.err, way.after
				l := day(t, d)
				dir, crash := d.root, way.err == errPlug
				if crash && !way.lucky {
					dir = filepath.Join(quickDir(t), "left")
					d.left(t, dir)
				}
				checkAgain(t, dir, l, crash)
				if t.Failed() {
					t.Fatalf("at step %d, %s", n+1, step)
				}
			}
		})
	}
}

// checkAgain opens a store twice, and checks each time.
func checkAgain(t testing.TB, dir string, l *ledger, crash bool) {
	t.Helper()
	for range 2 {
		s, err := Open(dir, Options{disk: newFaultDisk(dir)})
		if err != nil {
			t.Fatal(err)
		}
		l.holds(t, s, crash)
		healthy(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlugPulledAgain pulls the plug, and pulls it again at each step of the repair.
func TestPlugPulledAgain(t *testing.T) {
	plain := newFaultDisk(quickDir(t))
	day(t, plain)
	for n := 10; n <= len(plain.steps); n += 7 {
		d := newFaultDisk(quickDir(t))
		d.at, d.err = n, errPlug
		l := day(t, d)
		for again := 1; ; again++ {
			repair := newFaultDisk(filepath.Join(quickDir(t), "again"))
			d.left(t, repair.root)
			repair.adopt(t)
			repair.at, repair.err = again, errPlug
			s, err := Open(repair.root, Options{disk: repair})
			if err == nil {
				_ = s.Close()
			}
			dir := filepath.Join(quickDir(t), "left")
			repair.left(t, dir)
			checkAgain(t, dir, l, true)
			if t.Failed() {
				t.Fatalf("at step %d, %s, and again at step %d of the repair: %s", n, plain.steps[n-1], again,
					strings.Join(repair.steps, "\n"))
			}
			if again > len(repair.steps) {
				break
			}
		}
	}
}

// adopt takes what is in the folder as synced.
func (d *faultDisk) adopt(t testing.TB) {
	t.Helper()
	if err := d.top.read(d.root); err != nil {
		t.Fatal(err)
	}
}

func (n *node) read(from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(from, e.Name())
		child := newDir()
		if e.IsDir() {
			err = child.read(path)
		} else {
			child.names, child.saved = nil, nil
			child.data, err = os.ReadFile(path)
		}
		if err != nil {
			return err
		}
		n.names[e.Name()], n.saved[e.Name()] = child, child
	}
	return nil
}

// TestDiskWithoutLinks: on some file systems a file has one name only.
func TestDiskWithoutLinks(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	d.failNext("link", syscall.EPERM)
	j := must(submitted(t, s, "PQ", Once{}, "1"))[0]
	f, err := s.JobFile(j.JobID)
	if got := marksOf(t, f, err); got != "PQ" {
		t.Errorf("pages %q", got)
	}
}

// TestNearlyFull: what room is left is kept for faxes that come in.
func TestNearlyFull(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	d.free = reserved - 1
	if _, err := s.Draft(); !errors.Is(err, ErrFull) {
		t.Errorf("a submission: %v", err)
	}
	received(t, s, fax.Message{}, "ab")
	if f := s.Health(); len(f) != 1 || f[0].Name != SpaceFinding {
		t.Errorf("health: %+v", f)
	}
	d.free = nearlyFull
	healthy(t, s)
	must(submitted(t, s, "a", Once{}, "1"))
}

// TestWear counts what each deed costs the card: how often something is synced, a commit being two times.
func TestWear(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	var r *Reception
	var j fax.Job
	var m fax.Message
	for _, c := range []struct {
		deed string
		do   func() error
		most int
	}{
		{"begin a fax", func() error { r = s.Receive(m); return r.Begin() }, 7},
		{"take a page", func() error { return r.Append(sheet(t, 'a')) }, 2},
		{"seal it", func() (err error) { m, err = r.Seal(m); return err }, 4},
		{"mark it read", func() error {
			_, err := s.ChangeMessage(m.ID, func(m *fax.Message) error { m.Read = true; return nil })
			return err
		}, 4},
		{"submit ten pages", func() error {
			list, err := submitted(t, s, "0123456789", Once{}, "1")
			if err == nil {
				j = list[0]
			}
			return err
		}, 8},
		{"confirm a page", func() error { j.ConfirmedPages++; return s.PutJob(j) }, 4},
		{"finish the job", func() (err error) { j, _, err = s.Finish(j, fax.Message{}); return err }, 10},
		{"remove the job", func() error { return s.RemoveJob(j.JobID) }, 4},
		{"note a call", func() error { _, err := s.PutCall(fax.Call{}); return err }, 2},
	} {
		before := len(d.steps)
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, step := range d.steps[before:] {
			switch op, _, _ := strings.Cut(step, " "); op {
			case "sync", "syncdir":
				n++
			case "commit":
				n += 2
			}
		}
		t.Logf("%-16s %d", c.deed, n)
		if n > c.most {
			t.Errorf("to %s takes %d syncs, more than %d: %v", c.deed, n, c.most, d.steps[before:])
		}
	}
}

// TestHeardThoughNotStored: a page was confirmed by the distant machine, and the database could not take it.
func TestHeardThoughNotStored(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	j := must(submitted(t, s, "PQ", Once{}, "1"))[0]
	d.failNext("commit", syscall.EIO)
	j.State, j.ConfirmedPages = fax.InProgress, 1
	if err := s.PutJob(j); err == nil {
		t.Fatal("it was stored")
	}
	if f := s.Health(); len(f) != 0 { // the disk works again, as Health has found out
		t.Errorf("health: %+v", f)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	j = must(opened(t, d.root).Job(j.JobID))
	if j.ConfirmedPages != 1 || j.State != fax.Pending {
		t.Errorf("%d pages, %v; want 1, Pending", j.ConfirmedPages, j.State)
	}
}

// TestSealedThoughNotListed: a fax ended, and the database could not take it. What was known of it is not lost.
func TestSealedThoughNotListed(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	r := s.Receive(fax.Message{RawReceiveTime: then})
	if err := r.Append(sheet(t, 'a')); err != nil {
		t.Fatal(err)
	}
	d.failNext("commit", syscall.EIO)
	if _, err := r.Seal(fax.Message{RawReceiveTime: then, Tsid: "ABC"}); err == nil {
		t.Fatal("it was listed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m := must(opened(t, d.root).Message(r.ID()))
	if m.Partial || m.Tsid != "ABC" || m.Pages != 1 {
		t.Errorf("taken up as %+v", m)
	}
}

// TestSealIsRepeated: it fails, and is called again.
func TestSealIsRepeated(t *testing.T) {
	for _, op := range []string{"create", "write", "sync", "rename", "commit"} {
		d := newFaultDisk(quickDir(t))
		s := openedWith(t, d.root, Options{disk: d})
		r := s.Receive(fax.Message{})
		if err := r.Append(sheet(t, 'a')); err != nil {
			t.Fatal(err)
		}
		d.failNext(op, syscall.ENOSPC)
		if _, err := r.Seal(fax.Message{}); !errors.Is(err, ErrFull) {
			t.Errorf("%s failed: %v", op, err)
		}
		if m, err := r.Seal(fax.Message{}); err != nil || m.Pages != 1 {
			t.Errorf("after %s failed: %v, %v", op, m, err)
		}
		if n := s.CountMessages(MessageFilter{}); n != 1 {
			t.Errorf("after %s failed: %d messages", op, n)
		}
	}
}
