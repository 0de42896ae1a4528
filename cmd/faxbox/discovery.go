package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"slices"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/hal/usb"
)

// discovery brings modems on USB into service when they are plugged in, and out of it when they are pulled out.
type discovery struct {
	adapters bool     // also those that do not say that they are modems
	taken    []string // paths that were given by hand
	pins     firstPins
	open     func(path string) (io.ReadWriteCloser, error)
	log      *slog.Logger
}

// run discovers until the context ends.
func (d discovery) run(ctx context.Context, r *running) {
	wake, err := usb.Events(ctx)
	if err != nil {
		d.log.Warn("modems are found half a minute late", "err", err)
	}
	ports := map[string]fax.DeviceID{} // by key
	usb.Watcher{
		Wake: wake, Wanted: d.wants, Log: d.log,
		Come: func(m usb.Modem) {
			id, err := r.server.AddPort(d.source(m))
			if err != nil {
				d.log.Error("a modem is not in service", "path", m.Path, "err", err)
				return
			}
			ports[m.Key] = id
			if err := d.pins.give(r, id); err != nil {
				d.log.Error("the line's GPIO lines", "path", m.Path, "err", err)
			}
		},
		Go: func(m usb.Modem) {
			if id, ok := ports[m.Key]; ok {
				delete(ports, m.Key)
				if err := r.server.RemovePort(id); err != nil {
					d.log.Error("a modem that is gone", "path", m.Path, "err", err)
				}
			}
		},
	}.Run(ctx)
}

func (d discovery) wants(m usb.Modem) bool {
	byHand := slices.ContainsFunc(d.taken, func(path string) bool {
		device, err := filepath.EvalSymlinks(path)
		return path == m.Path || err == nil && device == m.Path
	})
	return !byHand && (m.Certain || d.adapters)
}

func (d discovery) source(m usb.Modem) server.PortSource {
	return server.PortSource{
		Key: m.Key, Path: m.Path, USB: m.ID,
		Open: func(context.Context) (io.ReadWriteCloser, error) { return d.open(m.Path) },
	}
}
