package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/coreos/go-systemd/v22/journal"
)

// notify tells systemd how the service is. Without systemd nobody is told.
func notify(state string) {
	_, _ = daemon.SdNotify(false, state) // who did not hear it restarts us, which is right
}

// watchdog tells systemd that the service lives, as often as it wants to hear it, while alive is recent.
func watchdog(ctx context.Context, alive func() time.Time) {
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil || patience == 0 {
		return
	}
	tick := time.NewTicker(patience / 2)
	defer tick.Stop()
	for {
		if time.Since(alive()) < patience {
			notify(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// newLog logs to the journal with fields when the error output goes there, and as text otherwise.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	if to, err := journal.StderrIsJournalStream(); err == nil && to {
		return slog.New(&journalHandler{level: level})
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// journalHandler writes to the journal of systemd: each attribute becomes a field FAXBOX_NAME.
type journalHandler struct {
	level  slog.Level
	prefix string // of groups, each with an underscore behind it
	fields []slog.Attr
}

// Enabled tells whether the level is logged.
func (h *journalHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// WithGroup opens a group.
func (h *journalHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.prefix += fieldName(name) + "_"
	return &next
}

// WithAttrs adds fields.
func (h *journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.fields = append([]slog.Attr(nil), h.fields...)
	for _, a := range attrs {
		next.fields = append(next.fields, slog.Attr{Key: h.prefix + a.Key, Value: a.Value})
	}
	return &next
}

// Handle writes a record.
func (h *journalHandler) Handle(_ context.Context, r slog.Record) error {
	vars := map[string]string{}
	message := r.Message
	add := func(prefix string, a slog.Attr) {
		text := a.Value.Resolve().String()
		vars["FAXBOX_"+fieldName(prefix+a.Key)] = text
		message += fmt.Sprintf(" %s=%s", a.Key, text)
	}
	for _, a := range h.fields {
		add("", a)
	}
	r.Attrs(func(a slog.Attr) bool { add(h.prefix, a); return true })
	return journal.Send(message, priority(r.Level), vars)
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	}
	return journal.PriDebug
}

// fieldName is a key as the journal allows it: capital letters, digits and underscores.
func fieldName(key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, key)
}
