package usb

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// Watcher tells which modems come and go.
type Watcher struct {
	Sys    string           // where sysfs is mounted; empty: "/sys"
	Wake   <-chan struct{}  // something changed among the kernel's devices; nil: looked at now and then only
	Wanted func(Modem) bool // which are ours; nil: all
	Come   func(Modem)      // one was plugged in, or was there at the start
	Go     func(Modem)      // one was pulled out
	Log    *slog.Logger     // nil: nothing is logged
}

const (
	// calm is how long devices have to be left alone before they are looked at: a modem appears in several steps, and
	// permission to open it comes last.
	calm = 300 * time.Millisecond
	// often is how often they are looked at in any case: events get lost when many come at once.
	often = 30 * time.Second
)

// Run tells of modems until the context ends, each call of Come and Go after the other. A modem that was pulled out and put
// back unseen goes and comes, since its path or its file may be another one.
func (w Watcher) Run(ctx context.Context) {
	if w.Sys == "" {
		w.Sys = "/sys"
	}
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	var there []Modem
	for {
		now, err := w.scan()
		if err != nil {
			w.Log.Warn("USB devices cannot be looked at", "err", err)
			now = there
		}
		w.tell(there, now)
		there = now
		if !w.wait(ctx) {
			return
		}
	}
}

func (w Watcher) scan() ([]Modem, error) {
	found, err := Scan(w.Sys)
	if w.Wanted == nil {
		return found, err
	}
	return slices.DeleteFunc(found, func(m Modem) bool { return !w.Wanted(m) }), err
}

// tell tells the difference. What goes is told first: another modem may have taken its path.
func (w Watcher) tell(before, now []Modem) {
	for _, m := range before {
		if !slices.Contains(now, m) {
			w.Log.Info("modem gone", "key", m.Key, "path", m.Path)
			w.Go(m)
		}
	}
	for _, m := range now {
		if !slices.Contains(before, m) {
			w.Log.Info("modem found", "key", m.Key, "path", m.Path, "product", m.Product)
			w.Come(m)
		}
	}
}

// wait waits until devices have changed and are left alone again, or for a while. It is false when the context has ended.
func (w Watcher) wait(ctx context.Context) bool {
	timer := time.NewTimer(often)
	defer timer.Stop()
	wake := w.Wake
	for {
		select {
		case <-ctx.Done():
			return false
		case _, open := <-wake:
			if !open {
				wake = nil
				continue
			}
			timer.Reset(calm)
		case <-timer.C:
			return true
		}
	}
}
