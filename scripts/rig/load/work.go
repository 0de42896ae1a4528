package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/scripts/rig"
)

// How long is waited before something is measured.
const (
	settling = 5 * time.Second  // after the start
	quiet    = 15 * time.Second // how long a server is measured that nobody listens to
)

// idleGoal is the most memory that a server should need that does nothing, in octets.
const idleGoal = 40 << 20

// report is all that is measured.
type report struct {
	lines, listeners int

	idle    memory  // of a server without modems
	unheard float64 // part of one core, with all lines in calls and no listener
	busy    float64 // the same, with the listeners
	own     float64 // the part of one core that the listeners took themselves
	loaded  memory  // of the server, with the listeners, at the end
	period  time.Duration
	fewest  int      // lines in calls, of all moments that were looked at
	idlers  []string // what the others did
	heard   heard
}

// rest measures a server that has nothing to do.
func (r *report) rest(ctx context.Context, faxbox *rig.Faxbox, dir string) error {
	return with(faxbox, dir, []string{"serve", "--no-discovery"}, func(box *rig.Box) error {
		if err := box.Do(ctx, http.MethodGet, "/ports", nil, nil); err != nil {
			return err
		}
		if err := pause(ctx, settling); err != nil {
			return err
		}
		u, err := look(box.PID())
		r.idle = u.memory
		return err
	})
}

// toil measures a server whose lines all are in calls.
func (r *report) toil(ctx context.Context, faxbox *rig.Faxbox, dir string, period time.Duration) error {
	command := []string{"demo", "--lines", fmt.Sprint(r.lines)}
	return with(faxbox, filepath.Join(dir, "demo"), command, func(box *rig.Box) error {
		if err := occupy(ctx, box, dir, r.lines, period+quiet); err != nil {
			return err
		}
		from, err := look(box.PID())
		if err != nil {
			return err
		}
		if err := pause(ctx, quiet); err != nil {
			return err
		}
		to, err := look(box.PID())
		if err != nil {
			return err
		}
		r.unheard = share(from, to)
		return r.listenFor(ctx, box, period)
	})
}

// with runs a server in a folder of its own while f works on it.
func with(faxbox *rig.Faxbox, dir string, command []string, f func(*rig.Box) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	box, err := faxbox.Serve(dir, command...)
	if err != nil {
		return err
	}
	return errors.Join(f(box), box.Close())
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// listenFor lets the crowd listen for a while, and takes all measures.
func (r *report) listenFor(ctx context.Context, box *rig.Box, period time.Duration) error {
	c, err := gather(ctx, box, r.listeners)
	if err != nil {
		return err
	}
	var self, selfLater usage
	from, err := look(box.PID())
	if err == nil {
		self, err = look(os.Getpid())
	}
	if err == nil {
		err = r.watch(ctx, box, period)
	}
	if err != nil {
		c.disperse()
		return err
	}
	to, err := look(box.PID())
	if err == nil {
		selfLater, err = look(os.Getpid())
	}
	r.heard = c.disperse()
	r.period, r.busy, r.own, r.loaded = to.at.Sub(from.at), share(from, to), share(self, selfLater), to.memory
	return err
}

// watch notes which lines are not in calls until the period is over.
func (r *report) watch(ctx context.Context, box *rig.Box, period time.Duration) error {
	r.fewest = r.lines
	for end := time.Now().Add(period); time.Now().Before(end); {
		idle, err := notInCalls(ctx, box)
		if err != nil {
			return err
		}
		r.fewest = min(r.fewest, r.lines-len(idle))
		for _, s := range idle {
			if said := s.DeviceName + ": " + s.Description; !slices.Contains(r.idlers, said) {
				r.idlers = append(r.idlers, said)
			}
		}
		if err := pause(ctx, min(time.Second, time.Until(end))); err != nil {
			return err
		}
	}
	return nil
}

// notInCalls are the lines that neither send nor receive now.
func notInCalls(ctx context.Context, box *rig.Box) ([]fax.Status, error) {
	statuses, err := rig.List[fax.Status](ctx, box, "/status")
	return slices.DeleteFunc(statuses, func(s fax.Status) bool { return s.Send || s.Receive }), err
}

// occupy lets every other line send a long fax to the line after it, and returns when all lines are in calls, for at least as
// long as said.
func occupy(ctx context.Context, box *rig.Box, dir string, lines int, atLeast time.Duration) error {
	ports, err := rig.List[fax.Port](ctx, box, "/ports")
	if err != nil {
		return err
	}
	if len(ports) != lines {
		return fmt.Errorf("the box has %d lines, not %d", len(ports), lines)
	}
	// One of the simulated lines has the number 112.
	if err := box.Do(ctx, http.MethodPatch, "/server", map[string]any{"blockedNumbers": []string{}}, nil); err != nil {
		return err
	}
	for _, p := range ports {
		settings := map[string]any{"send": true, "receive": true, "rings": 1}
		if err := box.Do(ctx, http.MethodPatch, fmt.Sprintf("/ports/%d", p.DeviceID), settings, nil); err != nil {
			return err
		}
	}
	file, err := document(dir, atLeast)
	if err != nil {
		return err
	}
	for pair := range slices.Chunk(ports, 2) {
		_, number, _ := strings.Cut(pair[1].Key, ":")
		fields := map[string]string{"faxNumber": number, "deviceId": fmt.Sprint(pair[0].DeviceID)}
		if _, err := box.Submit(ctx, fields, file); err != nil {
			return err
		}
	}
	for end := time.Now().Add(time.Minute); ; {
		idle, err := notInCalls(ctx, box)
		if err != nil || len(idle) == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d lines are not in calls after a minute: %s: %s\n%s",
				len(idle), lines, idle[0].DeviceName, idle[0].Description, box.Said())
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// pageTime is less than a page of document takes on the line with its handshake.
const pageTime = 3 * time.Second

// document writes a fax of small pages, so that much is told of them, which takes longer than so long.
func document(dir string, d time.Duration) (string, error) {
	letter := sample.Letter(raster.Standard)
	page := rig.Crop(letter, letter.Height/8, 150)
	file := filepath.Join(dir, "long.tif")
	return file, rig.WriteDocument(file, slices.Repeat([]*raster.Page{page}, int(d/pageTime)+1)...)
}
