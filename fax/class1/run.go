package class1

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

// grace is how long a cancelled call may take to say goodbye.
const grace = 5 * time.Second

// Run carries a conversation, after Dial or Answer has connected, and hangs up at its end. When ctx is done the
// conversation hears Cancel once, as soon as the modem can be made to listen to commands, so that it can say DCN; 5 s
// later the line is dropped in any case. The error is nil when the modem is on hook and ready, however the conversation
// ended.
func (m *Modem) Run(ctx context.Context, conv Conversation) error {
	stop := m.watch()
	defer stop()
	cancelled := false
	turn := conv.Start(time.Now())
	for turn.Listen != t30.Nothing {
		heard := m.take(ctx, turn)
		if heard.Kind == t30.Cancel {
			if cancelled { // its time is up
				return m.HangUp()
			}
			cancelled = true
			var done context.CancelFunc
			ctx, done = farewell(ctx)
			defer done()
		}
		turn = conv.Next(time.Now(), heard)
	}
	if !cancelled {
		var done context.CancelFunc
		ctx, done = farewell(ctx)
		defer done()
	}
	m.take(ctx, turn) // there is nobody left to tell what came of it
	return m.HangUp()
}

// farewell is the time that is left to say goodbye, whether ctx is done or not.
func farewell(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), grace)
}

// take says and listens for one turn. Whatever goes wrong is something heard.
func (m *Modem) take(ctx context.Context, turn t30.Turn) t30.Heard {
	before := m.stalls.Load()
	err := m.say(ctx, turn.Say)
	if err == nil {
		var h t30.Heard
		if h, err = m.hear(ctx, turn); err == nil {
			h.Stalled = m.stalls.Load() != before
			return h
		}
	}
	switch {
	case errors.Is(err, ErrHungUp):
		return t30.Heard{Kind: t30.HungUp}
	case ctx.Err() != nil:
		if err := m.settle(context.WithoutCancel(ctx)); err != nil {
			return t30.Heard{Kind: t30.Lost, Err: err}
		}
		return t30.Heard{Kind: t30.Cancel}
	}
	return t30.Heard{Kind: t30.Lost, Err: fmt.Errorf("class1: %w", err)}
}

func (m *Modem) hear(ctx context.Context, turn t30.Turn) (t30.Heard, error) {
	now := time.Now()
	until := now.Add(turn.For + m.habits.Late)
	switch turn.Listen {
	case t30.Burst:
		return m.burst(ctx, now, until)
	case t30.Training, t30.Page, t30.Block:
		return m.image(ctx, turn, now, until)
	case t30.Storage:
		return stored(ctx, turn)
	}
	return t30.Heard{}, nil
}

// stored waits for our own disk.
func stored(ctx context.Context, turn t30.Turn) (t30.Heard, error) {
	t := time.NewTimer(turn.For)
	defer t.Stop()
	select {
	case err := <-turn.Stored:
		return t30.Heard{Kind: t30.Stored, Err: err}, nil
	case <-t.C:
		return t30.Heard{Kind: t30.Silence}, nil
	case <-ctx.Done():
		return t30.Heard{}, ctx.Err()
	}
}

// watch notes in the trace, and counts, when this process, or its clock, stood still for 100 ms and more: timing measured then
// means little. The function it returns ends it.
func (m *Modem) watch() (stop func()) {
	done, gone := make(chan struct{}), make(chan struct{})
	log := m.log
	go func() {
		defer close(gone)
		t := time.NewTicker(beat)
		defer t.Stop()
		for h := (heartbeat{time.Now()}); ; {
			select {
			case <-done:
				return
			case <-t.C:
			}
			now := time.Now()
			if late := h.beat(now); late > 0 {
				m.stalls.Add(1)
				log.Add(now, trace.Note, "host stalled for %d ms", late.Milliseconds())
			}
		}
	}()
	return func() {
		close(done)
		<-gone
	}
}

// beat is how often a stall is looked for, and the shortest that is noticed.
const beat = 100 * time.Millisecond

// heartbeat finds stalls by beats that come late.
type heartbeat struct{ last time.Time }

// beat takes the time of a beat and tells by how much it came late, 0 if by less than 100 ms.
func (h *heartbeat) beat(now time.Time) time.Duration {
	late := now.Sub(h.last) - beat
	h.last = now
	if late < beat {
		return 0
	}
	return late
}
