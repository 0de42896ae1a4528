package at

import "bytes"

// splitter cuts what a modem says in command mode into lines. A line ends at CR or LF. After a verbose CONNECT its LF is
// still to come, and belongs to it, not to the octets that follow; a numeric one ends with CR.
type splitter struct {
	numeric bool
	line    []byte
	lf      bool // the last line ended with CR, and its LF may follow
}

// next takes octets up to the end of a line, or all. The line is "" when it is not complete, or empty.
func (s *splitter) next(in []byte) (line string, n int) {
	end := bytes.IndexAny(in, "\r\n")
	if end < 0 {
		s.add(in)
		return "", len(in)
	}
	s.add(in[:end])
	s.lf = in[end] == '\r'
	line = string(bytes.TrimSpace(s.line))
	s.line = s.line[:0]
	return line, end + 1
}

func (s *splitter) add(p []byte) {
	s.line = append(s.line, p[:min(len(p), maxLine-len(s.line))]...)
}

// connected tells how many octets at the beginning of in still belong to the CONNECT line before them.
func (s *splitter) connected(in []byte) int {
	lf := s.lf && !s.numeric
	s.lf = false
	if lf && in[0] == '\n' {
		return 1
	}
	return 0
}
