package hal

import (
	"context"
	"time"
)

// Hold is what holding the button while the box starts asks for.
type Hold uint8

// The holds.
const (
	NotHeld             Hold = iota
	ForgetAdministrator      // 10 s: the administrator's password is forgotten, nothing else
	FactoryErase             // 30 s: everything is erased
)

func (h Hold) String() string {
	switch h {
	case ForgetAdministrator:
		return "forget the administrator"
	case FactoryErase:
		return "factory erase"
	default:
		return "not held"
	}
}

const (
	forgetAfter = 10 * time.Second
	eraseAfter  = 30 * time.Second
	lookEvery   = 50 * time.Millisecond
)

// Held waits for the button to be let go and tells what was asked for: a button that is not pressed now was not held. It
// tells at once when 30 s are over, so that nobody has to guess. After each step reached it calls step, to show it by the
// light. An error, or the context's end, is not held.
func Held(ctx context.Context, b Button, step func(Hold)) (Hold, error) {
	begin := time.Now()
	held := NotHeld
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		down, err := b.Pressed()
		if err != nil || !down {
			return held, err
		}
		switch lasted := time.Since(begin); {
		case lasted >= eraseAfter:
			step(FactoryErase)
			return FactoryErase, nil
		case lasted >= forgetAfter && held == NotHeld:
			held = ForgetAdministrator
			step(held)
		}
		select {
		case <-ctx.Done():
			return NotHeld, ctx.Err()
		case <-look.C:
		}
	}
}
