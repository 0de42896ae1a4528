package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"faxbox/web/upkeep"
)

// An erased box with two systems leaves a mark for who may erase the rest; also when the plug broke the erasing off.
func TestErasedMark(t *testing.T) {
	box := func() (*upkeep.Machine, error) { return &upkeep.Machine{}, nil }
	none := func() (*upkeep.Machine, error) { return nil, nil }
	odd := func() (*upkeep.Machine, error) { return nil, errors.New("there is no key") }
	for name, test := range map[string]struct {
		machine   func() (*upkeep.Machine, error)
		wanted    bool
		brokenOff bool
		want      []string
	}{
		"a box":              {box, true, false, []string{erasedMark}},
		"a box, broken off":  {box, false, true, []string{erasedMark}},
		"a box in use":       {box, false, false, []string{"faxbox.db"}},
		"a box without key":  {odd, true, false, []string{erasedMark}},
		"somebody's machine": {none, true, false, nil},
		"a demo":             {nil, true, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{data: t.TempDir(), log: slog.New(slog.DiscardHandler), machine: test.machine}
			err := os.WriteFile(filepath.Join(s.data, "faxbox.db"), []byte("secrets"), 0o600)
			if test.brokenOff {
				err = errors.Join(err, os.WriteFile(filepath.Join(s.data, erasing), nil, 0o600))
			}
			if err := errors.Join(err, s.eraseIf(test.wanted)); err != nil {
				t.Fatal(err)
			}
			left, err := os.ReadDir(s.data)
			if err != nil || len(left) != len(test.want) || len(left) == 1 && left[0].Name() != test.want[0] {
				t.Errorf("left is %v, %v, want %q", left, err, test.want)
			}
		})
	}
}

// Who asks twice is heard once.
func TestAgainOnce(t *testing.T) {
	s := &service{endings: make(chan upkeep.Ending, 1)}
	s.again(upkeep.Erased)
	s.again(upkeep.Restored)
	if got := <-s.endings; got != upkeep.Erased || len(s.endings) != 0 {
		t.Errorf("%v", got)
	}
}
