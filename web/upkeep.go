package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/auth"
	"faxbox/web/upkeep"
)

// largeTime is how long the upload of a backup or an update may take.
const largeTime = 2 * time.Hour

// updatePage is which version runs, and how far another one is.
type updatePage struct {
	frame
	wire.Update
	Faults []string
}

// Goes reports that an update is on its way.
func (p updatePage) Goes() bool { return p.Phase != "" }

func (s *site) update(v *visit) error { return v.showUpdate(http.StatusOK, nil) }

func (v *visit) showUpdate(status int, faults []string) error {
	page := updatePage{frame: v.frame("settings", "update"), Update: v.site.Upkeep.State(), Faults: faults}
	page.Live, page.Often = "server", page.Goes()
	return v.show(status, "update", page)
}

func (s *site) install(v *visit) error {
	file, err := v.uploaded(largeTime)
	if err == nil {
		err = s.Upkeep.Update(v.Context(), v.who(), file, max(0, v.ContentLength), v.field("downgrade") == "true")
	}
	return v.handed("/settings/update?done=update", err, v.showUpdate)
}

// handed answers a form with a large file: a script in JSON, anybody else with a page. What can be put right is shown in the
// form again.
func (v *visit) handed(to string, err error, again func(status int, faults []string) error) error {
	if err == nil {
		if v.scripted() {
			return v.json(map[string]string{"to": to})
		}
		return v.redirect(to)
	}
	if v.scripted() {
		return v.site.refused(v, err)
	}
	p := v.site.API.Explain(v.Context(), err)
	if p.Status >= http.StatusInternalServerError || errors.Is(err, fax.ErrDenied) {
		return err
	}
	faults := v.faults(p.Errors)
	if len(faults) == 0 {
		faults = []string{v.sentence(p)}
	}
	return again(p.Status, faults)
}

// backupPage makes backups, and puts one back.
type backupPage struct {
	frame
	Faults []string // with making one
	Wrong  []string // with putting one back
}

func (s *site) backup(v *visit) error {
	return v.show(http.StatusOK, "backup", backupPage{frame: v.frame("settings", "backup")})
}

// makeBackup sends everything, sealed with a passphrase, as a file.
func (s *site) makeBackup(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	page := backupPage{frame: v.frame("settings", "backup")}
	passphrase := v.PostFormValue("passphrase")
	err := upkeep.CheckPassphrase(passphrase)
	var invalid fax.Invalid
	if errors.As(err, &invalid) {
		page.Faults = v.faults(invalid)
	} else if passphrase != v.PostFormValue("again") {
		page.Faults = []string{v.lang.Say("passphrase.differ")}
	}
	if page.Faults != nil {
		return v.show(http.StatusUnprocessableEntity, "backup", page)
	}
	w := &late{ResponseWriter: v.w, begin: func(h http.Header) {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="faxbox-backup-`+time.Now().In(v.voice.zone).Format(time.DateOnly)+`.age"`)
	}}
	if err := s.Upkeep.Backup(v.Context(), v.who(), passphrase, w); err != nil {
		if !w.begun {
			return err
		}
		s.Log.Error("a backup is broken off", "error", err)
		panic(http.ErrAbortHandler) // so that the browser knows that it is not whole
	}
	return nil
}

// late sets headers when the first octet comes: until then the answer may still be a page.
type late struct {
	http.ResponseWriter
	begin func(http.Header)
	begun bool
}

func (l *late) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.begin(l.Header())
	}
	return l.ResponseWriter.Write(p)
}

// restore puts a backup in the place of everything.
func (s *site) restore(v *visit) error {
	file, err := v.uploaded(largeTime)
	if err == nil {
		err = s.Upkeep.Restore(v.Context(), v.who(), v.PostForm.Get("passphrase"), file)
	}
	return v.ending(err, "anew.calls", func(status int, faults []string) error {
		return v.show(status, "backup", backupPage{frame: v.frame("settings", "backup"), Wrong: faults})
	})
}

// startRestorePage is the first start with a backup of another box, or of this one.
type startRestorePage struct {
	frame
	Faults []string
}

func (s *site) startRestore(v *visit) error {
	if s.Accounts.Code() == "" {
		return v.redirect("/")
	}
	return v.showStartRestore(http.StatusOK, nil)
}

func (v *visit) showStartRestore(status int, faults []string) error {
	return v.show(status, "start-restore", startRestorePage{frame: v.frame("", "restore"), Faults: faults})
}

// beginRestored puts a backup in the place of a box that has nobody yet, for whoever has the one-time code.
func (s *site) beginRestored(v *visit) error {
	file, err := v.uploaded(largeTime)
	if err == nil {
		err = s.Accounts.Prove(v.field("code"), v.RemoteAddr)
	}
	if err == nil {
		err = s.restoreFor(v.Context(), v.RemoteAddr, v.PostForm.Get("passphrase"), file)
	}
	if errors.Is(err, auth.ErrSetUp) {
		return v.redirect("/login")
	}
	return v.ending(err, "anew.calls", v.showStartRestore)
}

func (s *site) restoreFor(ctx context.Context, remote, passphrase string, file io.Reader) error {
	who := server.Who{Caller: fax.Caller{User: "setup", Rights: fax.AllRights}, Remote: remote}
	return s.Upkeep.Restore(ctx, who, passphrase, file)
}

// erasePage erases everything.
type erasePage struct {
	frame
	Faults []string
}

func (s *site) erasing(v *visit) error {
	return v.show(http.StatusOK, "erase", erasePage{frame: v.frame("settings", "erase")})
}

func (s *site) erase(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	err := s.Upkeep.Erase(v.Context(), v.who(), v.field("word"))
	return v.ending(err, "anew.help", func(status int, faults []string) error {
		return v.show(status, "erase", erasePage{v.frame("settings", "erase"), faults})
	})
}

// anewPage waits for the box that restarts.
type anewPage struct {
	frame
	Begun string // when the server that ends did, as /healthz tells it
	Help  string // key of what happens
}

// ending is handed for what ends with a new start of the service. The answer is the page that waits for it, because another
// one could come too late. Help is the key of what happens until then.
func (v *visit) ending(err error, help string, again func(status int, faults []string) error) error {
	begun := v.site.API.Begun().Format(time.RFC3339Nano)
	switch {
	case err != nil:
		return v.handed("", err, again)
	case v.scripted():
		return v.json(map[string]string{"anew": begun})
	}
	return v.show(http.StatusOK, "anew", anewPage{v.frame("", "anew"), begun, help})
}
