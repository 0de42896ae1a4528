package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/hal"
	"faxbox/hal/setup"
)

// setupCommand takes over faxbox.toml at a start of the image, as root: it writes what the settings mean into files that the
// start reads each time.
type setupCommand struct {
	File string `arg:"" help:"The file that came on the card."`
	Into string `required:"" help:"The folder of the settings that outlive the system." placeholder:"DIR"`
	Code string `required:"" help:"Where the server looks for the code of the first administrator." placeholder:"FILE"`
}

// Run takes the file over, and tells on the standard output what of it was not understood. What it does not say stays as it
// was.
func (c setupCommand) Run(con console) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	said, problems, err := setup.Read(f)
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(con.out, p)
	}
	wifi := ""
	if said.WiFi.SSID != "" {
		if wifi, err = said.WiFi.WPASupplicant(); err != nil {
			return err
		}
	}
	var failed []error
	for _, f := range []struct{ path, text string }{
		{filepath.Join(c.Into, "hostname"), ended(said.Hostname)},
		{filepath.Join(c.Into, "timezone"), ended(said.Timezone)},
		{filepath.Join(c.Into, "authorized_keys"), ended(said.SSHKey)},
		{filepath.Join(c.Into, "wpa_supplicant.conf"), wifi},
		{filepath.Join(c.Into, "faxbox.env"), said.Environment()},
		{c.Code, ended(said.AdministratorCode)},
	} {
		if f.text != "" {
			failed = append(failed, writeSynced(f.path, f.text))
		}
	}
	return errors.Join(failed...)
}

// ended is a text as a line, and nothing if there is none.
func ended(text string) string {
	if text == "" {
		return ""
	}
	return text + "\n"
}

// writeSynced puts a file in the place of another, or of none, such that after a power cut it is one or the other.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// codeFile is where the code for the first administrator lies in a data folder, until there is one.
const codeFile = "administrator-code"

// keepCode keeps the code that makes the first administrator in a file, so that it is the same after a restart, and so that
// an image can tell it where the owner of a box without a screen finds it. A code that stands there already, by way of
// faxbox.toml, is the one. Once there is an administrator the file goes.
func (r *running) keepCode() error {
	path := filepath.Join(r.data, codeFile)
	remove := func() error {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if r.accounts.Code() == "" {
		return remove()
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if code := strings.TrimSpace(string(text)); code != "" {
		r.accounts.Expect(code)
	}
	r.accounts.WhenVoid(func() {
		if err := remove(); err != nil {
			r.log.Warn("the one-time code stays in its file, and is void", "error", err)
		}
	})
	return writeSynced(path, r.accounts.Code()+"\n")
}

// firstPins are the GPIO lines of the first telephone line, said before its modem was ever there.
type firstPins struct {
	LineRelay    hal.Line `help:"The GPIO line of the line relay of the first modem." env:"FAXBOX_LINE_RELAY" placeholder:"LINE"`
	PowerRelay   hal.Line `help:"The GPIO line of its power relay." env:"FAXBOX_POWER_RELAY" placeholder:"LINE"`
	RingDetector hal.Line `help:"The GPIO line of its ring detector." env:"FAXBOX_RING_DETECTOR" placeholder:"LINE"`
}

// give gives them to a port, if it is the only one that the box has ever had: others are wired on the page.
func (p firstPins) give(r *running, id fax.DeviceID) error {
	who := server.Who{Caller: fax.Caller{User: "faxbox.toml", Rights: fax.AllRights}}
	if ports := r.server.Ports(who); p == (firstPins{}) || len(ports) != 1 || ports[0].Pins != (fax.Pins{}) {
		return nil
	}
	text := func(l hal.Line) *string {
		if l == (hal.Line{}) {
			return nil
		}
		text := l.String()
		return &text
	}
	_, err := r.server.UpdatePort(who, id, fax.PortPatch{
		LineRelay: text(p.LineRelay), PowerRelay: text(p.PowerRelay), RingDetector: text(p.RingDetector),
	})
	return err
}
