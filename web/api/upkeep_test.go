package api

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
	"faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/web/upkeep"
)

// twoSystems makes the box one that takes updates; signs is what signs them.
func (b *box) twoSystems() (signs ed25519.PrivateKey) {
	signs = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	b.upkeep.Version = "1.2.0"
	b.upkeep.Machine = &upkeep.Machine{Slot: slots.A, Boards: []string{"linux,dummy-virt"}, Key: signs.Public().(ed25519.PublicKey),
		State: update.Keeper{Path: filepath.Join(b.Dir, "card", "state.json")}}
	return signs
}

func (b *box) updateFile(version string, signs ed25519.PrivateKey) string {
	b.Helper()
	var file bytes.Buffer
	m := update.Manifest{Version: version, Boards: []string{"linux,dummy-virt"}}
	b.Must(update.Pack(&file, m, signs, []string{"root", "cmdline.txt", "initrd", "Image"}, func(name string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(version + name)), nil
	}))
	return file.String()
}

func (b *box) install(fields ...string) reply {
	return b.send(fax.Administrator, b.Form(Root+"/update", fields...))
}

func (b *box) update() wire.Update {
	b.Helper()
	return as[wire.Update](b.do(fax.Viewer, "GET", Root+"/update", nil).want(http.StatusOK))
}

// An update is checked, calls end, and what has the rights to the card finds a request.
func TestUpdate(t *testing.T) {
	inBox(t, func(b *box) {
		if u := b.update(); u.Slots || u.Version != "test" || u.Trouble != "" {
			b.Errorf("a box with one system: %+v", u)
		}
		b.install("@file", "x").want(http.StatusConflict)
		signs := b.twoSystems()
		request := filepath.Join(b.Data, upkeep.UpdateFolder, upkeep.RequestFile)
		for file, detail := range map[string]string{
			"no update":                  "this is no update file",
			b.updateFile("1.1.0", signs): "the update is older than what runs: it is 1.1.0, and 1.2.0 runs",
			b.updateFile("1.3.0", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))): "the update is not signed by whoever made this box's system",
			b.updateFile("1.3.0", signs)[:4000]:                                           "the update file is cut off",
		} {
			p := as[wire.Problem](b.install("@file", file).want(http.StatusUnprocessableEntity))
			if p.Detail != detail || !strings.HasSuffix(p.Hint, "Nothing was changed.") {
				b.Errorf("%q, %q; want %q", p.Detail, p.Hint, detail)
			}
			if left, err := os.ReadDir(filepath.Dir(request)); err == nil {
				b.Errorf("%s: %v is left", detail, left)
			}
		}
		u := as[wire.Update](b.install("downgrade", "true", "@file", b.updateFile("1.1.0", signs)).want(http.StatusAccepted))
		if u.Phase != "waiting" || u.New != "1.1.0" || u.Before != "1.2.0" {
			b.Errorf("%+v", u)
		}
		b.install("@file", b.updateFile("1.3.0", signs)).want(http.StatusConflict)
		time.Sleep(5 * time.Second)
		if text, err := os.ReadFile(request); err != nil || string(text) != `{"downgrade":true}` {
			b.Errorf("the request: %s, %v", text, err)
		}
		job := b.job(fax.Sender, "103")
		time.Sleep(30 * time.Second)
		if j := as[fax.Job](b.do(fax.Viewer, "GET", Root+"/jobs/"+fmt.Sprint(job), nil)); j.Attempts != 0 {
			b.Errorf("a call is begun while the box is to restart: %+v", j)
		}
		// Nobody comes for it: the box goes on.
		time.Sleep(2 * time.Minute)
		if u := b.update(); u.Phase != "" || u.Outcome != "refused" || u.Reason != "Nobody on this machine puts updates onto the card." {
			b.Errorf("%+v", u)
		}
		if j := as[fax.Job](b.do(fax.Viewer, "GET", Root+"/jobs/"+fmt.Sprint(job), nil)); j.Attempts == 0 {
			b.Errorf("no call is begun after that: %+v", j)
		}
		b.refusedByTheCard(signs, request)
	})
}

