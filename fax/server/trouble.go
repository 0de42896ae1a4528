package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/route"
	"faxbox/store"
)

// trouble is an outcome that was not as it should be.
type trouble struct {
	lane          string
	problem, hint string
	final         bool      // it is not tried again
	at            time.Time // of the attempt
}

// troubleMemory is how long health tells of what was given up, unless somebody acknowledges it before.
const troubleMemory = 7 * 24 * time.Hour

// acknowledgedKey is the store's name for when troubles were acknowledged, by method.
const acknowledgedKey = "routing-acknowledged"

// noteTrouble notes what is wrong with the outcomes of a message, or that nothing is. The caller holds mu.
func (s *Server) noteTrouble(m fax.Message) {
	var list []trouble
	for _, o := range m.Outcomes {
		switch o.Problem {
		case "", noSuchMethod, noArchive, noPort, switchedOff:
			continue
		}
		if !o.Done && !m.InBin() {
			list = append(list, trouble{lane(o), o.Problem, o.Hint, o.GivenUp, o.At})
		}
	}
	if len(list) == 0 {
		delete(s.troubles, m.ID)
		return
	}
	s.troubles[m.ID] = list
}

// routingFindings are how routing is: one finding for each method that fails or takes long, or one that all is well. The
// caller holds mu.
func (s *Server) routingFindings(now time.Time) []fax.Finding {
	var list []fax.Finding
	for _, m := range s.methods {
		about := m.About()
		if f, bad := s.routingFinding(about, now); bad {
			f.Name = "routing/" + about.FunctionName
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		list = append(list, fax.Finding{Name: "routing", OK: true, Sentence: "Received faxes are passed on."})
	}
	return list
}

// routingFinding is what is wrong with one method. The caller holds mu.
func (s *Server) routingFinding(about fax.RoutingMethod, now time.Time) (f fax.Finding, bad bool) {
	name, in := strings.ToLower(about.FriendlyName), lane(fax.RoutingOutcome{Guid: about.Guid})
	for _, id := range slices.Sorted(maps.Keys(s.routed)) {
		if r := s.routed[id]; r.lane == in && now.Sub(r.since) > routeStuck {
			f.Sentence = fmt.Sprintf("To %s takes very long for fax %d.", name, id)
			f.Hint = "Check where it is to go: the share or the stick, the printer, the mail server."
			return f, true
		}
	}
	var last, lost trouble
	var lostID fax.MessageID
	waiting, given := 0, 0
	for _, id := range slices.Sorted(maps.Keys(s.troubles)) {
		for _, t := range s.troubles[id] {
			switch {
			case t.lane != in:
			case !t.final:
				waiting++
				if t.at.After(last.at) {
					last = t
				}
			case t.at.After(s.acknowledged[in]) && now.Sub(t.at) < troubleMemory:
				given++
				if t.at.After(lost.at) {
					lost, lostID = t, id
				}
			}
		}
	}
	switch {
	case waiting > 0:
		f.State = fax.Warning
		f.Sentence = counted(waiting, "A fax waits", "%d faxes wait") + fmt.Sprintf(": to %s did not work. %s.", name, full(last.problem))
		f.Hint = strings.TrimSpace(last.hint + " It is tried again by itself.")
	case given > 0:
		f.Sentence = fmt.Sprintf("To %s did not work for fax %d, and is not tried again. %s.", name, lostID, full(lost.problem))
		if given > 1 {
			f.Sentence = fmt.Sprintf("To %s did not work for %d faxes, the last of them %d, and is not tried again. %s.", name, given, lostID, full(lost.problem))
		}
		f.Hint = strings.TrimSpace(lost.hint + " The fax is in the inbox: have it passed on anew there, or acknowledge this.")
	default:
		return f, false
	}
	return f, true
}

// full is a problem as a sentence of its own, without the full stop.
func full(problem string) string {
	problem = strings.TrimRight(problem, ". ")
	if problem == "" {
		return problem
	}
	first, rest := []rune(problem)[:1], []rune(problem)[1:]
	return strings.ToUpper(string(first)) + string(rest)
}

// loadAcknowledged reads what was acknowledged.
func (s *Server) loadAcknowledged() error {
	s.acknowledged = map[string]time.Time{}
	data, err := s.store.Value(acknowledgedKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &s.acknowledged)
}

// acknowledgeRouting has health say no more of what a method has given up; false if the name is no finding of routing.
func (s *Server) acknowledgeRouting(name string) (ok bool, err error) {
	function, ok := strings.CutPrefix(name, "routing/")
	i := slices.IndexFunc(s.methods, func(m route.Method) bool { return m.About().FunctionName == function })
	if !ok || i < 0 {
		return false, nil
	}
	s.change.Lock()
	defer s.change.Unlock()
	next := maps.Clone(s.acknowledged)
	next[lane(fax.RoutingOutcome{Guid: s.methods[i].About().Guid})] = time.Now().UTC()
	data, err := json.Marshal(next)
	if err != nil {
		return true, err
	}
	if err := s.store.PutValue(acknowledgedKey, data); err != nil {
		s.metrics.storeFailed()
		return true, err
	}
	s.mu.Lock()
	s.acknowledged = next
	s.mu.Unlock()
	return true, nil
}
