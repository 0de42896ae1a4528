package port

import (
	"context"
	"errors"
	"sync"
	"time"

	"faxbox/fax"
)

// errCancelled is why a call ends that somebody cancelled.
var errCancelled = errors.New("cancelled on request")

// inbox is where other goroutines leave what they want of a port. Each thing left wakes the port's goroutine if it waits.
type inbox struct {
	mu   sync.Mutex
	wake context.CancelFunc // ends the wait under way
	left bool               // something was left since the last wait was over

	free    bool  // work may be offered
	work    *Work // offered, not begun
	dropped bool  // and cancelled since

	job     fax.JobID               // on the line
	cancel  context.CancelCauseFunc // ends the call that is on the line
	comesIn bool                    // it is one that came in

	rings   bool // a call rings, and has not been answered
	answer  bool // it is to be answered
	changed bool // settings are
}

// leave wakes the port. The inbox is locked.
func (i *inbox) leave() {
	i.left = true
	if i.wake != nil {
		i.wake()
	}
}

// knock wakes the port.
func (i *inbox) knock() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.leave()
}

// wait is a context that is done at a moment, or as soon as something is left in the inbox, which may have been before.
func (i *inbox) wait(ctx context.Context, until time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithDeadline(ctx, until)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.wake = cancel
	if i.left {
		cancel()
	}
	return ctx, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.wake, i.left = nil, false
		cancel()
	}
}

func (i *inbox) offer(w Work) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.free {
		return ErrNotFree
	}
	i.free, i.work, i.dropped = false, &w, false
	i.leave()
	return nil
}

// open lets work be offered.
func (i *inbox) open() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.free = i.work == nil
}

// shut lets no work be offered, and hands out what was offered and has not begun.
func (i *inbox) shut() *Work {
	i.mu.Lock()
	defer i.mu.Unlock()
	w := i.work
	i.free, i.work = false, nil
	return w
}

// begin hands out the work that was offered, if any, with a context that ends when the job is cancelled, and tells whether
// that has happened before.
func (i *inbox) begin(ctx context.Context) (w *Work, call context.Context, dropped bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if w = i.work; w == nil {
		return nil, nil, false
	}
	i.work, i.job = nil, w.Job
	call, i.cancel = context.WithCancelCause(ctx)
	return w, call, i.dropped
}

// answering is the context of a call that comes in and is about to be answered.
func (i *inbox) answering(ctx context.Context) context.Context {
	i.mu.Lock()
	defer i.mu.Unlock()
	ctx, i.cancel = context.WithCancelCause(ctx)
	i.rings, i.comesIn = false, true
	return ctx
}

// over says that nothing is on the line any more.
func (i *inbox) over() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel != nil {
		i.cancel(nil)
	}
	i.cancel, i.job, i.comesIn, i.rings, i.answer = nil, 0, false, false, false
}

func (i *inbox) cancelJob(job fax.JobID) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.work != nil && i.work.Job == job:
		i.dropped = true
	case i.cancel != nil && !i.comesIn && i.job == job:
		i.cancel(errCancelled)
	default:
		return false
	}
	return true
}

func (i *inbox) hangUp() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cancel == nil || !i.comesIn {
		return false
	}
	i.cancel(errCancelled)
	return true
}

// ringing says that a call rings.
func (i *inbox) ringing() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rings = true
}

func (i *inbox) answerNow() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.rings {
		return false
	}
	i.answer = true
	i.leave()
	return true
}

// toAnswer reports whether somebody wants the call that rings to be answered.
func (i *inbox) toAnswer() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.answer
}

func (i *inbox) settingsChanged() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.changed = true
	i.leave()
}

// hasChanged reports, once, that settings have changed.
func (i *inbox) hasChanged() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	was := i.changed
	i.changed = false
	return was
}
