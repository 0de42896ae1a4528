package server

import "time"

// languageOf is the language in which an office that lives by this time writes, as far as we know it: one of fax.Languages.
func languageOf(zone *time.Location) string {
	switch zone.String() {
	case "Europe/Berlin", "Europe/Busingen", "Europe/Vienna", "Europe/Zurich", "Europe/Vaduz":
		return "de"
	}
	return "en"
}

// languageFor is the language in which somebody is told something: what their account says, or else the office's.
func (s *Server) languageFor(user string) string {
	if a, err := s.store.User(user); err == nil && a.Language != "" {
		return a.Language
	}
	return languageOf(s.Settings().Location())
}
