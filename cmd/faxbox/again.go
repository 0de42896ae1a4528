package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"

	"github.com/coreos/go-systemd/v22/activation"

	"faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/web/upkeep"
)

// run runs the box until the context ends. When a backup is put back, or everything is erased, it begins anew.
func (s *service) run(ctx context.Context) error {
	s.handed = activation.Files(true)
	s.endings = make(chan upkeep.Ending, 1)
	for {
		if err := s.once(ctx); err != nil || s.ending == 0 {
			return err
		}
		s.log.Warn("the service begins anew", "erased", s.ending == upkeep.Erased)
	}
}

// again is upkeep.Config.Again.
func (s *service) again(e upkeep.Ending) {
	select {
	case s.endings <- e:
	default: // it ends already
	}
}

// inherited are the listeners that the service manager has handed over, each time anew.
func (s *service) inherited() (list []net.Listener) {
	for _, f := range s.handed {
		l, err := net.FileListener(f)
		if err != nil { // not a stream socket: not for us
			continue
		}
		list = append(list, l)
	}
	return list
}

// newUpkeep is the box's upkeep.
func (r *running) newUpkeep(c upkeep.Config) *upkeep.Upkeep {
	c.Server, c.Data, c.Version, c.Log, c.Again = r.server, r.data, version(), r.log, r.again
	if r.machine != nil {
		m, err := r.machine()
		if err != nil {
			r.log.Error("no update can be installed", "err", err)
		}
		c.Machine = m
	}
	u := upkeep.New(c)
	r.server.AddHealth(u.Findings)
	return u
}

// machine is the box with two systems that this program runs on; nil if it is none.
func machine() (*upkeep.Machine, error) {
	if !exists(slotFacts) {
		return nil, nil
	}
	facts, err := readFacts(slotFacts)
	if err != nil {
		return nil, err
	}
	key, err := readKey(updateKey)
	if err != nil {
		return nil, err
	}
	boards, err := boardsOf(boardFacts)
	if err != nil {
		return nil, err
	}
	return &upkeep.Machine{Slot: slots.Slot(facts["SLOT"]), Boards: boards, Key: key, State: update.Keeper{Path: updateState}}, nil
}

// erasedMark is a file in an erased data folder, on a box with two systems: who has the rights erases the rest then, such as
// the network's password (faxbox-erase.service).
const erasedMark = "erased"

// eraseIf empties the data folder if that is wanted, or was begun before and broken off.
func (s *service) eraseIf(wanted bool) error {
	if _, err := os.Stat(filepath.Join(s.data, erasing)); err != nil && !wanted {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	s.log.Warn("everything is erased")
	if err := erase(s.data); err != nil {
		return err
	}
	if s.isBox() {
		if err := os.WriteFile(filepath.Join(s.data, erasedMark), nil, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(filepath.Join(s.data, erasing)), syncFolder(s.data))
}

// isBox reports whether this is a box with two systems, be it one on which something is wrong.
func (s *service) isBox() bool {
	if s.machine == nil {
		return false
	}
	m, err := s.machine()
	return m != nil || err != nil
}
