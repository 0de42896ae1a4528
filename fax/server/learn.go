package server

import (
	"strconv"
	"time"

	"faxbox/fax"
	"faxbox/fax/port"
)

// How long a fact is believed: machines are replaced, lines repaired.
const (
	machineLife = 90 * 24 * time.Hour
	lineLife    = 7 * 24 * time.Hour
)

// learned is what is known of a number.
func (s *Server) learned(number string) port.Learned {
	var l port.Learned
	facts, err := s.store.Learned(number, time.Now())
	if err != nil {
		s.log.Warn("what is known of a number cannot be read", "err", err)
		return l
	}
	for _, f := range facts {
		switch f.Name {
		case fax.NoV17:
			l.NoV17 = true
		case fax.MaxRate:
			l.MaxRate, _ = strconv.Atoi(f.Value) // what is no number is no limit
		}
	}
	return l
}

// learn keeps what a call taught of a number.
func (s *Server) learn(w port.Work, o port.Outcome) {
	if o.Result.RefusedV17 && !w.Learned.NoV17 {
		s.keepFact(w.Number, fax.NoV17, "true", machineLife)
	}
	if rate := slower(w, o); rate != 0 {
		s.keepFact(w.Number, fax.MaxRate, strconv.Itoa(rate), lineLife)
	}
}

// slower is the rate to begin with next time, if the line proved too bad for the one that was agreed on: 0 if it did not.
func slower(w port.Work, o port.Outcome) int {
	const slowest = 2400
	switch o.Cause {
	case fax.PageRejected, fax.TooManyErrors:
	default:
		return 0
	}
	rate := o.Result.Mode.Rate.Rate()
	if !o.Result.Trained || rate <= slowest || w.Learned.MaxRate != 0 && w.Learned.MaxRate < rate {
		return 0
	}
	return rate - slowest
}

func (s *Server) keepFact(number, name, value string, life time.Duration) {
	now := time.Now()
	err := s.store.Learn(fax.Fact{Number: number, Name: name, Value: value, Learned: now, Expires: now.Add(life)})
	if err != nil {
		s.metrics.storeFailed()
		s.log.Warn("what was learned of a number is not kept", "fact", name, "err", err)
		return
	}
	s.log.Info("learned of a number", "fact", name, "value", value)
}

// Learned is what calls have taught of a number, or of all numbers if it is empty.
func (s *Server) Learned(number string) ([]fax.Fact, error) {
	return s.store.Learned(number, time.Now())
}

// Forget forgets what is known of a number. Needs fax.ConfigSet.
func (s *Server) Forget(who Who, number string) error {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.ErrDenied
	}
	return s.store.Forget(number, s.entry(who, "numbers/"+number, "forget"))
}
