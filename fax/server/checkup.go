package server

import (
	"fmt"
	"slices"

	"faxbox/fax"
	"faxbox/store"
)

// AddHealth has others' findings among those of Health: of the certificate, of updates. The function is called whenever
// somebody asks; it must not wait, nor ask the server. Names with a slash hang below what stands before it.
func (s *Server) AddHealth(check func() []fax.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks = append(s.checks, check)
}

// spaceFinding is how much room there is, unless the store has found something to say about that.
func (s *Server) spaceFinding(told []fax.Finding) (f fax.Finding, ok bool) {
	free, known := s.store.Free()
	if !known || slices.ContainsFunc(told, func(f fax.Finding) bool { return f.Name == store.SpaceFinding || f.Name == store.DiskFinding }) {
		return f, false
	}
	room := fmt.Sprintf("%d GB", free>>30)
	if free < 1<<30 {
		room = fmt.Sprintf("%d MB", free>>20/100*100)
	}
	return fax.Finding{Name: store.SpaceFinding, OK: true, Sentence: room + " are free on the disk."}, true
}

// HealthTree is Health as a tree: the server, what belongs to it, and what belongs to that. A branch is as bad as the worst of
// its parts.
func (s *Server) HealthTree() fax.Checkup {
	list := s.Health()
	root := fax.Checkup{Finding: list[0]}
	for _, f := range list[1:] {
		hang(&root, f)
	}
	settle(&root)
	return root
}

// hang puts a finding in its place: its name is the way there.
func hang(root *fax.Checkup, f fax.Finding) {
	at := root
	for i, r := range f.Name {
		if r == '/' {
			at = part(at, f.Name[:i])
		}
	}
	part(at, f.Name).Finding = f
}

// part is the part of this name, which is made if it is not there.
func part(of *fax.Checkup, name string) *fax.Checkup {
	for i := range of.Parts {
		if of.Parts[i].Name == name {
			return &of.Parts[i]
		}
	}
	of.Parts = append(of.Parts, fax.Checkup{Finding: fax.Finding{Name: name, OK: true}})
	return &of.Parts[len(of.Parts)-1]
}

// settle makes branches as bad as the worst of their parts, and says of those that say nothing themselves how many are so.
func settle(c *fax.Checkup) {
	bad, worst := 0, c.Graded().State
	for i := range c.Parts {
		part := &c.Parts[i]
		settle(part)
		if !part.OK {
			bad++
		}
		if part.State == fax.Bad || worst == fax.Well {
			worst = part.State
		}
		if c.Since.Before(part.Since) && c.Sentence == "" {
			c.Since = part.Since
		}
	}
	c.OK, c.State = worst == fax.Well, worst
	if len(c.Parts) == 0 || c.Sentence != "" && bad == 0 {
		return
	}
	switch {
	case c.Name == "server":
	case bad == 0:
		c.Sentence = "All is well."
	default:
		c.Sentence = fmt.Sprintf("Attention needed: %d of %d.", bad, len(c.Parts))
		c.Hint = "See below."
	}
}
