package hal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Line is a GPIO line: the label of its chip and its offset there. Numbers printed on a board are offsets on the Raspberry Pi:
// GPIO17 is line 17 of "pinctrl-bcm2835", or of "pinctrl-bcm2711" on the 4. Names of lines are no addresses: boards give the
// same line different ones.
type Line struct {
	Chip      string
	Offset    int
	ActiveLow bool // active is the low level
}

var errLine = errors.New(`is no GPIO line: write chip and number such as "pinctrl-bcm2835:17", with ",low" behind if it is active-low`)

// maxOffset is far beyond the number of lines of any chip.
const maxOffset = 1 << 16

// ParseLine reads what String writes.
func ParseLine(text string) (Line, error) {
	address, low := strings.CutSuffix(text, ",low")
	colon := strings.LastIndexByte(address, ':') // labels hold colons: "9030000.pl061:0"
	if colon < 1 {
		return Line{}, fmt.Errorf("%q %w", text, errLine)
	}
	n, err := strconv.ParseUint(address[colon+1:], 10, 32)
	if err != nil || n > maxOffset || strings.ContainsFunc(address, unprintable) {
		return Line{}, fmt.Errorf("%q %w", text, errLine)
	}
	return Line{Chip: address[:colon], Offset: int(n), ActiveLow: low}, nil
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' || r == ',' }

// String is "pinctrl-bcm2835:17", or "pinctrl-bcm2835:17,low" for an active-low line.
func (l Line) String() string {
	text := l.Chip + ":" + strconv.Itoa(l.Offset)
	if l.ActiveLow {
		text += ",low"
	}
	return text
}

// MarshalText writes it as String does; the zero Line, which is none, as nothing.
func (l Line) MarshalText() ([]byte, error) {
	if l == (Line{}) {
		return nil, nil
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (l *Line) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*l = Line{}
		return nil
	}
	*l, err = ParseLine(string(text))
	return err
}
