package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/hal"
)

// front is what a box has on its front: a status light and a button, either of them perhaps not there.
type front struct {
	Light  hal.Line `help:"The GPIO line of the status light, such as pinctrl-bcm2835:23." env:"FAXBOX_LIGHT" placeholder:"LINE"`
	Button hal.Line `help:"The GPIO line of the button. Held at the start for 10 s it has the administrator's password forgotten, for 30 s everything." env:"FAXBOX_BUTTON" placeholder:"LINE"`
}

// frontPanel is a front whose lines are open. Its methods do nothing for what is not there.
type frontPanel struct {
	light  hal.Light
	button hal.Button
	log    *slog.Logger
}

// open opens what there is. What cannot be had is logged, and is missing: a box without a light is better than none.
func (f front) open(board func() (gpio, error), log *slog.Logger) *frontPanel {
	p := &frontPanel{log: log}
	if f == (front{}) {
		return p
	}
	b, err := board()
	if err != nil {
		log.Warn("the front is dark", "err", err)
		return p
	}
	if f.Light != (hal.Line{}) {
		if light, err := b.OpenLight(f.Light, "status light"); err != nil {
			log.Warn("there is no status light", "err", err)
		} else {
			p.light = light
		}
	}
	if f.Button != (hal.Line{}) {
		if button, err := b.OpenButton(f.Button, "button"); err != nil {
			log.Warn("there is no button", "err", err)
		} else {
			p.button = button
		}
	}
	return p
}

// close gives the lines back; the light goes dark.
func (p *frontPanel) close() {
	if p.light != nil {
		p.light.Close() // what it says concerns nobody any more
	}
	if p.button != nil {
		p.button.Close()
	}
}

// show has the light show something.
func (p *frontPanel) show(s hal.Signal) {
	if p.light == nil {
		return
	}
	if err := p.light.Show(s); err != nil {
		p.log.Debug("the status light", "err", err)
	}
}

// held waits until the button is let go, and tells for how long it was held.
func (p *frontPanel) held(ctx context.Context) hal.Hold {
	p.show(hal.Steady)
	if p.button == nil {
		return hal.NotHeld
	}
	hold, err := hal.Held(ctx, p.button, func(h hal.Hold) {
		if h == hal.ForgetAdministrator {
			p.show(hal.Breathe)
		} else {
			p.show(hal.Blink)
		}
	})
	if err != nil {
		p.log.Warn("the button", "err", err)
	}
	if hold != hal.NotHeld {
		p.log.Warn("the button was held", "for", hold)
	}
	return hold
}

// greet opens the front, and tells what the button was held for.
func (s *service) greet(ctx context.Context) (*frontPanel, hal.Hold) {
	if s.pins == nil {
		return &frontPanel{log: s.log}, hal.NotHeld
	}
	panel := s.front.open(s.pins.board, s.log)
	return panel, panel.held(ctx)
}

// lightRound is how late the light is at most.
const lightRound = time.Second

// watch shows how the box is, until the context ends.
func (p *frontPanel) watch(ctx context.Context, s *server.Server) {
	if p.light == nil {
		return
	}
	tick := time.NewTicker(lightRound)
	defer tick.Stop()
	for {
		p.show(signalOf(s.Health(), s.Statuses()))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// signalOf is what the light shows: the most urgent thing.
func signalOf(health []fax.Finding, lines []fax.Status) hal.Signal {
	switch {
	case slices.ContainsFunc(health, func(f fax.Finding) bool { return !f.OK }):
		return hal.Blink
	case slices.ContainsFunc(lines, func(s fax.Status) bool { return s.CallID != 0 }):
		return hal.Breathe
	}
	return hal.Steady
}

// erasing is a file that is there while a data folder is being emptied: what the plug breaks off is finished at the next
// start.
const erasing = "erasing"

// erase empties a data folder, which nobody may have open, but for the mark that it does so.
func erase(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	mark := filepath.Join(data, erasing)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return err
	}
	if err := syncFolder(data); err != nil {
		return err
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range entries {
		if e.Name() != erasing {
			failed = append(failed, os.RemoveAll(filepath.Join(data, e.Name())))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return syncFolder(data)
}

// syncFolder returns when the disk has what was made and removed in a folder.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