// refusedByTheCard: who has the rights finds something wrong.
func (b *box) refusedByTheCard(signs ed25519.PrivateKey, request string) {
	b.Helper()
	b.install("@file", b.updateFile("1.3.0", signs)).want(http.StatusAccepted)
	time.Sleep(5 * time.Second)
	b.Must(os.Remove(request))
	b.Must(b.upkeep.Machine.State.Keep(update.State{Slot: slots.A, Phase: update.Writing, Percent: 40, Version: "1.3.0", Before: "1.2.0"}))
	if u := b.update(); u.Phase != "writing" || u.Percent != 40 {
		b.Errorf("%+v", u)
	}
	b.Must(b.upkeep.Machine.State.Keep(update.State{Slot: slots.A, Version: "1.3.0", Outcome: update.Refused, Reason: "The card is full.", Ended: time.Now()}))
	time.Sleep(5 * time.Second)
	if u := b.update(); u.Phase != "" || u.Outcome != "refused" || u.Reason != "The card is full." {
		b.Errorf("%+v", u)
	}
	if left, err := os.ReadDir(filepath.Dir(request)); err == nil {
		b.Errorf("%v is left", left)
	}
}

func TestBackupRestoreErase(t *testing.T) {
	inBox(t, func(b *box) {
		const horse = "correct horse battery"
		p := as[wire.Problem](b.do(fax.Administrator, "POST", Root+"/backup", wire.NewBackup{Passphrase: "short"}).want(http.StatusUnprocessableEntity))
		if len(p.Errors) != 1 || p.Errors[0].Field != "passphrase" {
			b.Errorf("%+v", p)
		}
		file := b.do(fax.Administrator, "POST", Root+"/backup", wire.NewBackup{Passphrase: horse}).want(http.StatusOK).Body.String()
		if !strings.HasPrefix(file, "age-encryption.org/v1\n-> scrypt ") {
			b.Fatalf("it begins with %.40q", file)
		}
		restore := func(role fax.Role, fields ...string) reply {
			return b.send(role, b.Form(Root+"/restore", fields...))
		}
		restore(fax.Administrator, "passphrase", "wrong", "@file", file).want(http.StatusUnprocessableEntity)
		restore(fax.Administrator, "passphrase", horse, "@file", file[:len(file)-20]).want(http.StatusUnprocessableEntity)
		restore(fax.Administrator, "passphrase", horse).want(http.StatusUnprocessableEntity)
		restore(fax.Operator, "passphrase", horse, "@file", file).want(http.StatusForbidden)
		restore(nobody, "passphrase", horse, "@file", file).want(http.StatusUnauthorized)
		restore(nobody, "passphrase", horse, "code", "0000-0000", "@file", file).want(http.StatusUnauthorized)
		b.do(fax.Administrator, "POST", Root+"/erase", wire.Erasure{Word: "yes"}).want(http.StatusUnprocessableEntity)
		if len(b.endings) != 0 {
			b.Fatal("what was refused has the service begin anew")
		}
		restore(nobody, "passphrase", horse, "code", b.Accounts.Code(), "@file", file).want(http.StatusAccepted)
		time.Sleep(time.Second)
		b.Server.Resume()
		// A call that is on a line ends first.
		b.job(fax.Sender, "102")
		time.Sleep(20 * time.Second)
		restore(fax.Administrator, "passphrase", horse, "@file", file).want(http.StatusAccepted)
		restore(fax.Administrator, "passphrase", horse, "@file", file).want(http.StatusConflict)
		time.Sleep(time.Second)
		if len(b.endings) != 1 {
			b.Error("calls are not waited for")
		}
		time.Sleep(time.Minute)
		if received := as[wire.List[fax.Message]](b.do(fax.Viewer, "GET", Root+"/messages", nil)); received.Count != 1 || received.Items[0].Partial {
			b.Errorf("the call was not left to end: %+v", received)
		}
		b.do(fax.Administrator, "POST", Root+"/erase", wire.Erasure{Word: "erase"}).want(http.StatusAccepted)
		close(b.endings)
		want := []upkeep.Ending{upkeep.Restored, upkeep.Restored, upkeep.Erased}
		var got []upkeep.Ending
		for e := range b.endings {
			got = append(got, e)
		}
		if !slices.Equal(got, want) {
			b.Errorf("the service begins anew for %v, want %v", got, want)
		}
	})
}
