package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/server"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/web/auth"
)

// The guided set-up: a few questions at the first start, each of which can be skipped and comes again under Settings.

// steps are what the set-up asks, in order.
var steps = []string{"place", "number", "modem", "incoming", "test"}

// setupPage is one of the steps.
type setupPage struct {
	frame
	Step       int // from 1
	Steps      []string
	Lines      []lineCard
	Zone       string
	Zones      []option
	Folder     fax.RoutingMethod // of the first line
	HasFolder  bool
	TestNumber string
	Faults     []string
}

// Name is what the step asks for.
func (p setupPage) Name() string { return p.Steps[p.Step-1] }

// After is the address of what comes after the step.
func (p setupPage) After() string { return afterStep(p.Step) }

func afterStep(n int) string {
	if n >= len(steps) {
		return "/"
	}
	return "/setup/" + strconv.Itoa(n+1)
}

func (v *visit) step() int {
	n, err := strconv.Atoi(v.PathValue("step"))
	if err != nil || n < 1 || n > len(steps) {
		return 0
	}
	return n
}

func (s *site) setup(v *visit) error { return s.showSetup(v, http.StatusOK, nil) }

func (s *site) showSetup(v *visit, status int, faults []string) error {
	n := v.step()
	if n == 0 {
		return server.ErrNotFound
	}
	page := setupPage{frame: v.frame("settings", "setup"), Step: n, Steps: steps, Lines: s.lineCards(v.who()),
		Zone: s.Server.Settings().TimeZone, Zones: zones(), TestNumber: s.TestNumber, Faults: faults}
	if number := v.field("number"); number != "" {
		page.TestNumber = number
	}
	if page.Name() == "modem" {
		page.Live = "status,port"
	}
	if len(page.Lines) > 0 {
		m, ok, err := s.folder(page.Lines[0].Port.DeviceID)
		if err != nil {
			return err
		}
		page.Folder, page.HasFolder = m, ok
	}
	return v.show(status, "setup", page)
}

// folder is the routing method of a line that puts faxes into a folder.
func (s *site) folder(id fax.DeviceID) (m fax.RoutingMethod, ok bool, err error) {
	methods, err := s.Server.RoutingMethods(id)
	for _, m := range methods {
		if fax.SameGuid(m.Guid, fax.RouteFolder) {
			return m, true, err
		}
	}
	return m, false, err
}

// answerSetup does what a step asked for, and goes on to the next.
func (s *site) answerSetup(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	n := v.step()
	if n == 0 {
		return server.ErrNotFound
	}
	next := afterStep(n)
	var err error
	switch steps[n-1] {
	case "place":
		zone := v.field("timeZone")
		language := s.languages.Choose(v.field("language"), "").Tag
		v.yearCookie(languageCookie, language)
		if v.id.Session != "" {
			if _, err := s.Accounts.SetOwn(v.id, auth.OwnPatch{Language: &language}); err != nil {
				return err
			}
		}
		_, err = s.Server.UpdateSettings(v.who(), fax.ServerPatch{TimeZone: &zone})
	case "number":
		err = s.nameLines(v)
	case "incoming":
		err = s.routeAll(v)
	case "test":
		var job fax.JobID
		if job, err = s.testLine(v.Context(), v.who(), v.field("number")); err == nil {
			next = fmt.Sprintf("/jobs/%d?done=test", job)
		}
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showSetup(v, http.StatusUnprocessableEntity, v.faults(invalid))
	case err != nil:
		return err
	}
	return v.redirect(next)
}

// nameLines gives the lines the names and numbers that were entered. The number of a line is what it calls itself, whether
// it sends or receives.
func (s *site) nameLines(v *visit) error {
	for _, p := range s.Server.Ports(v.who()) {
		key := strconv.FormatInt(int64(p.DeviceID), 10)
		if !v.PostForm.Has("name-" + key) {
			continue
		}
		name, id := v.field("name-"+key), fax.StationID(v.field("number-"+key))
		if _, err := s.Server.UpdatePort(v.who(), p.DeviceID, fax.PortPatch{Name: &name, Csid: &id, Tsid: &id}); err != nil {
			return err
		}
	}
	return nil
}

// routeAll has what every line receives put into a folder, or not.
func (s *site) routeAll(v *visit) error {
	enable, folder := v.field("enable") == "true", v.field("setting")
	for _, p := range s.Server.Ports(v.who()) {
		patch := fax.RoutingMethodPatch{Enable: &enable, Setting: &folder}
		if _, err := s.Server.UpdateRoutingMethod(v.who(), p.DeviceID, fax.RouteFolder, patch); err != nil {
			return err
		}
	}
	return nil
}

// testLine sends a test page.
func (s *site) testLine(ctx context.Context, who server.Who, to string) (fax.JobID, error) {
	f, err := os.CreateTemp(s.Temp, "faxbox-test-")
	if err != nil {
		return 0, err
	}
	defer f.Close() // the page is with the server by then
	if err := os.Remove(f.Name()); err != nil {
		return 0, err
	}
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.Letter(raster.Fine)); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	const name = "test.tif"
	jobs, _, err := s.Server.Submit(ctx, who, server.Submission{
		Document: fax.Document{FileName: name, FaxNumber: to, SenderName: who.User},
		Files:    []server.File{{Name: name, Content: f, Size: info.Size()}},
	})
	if err != nil || len(jobs) == 0 {
		return 0, err
	}
	return jobs[0].JobID, nil
}
