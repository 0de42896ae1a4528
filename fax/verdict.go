package fax

// Verdict is what came of a test: of a mail, or of a routing method.
type Verdict struct {
	OK       bool   `json:"ok"`       // it worked, as far as the other side tells
	Sentence string `json:"sentence"` // what happened
	Hint     string `json:"hint"`     // what to do about it; empty if OK
	Detail   string `json:"detail"`   // for support: what the other side said
}
