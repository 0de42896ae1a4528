package t30

import "time"

// tcfOctets is the length of TCF, 1.5 s of zeros, at a rate (T.30 5.3.6.1.6).
func tcfOctets(m Modulation) int { return m.Rate() * 3 / 2 / 8 }

// tcf is what a sender says to check the training. One octet of ones comes first, so that the zeros begin with an edge.
func tcf(m Modulation) Signal {
	octets := make([]byte, 1+tcfOctets(m))
	octets[0] = 0xFF
	return Signal{Image: TCF, Rate: m, Octets: octets}
}

// trainingCheck judges a TCF as it arrives. It holds counts only.
type trainingCheck struct {
	run, longest int // zero octets in a row
	zeros        int
	after        int // other octets since the longest run ended
}

func (t *trainingCheck) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != 0 {
			t.run = 0
			t.after++
			continue
		}
		t.zeros++
		if t.run++; t.run > t.longest {
			t.longest, t.after = t.run, 0
		}
	}
	return len(p), nil
}

// good reports whether a page would arrive at this rate: one second of TCF was right, in one piece, or with ECM, which
// repairs the rest, in pieces of which one has 0.6 s. Garbage before is passed over; afterwards a tenth of the length may be
// wrong.
func (t *trainingCheck) good(m Modulation, ecm bool) bool {
	second := m.Rate() / 8
	if t.after > tcfOctets(m)/10 && !ecm {
		return false
	}
	return second > 0 && (t.longest >= second || ecm && t.zeros >= second && t.longest >= second*6/10)
}

// truncated is how long after the end of the carrier a post-page command may come before the carrier is taken to have died
// early: the sender turns round in well under this.
const truncated = 5 * time.Second
