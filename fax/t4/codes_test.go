package t4

import (
	"strings"
	"testing"
)

// codesOf are the codes that can stand where a run of this colour is expected, EOL and the extension code of T.4 table 4
// among them.
func codesOf(colour int) []string {
	codes := []string{eolCode, "000000001"}
	for _, c := range runCodes {
		codes = append(codes, [2]string{c.white, c.black}[colour])
	}
	return codes
}

func TestNoCodeBeginsWithAnother(t *testing.T) {
	modes := append(verticalCodes[:], passCode, horizontalCode, extensionCode, eolCode)
	for name, codes := range map[string][]string{"white": codesOf(white), "black": codesOf(black), "modes": modes} {
		for i, a := range codes {
			for j, b := range codes {
				if i != j && strings.HasPrefix(a, b) {
					t.Errorf("%s: %s begins with %s", name, a, b)
				}
			}
		}
	}
}

func TestCodeLengths(t *testing.T) {
	longest := 0
	for _, c := range runCodes {
		longest = max(longest, len(c.white), len(c.black))
	}
	if longest != runBits {
		t.Errorf("the longest run length code has %d bits, runBits is %d", longest, runBits)
	}
	longest = len(extensionCode)
	for _, c := range verticalCodes {
		longest = max(longest, len(c))
	}
	if longest != modeBits {
		t.Errorf("the longest mode code has %d bits, modeBits is %d", longest, modeBits)
	}
	for colour := range runs {
		for run, c := range runs[colour] {
			if c.len() > maxZeros {
				t.Errorf("the code of run %d has %d bits, a code holds %d", run, c.len(), maxZeros)
			}
		}
	}
}

// TestNoCodeHidesEOL shows that no codes one after another hold the zeros of an EOL: it can be found anywhere.
func TestNoCodeHidesEOL(t *testing.T) {
	ends, begins := 0, 0
	for colour := range 2 {
		for _, c := range codesOf(colour)[2:] {
			if strings.Contains(c, eolCode[:eolZeros]) {
				t.Errorf("%s holds an EOL", c)
			}
			ends = max(ends, len(c)-len(strings.TrimRight(c, "0")))
			begins = max(begins, len(c)-len(strings.TrimLeft(c, "0")))
		}
	}
	if ends+begins >= eolZeros {
		t.Errorf("%d zeros at the end of a code and %d at the beginning of the next make an EOL", ends, begins)
	}
}

// TestEveryRunHasItsCode reads the code of each run as the standard has it: make-up codes for 2560, then one for what is
// left but its last 63 pels at most, then a terminating code.
func TestEveryRunHasItsCode(t *testing.T) {
	strings := func(run int) (codes [2]string) {
		for _, c := range runCodes {
			if c.run == run {
				return [2]string{c.white, c.black}
			}
		}
		t.Fatalf("no code for %d", run)
		return
	}
	for run := range MaxWidth + 1 {
		for colour := range 2 {
			want, rest := "", run
			for rest >= 2560 {
				want += strings(2560)[colour]
				rest -= 2560
			}
			if rest >= 64 {
				want += strings(rest / 64 * 64)[colour]
			}
			want += strings(rest % 64)[colour]
			got := ""
			for _, c := range appendRun(nil, colour, run) {
				got += bitString(c)
			}
			if got != want {
				t.Fatalf("run %d of colour %d: %s, want %s", run, colour, got, want)
			}
		}
	}
}

func bitString(c code) string {
	var s strings.Builder
	for i := range c.len() {
		s.WriteByte('0' + byte(c.bits()>>(c.len()-1-i)&1))
	}
	return s.String()
}
