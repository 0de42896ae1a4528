package haltest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/hal"
	"faxbox/hal/haltest"
)

func TestRelay(t *testing.T) {
	r := &haltest.Relay{}
	broken := errors.New("broken")
	r.Fail(broken)
	if err := r.Set(true); !errors.Is(err, broken) || r.Drawn() {
		t.Errorf("broken: %v", err)
	}
	r.Fail(nil)
	for _, drawn := range []bool{true, true, false, true} {
		if err := r.Set(drawn); err != nil || r.Drawn() != drawn {
			t.Errorf("set to %t: %v", drawn, err)
		}
	}
	if err := r.Close(); err != nil || r.Drawn() {
		t.Errorf("closed: %v", err)
	}
	if err := r.Set(true); !errors.Is(err, haltest.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if want := []bool{true, false, true, false}; !slices.Equal(r.History(), want) {
		t.Errorf("history %v", r.History())
	}
}

func TestRingDetector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := haltest.NewRingDetector()
		begin := time.Now()
		go func() {
			d.Ring(2*time.Second, 4*time.Second, 2*time.Second)
			d.Ring(time.Hour)
		}()
		for _, want := range []struct {
			sounds bool
			at     time.Duration
		}{{true, 0}, {false, 2 * time.Second}, {true, 6 * time.Second}, {false, 8 * time.Second}} {
			if sounds := <-d.Bell(); sounds != want.sounds || time.Since(begin) != want.at {
				t.Errorf("%t at %v, want %t at %v", sounds, time.Since(begin), want.sounds, want.at)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What holding the button asks for, and when that is shown.
func TestHeld(t *testing.T) {
	for _, c := range []struct {
		held  time.Duration
		want  hal.Hold
		steps []hal.Hold
	}{
		{0, hal.NotHeld, nil},
		{9 * time.Second, hal.NotHeld, nil},
		{11 * time.Second, hal.ForgetAdministrator, []hal.Hold{hal.ForgetAdministrator}},
		{29 * time.Second, hal.ForgetAdministrator, []hal.Hold{hal.ForgetAdministrator}},
		{time.Hour, hal.FactoryErase, []hal.Hold{hal.ForgetAdministrator, hal.FactoryErase}},
	} {
		t.Run(c.held.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &haltest.Button{}
				b.Press(c.held > 0)
				time.AfterFunc(c.held, func() { b.Press(false) })
				var steps []hal.Hold
				got, err := hal.Held(t.Context(), b, func(h hal.Hold) { steps = append(steps, h) })
				if err != nil || got != c.want || !slices.Equal(steps, c.steps) {
					t.Errorf("%v, %v, steps %v", got, err, steps)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := &haltest.Button{}
		b.Press(true)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		if got, err := hal.Held(ctx, b, func(hal.Hold) {}); got != hal.NotHeld || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the context ended: %v, %v", got, err)
		}
	})
}

func TestLightAndButton(t *testing.T) {
	l := &haltest.Light{}
	if err := l.Show(hal.Blink); err != nil || l.Shows() != hal.Blink {
		t.Error(l.Shows(), err)
	}
	if err := l.Close(); err != nil || l.Shows() != hal.Dark {
		t.Error(l.Shows(), err)
	}
	b := &haltest.Button{}
	b.Press(true)
	if down, err := b.Pressed(); !down || err != nil || b.Close() != nil {
		t.Error(down, err)
	}
	for _, s := range []hal.Signal{hal.Dark, hal.Steady, hal.Breathe, hal.Blink} {
		if s.String() == "unknown signal" {
			t.Error(s)
		}
	}
}
