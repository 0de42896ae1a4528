package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
)

// cutOff is a store that was closed while a fax came in: message 1, of two pages.
func cutOff(t *testing.T) (dir, folder string) {
	t.Helper()
	dir = quickDir(t)
	s := opened(t, dir)
	r := s.Receive(fax.Message{RawReceiveTime: then, CallerID: "030 1", DeviceID: 2})
	if err := errors.Join(r.Append(sheet(t, 'a')), r.Append(sheet(t, 'b')), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, unfinishedDir, "message-1")
}

func TestAFaxThatWasCutShort(t *testing.T) {
	dir, folder := cutOff(t)
	end := then.Add(40 * time.Second)
	if err := os.Chtimes(filepath.Join(folder, pagesName), end, end); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir)
	m := must(s.Message(1))
	if !m.Partial || m.Pages != 2 || m.CallerID != "030 1" || m.DeviceID != 2 || m.Result.Cause != fax.LineDropped ||
		m.Result.Hint == "" || !m.EndTime.Equal(end) || m.Duration != 40 || !m.RawReceiveTime.Equal(then) {
		t.Errorf("taken up as %+v", m)
	}
	healthy(t, s)
}

func TestAFolderThatLostItsRecord(t *testing.T) {
	for name, content := range map[string]string{"no octets": "", "not ours": "<html>", "too large": string(make([]byte, maxRecordFile+1))} {
		dir, folder := cutOff(t)
		if err := os.WriteFile(filepath.Join(folder, messageFolder.record), []byte(content), fileMode); err != nil {
			t.Fatal(err)
		}
		s := opened(t, dir)
		if m, err := s.Message(1); err != nil || !m.Partial || m.Pages != 2 || m.Direction != fax.In || m.RawReceiveTime.IsZero() {
			t.Errorf("%s: taken up as %+v, %v", name, m, err)
		}
	}
}

func TestAFolderThatNobodyCanRead(t *testing.T) {
	dir, folder := cutOff(t)
	path := filepath.Join(folder, pagesName)
	if err := os.WriteFile(path, []byte("II*\x00 this is no file of pages"), fileMode); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := openedWith(t, dir, Options{})
		found := s.Health()
		if len(found) != 1 || found[0].Name != FolderFinding+"unfinished/message-1" {
			t.Errorf("health: %+v", found)
		}
		if !exists(path) {
			t.Error("it was deleted")
		}
		received(t, s, fax.Message{}, "c") // the box works
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAJobThatLostItsRecord(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	j := must(submitted(t, s, "PQ", Once{}, "1"))[0]
	j.State, j.ConfirmedPages = fax.InProgress, 1
	if err := errors.Join(s.PutJob(j), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, jobsDir, "1", jobFolder.record), nil, fileMode); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	if j := must(s.Job(1)); j.State != fax.Pending || j.ConfirmedPages != 1 {
		t.Errorf("%+v", j)
	}
}

func TestAJobThatWasBeingCancelled(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	j := must(submitted(t, s, "PQ", Once{}, "1"))[0]
	j.State = fax.Deleting
	if err := errors.Join(s.PutJob(j), s.Close()); err != nil {
		t.Fatal(err)
	}
	if j := must(opened(t, dir).Job(1)); j.State != fax.Aborted || j.EndTime.IsZero() {
		t.Errorf("%+v", j)
	}
}

// TestSubmittedAsTheDatabaseWasLost: the plug is pulled just after a submission was accepted, and takes the database with it.
func TestSubmittedAsTheDatabaseWasLost(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	must(submitted(t, s, "PQ", Once{}, "1", "2", "3"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for id := int64(1); id <= 3; id++ {
		if err := os.Rename(s.final(jobFolder, id), s.making(jobFolder, id)); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(os.Remove(s.path(databaseName)),
		os.Remove(filepath.Join(s.making(jobFolder, 2), pagesName)), // never whole
		os.Remove(filepath.Join(s.making(jobFolder, 3), jobFolder.record)))
	if err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	if all := must(s.Jobs()); len(all) != 1 || all[0].JobID != 1 || all[0].FaxNumber != "1" {
		t.Errorf("taken up: %+v", all)
	}
	if next := must(submitted(t, s, "PQ", Once{}, "4")); next[0].JobID <= 3 {
		t.Errorf("job %d has been", next[0].JobID)
	}
	foldersAgree(t, s)
}

// TestEverythingAtOnce is for the race detector, and for what is left at the end.
func TestEverythingAtOnce(t *testing.T) {
	s := opened(t, quickDir(t))
	const rounds, lines = 15, 4
	ctx, stop := context.WithCancel(t.Context())
	var busy, idle sync.WaitGroup
	for line := range lines {
		busy.Go(func() {
			for n := range rounds {
				m := received(t, s, fax.Message{RawReceiveTime: then, DeviceID: fax.DeviceID(line + 1)}, "ab")
				_, err := s.ChangeMessage(m.ID, func(m *fax.Message) error { m.Read = true; return nil })
				if n%3 == 0 {
					err = errors.Join(err, s.RemoveMessage(m.ID))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		busy.Go(func() {
			for n := range rounds {
				list, err := submitted(t, s, "P", Once{Key: fmt.Sprint(n), Expires: then.Add(time.Hour)}, "1", "2")
				if _, ok := errors.AsType[Repeated](err); ok {
					continue // another line was faster
				}
				if err != nil {
					t.Error(err)
					continue
				}
				list[0].State = fax.Finished
				if _, _, err := s.Finish(list[0], fax.Message{RawReceiveTime: then}); err != nil {
					t.Error(err)
				}
				if err := s.RemoveJob(list[0].JobID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, work := range []func(n int) error{
		func(n int) error { return s.Tend(then.Add(-time.Duration(n) * time.Hour)) },
		func(int) error { s.Health(); return nil },
		func(int) error { return s.Backup(ctx, io.Discard, then) },
		func(int) error { _, err := s.Messages(MessageFilter{DeviceID: 1}, "", 10); return err },
		func(int) error { _, err := s.Jobs(); return err },
	} {
		idle.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := work(n); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	busy.Wait()
	stop()
	idle.Wait()
	in := s.CountMessages(MessageFilter{Direction: fax.In})
	out := s.CountMessages(MessageFilter{Direction: fax.Out})
	jobs := len(must(s.Jobs()))
	if in != lines*rounds*2/3 || out != rounds || jobs != rounds {
		t.Errorf("%d received, %d sent, %d jobs; want %d, %d, %d", in, out, jobs, lines*rounds*2/3, rounds, rounds)
	}
	foldersAgree(t, s)
	healthy(t, s)
}
