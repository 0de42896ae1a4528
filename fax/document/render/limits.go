package render

import (
	"cmp"
	"time"
)

// Limits are what a document may cost. What is 0 is taken from DefaultLimits.
type Limits struct {
	Time     time.Duration // for a document, on the clock
	PageTime time.Duration // for one page of it
	// Memory, in octets, is for the document in PDFium, or for a picture. The child may take Memory and some 200 MB more; that
	// much more is address space that Go has claimed and not used.
	Memory int64
	Output int64 // octets of all its pages
}

// DefaultLimits let a board of 512 MB render 600 pels an inch in colour, which is the most that offices scan, and 200 such
// pages.
var DefaultLimits = Limits{
	Time:     15 * time.Minute,
	PageTime: time.Minute,
	Memory:   192 << 20,
	Output:   256 << 20,
}

func (l Limits) orDefault() Limits {
	return Limits{
		Time:     cmp.Or(l.Time, DefaultLimits.Time),
		PageTime: cmp.Or(l.PageTime, DefaultLimits.PageTime),
		Memory:   cmp.Or(l.Memory, DefaultLimits.Memory),
		Output:   cmp.Or(l.Output, DefaultLimits.Output),
	}
}
