// Package slots is the card of a box as its boot script (image/boot.cmd) sees it: two slots, a and b, each a partition with a
// system and a folder on the boot partition with what starts it. One of them is chosen; the other may be tried, a counted
// number of times, and is chosen only when the system that runs in it has said that all is well.
//
// # What the plug may do
//
// The choice is kept twice, in slot.txt and slot2.txt, 512 octets each that are overwritten where they lie: a sector of the
// card. Each says at its end what it says, so a half-written one is known for what it is. The second copy is written, and
// on the card, before the first is touched: at any moment one of them is whole, and the script takes the first that is.
//
// A slot is filled while it is neither chosen nor tried nor runs. The first thing that is taken from it is its kernel, and
// the last thing it gets is its kernel: in between the script cannot start it whatever happens.
//
// The package knows nothing of where the contents come from, nor of signatures: package update does.
package slots

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Slot is one of the two places for a system.
type Slot string

// The slots; None is no slot.
const (
	None Slot = ""
	A    Slot = "a"
	B    Slot = "b"
)

// Other is the other slot.
func (s Slot) Other() Slot {
	if s == A {
		return B
	}
	return A
}

// Choice is what the boot script goes by.
type Choice struct {
	Slot Slot // known to work
	Try  Slot // tried instead while Left is above 0; None: nothing is tried
	Left int  // attempts that are left, 0 to 15: the script takes one away before it makes it
}

// Files on the boot partition.
const (
	choiceFile = "slot.txt"
	secondFile = "slot2.txt"
	choiceSize = 512 // octets of each: one sector
)

// ErrNoChoice is a boot partition without a choice that is whole: the script then starts slot a, or b if there is no a.
var ErrNoChoice = errors.New("neither slot.txt nor slot2.txt on the boot partition is whole")

// text is the choice as the script reads and writes it. U-Boot writes names in their order, so whole is the last.
func (c Choice) text() []byte {
	left := strconv.FormatInt(int64(c.Left), 16)
	lines := fmt.Sprintf("left=%s\nslot=%s\n", left, c.Slot)
	if c.Try != None {
		lines += fmt.Sprintf("try=%s\n", c.Try)
	}
	lines += fmt.Sprintf("whole=%s.%s.%s\n", c.Slot, c.Try, left)
	return append([]byte(lines), make([]byte, choiceSize-len(lines))...)
}

// parseChoice reads a copy of the choice. It is not ok if it is not whole.
func parseChoice(data []byte) (c Choice, ok bool) {
	text, _, _ := strings.Cut(string(data), "\x00")
	set := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimRight(line, "\r\n"), "="); found {
			set[name] = value
		}
	}
	if set["whole"] != set["slot"]+"."+set["try"]+"."+set["left"] {
		return c, false
	}
	left, err := strconv.ParseUint(set["left"], 16, 4)
	c = Choice{Slot: Slot(set["slot"]), Try: Slot(set["try"]), Left: int(left)}
	return c, err == nil && (c.Slot == A || c.Slot == B) && (c.Try == None || c.Try == A || c.Try == B)
}
