package fax

import "time"

// Fact is something that calls have taught about the machine at a number, or about the line there. It is believed until it
// expires: machines are replaced, lines repaired.
type Fact struct {
	Number  string    `json:"number"` // as it was dialled
	Name    string    `json:"name" doc:"no-v17: it hangs up on V.17; max-rate: no faster than the value, in bit/s"`
	Value   string    `json:"value"`
	Learned time.Time `json:"learned"`
	Expires time.Time `json:"expires"`
}

// The names of facts.
const (
	NoV17   = "no-v17"   // it hangs up on V.17
	MaxRate = "max-rate" // no faster than this, in bit/s
)
