package update

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Box is what an update is to be put onto.
type Box struct {
	Version string   // of the program that runs
	Boards  []string // what the board's device tree says it is compatible with
	Trial   bool     // the system that runs is being tried
}

// Fits reports why an update cannot be put onto a box: ErrTrial, ErrBoard, ErrTooOld, or, unless an older version is wanted,
// ErrOlder.
func (m Manifest) Fits(b Box, downgrade bool) error {
	switch {
	case b.Trial:
		return fmt.Errorf("%w: wait until the box says that it works", ErrTrial)
	case !slices.ContainsFunc(m.Boards, func(board string) bool { return slices.Contains(b.Boards, board) }):
		return fmt.Errorf("%w: %s, and this is %s", ErrBoard, strings.Join(m.Boards, ", "), cmp.Or(strings.Join(b.Boards, ", "), "unknown"))
	case m.From != "" && older(b.Version, m.From):
		return fmt.Errorf("%w: %s runs; install %s first", ErrTooOld, b.Version, m.From)
	case !downgrade && older(m.Version, b.Version):
		return fmt.Errorf("%w: it is %s, and %s runs", ErrOlder, m.Version, b.Version)
	}
	return nil
}

// number is a version: three numbers, and what is before a release.
type number struct {
	parts [3]int
	pre   string // "rc.1"; empty: a release
}

var errVersion = errors.New("no version")

// parseVersion takes 1.4.0, v1.4.0, 1.5.0-rc.1; what comes after a plus is left out.
func parseVersion(text string) (number, error) {
	var v number
	main, _, _ := strings.Cut(strings.TrimPrefix(text, "v"), "+")
	main, v.pre, _ = strings.Cut(main, "-")
	fields := strings.Split(main, ".")
	if len(fields) != len(v.parts) {
		return v, fmt.Errorf("%q is %w: it is written 1.4.0", text, errVersion)
	}
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 31)
		if err != nil {
			return v, fmt.Errorf("%q is %w: it is written 1.4.0", text, errVersion)
		}
		v.parts[i] = int(n)
	}
	return v, nil
}

// older reports whether one version is before another. A program that was built without one is older than any.
func older(a, b string) bool {
	va, errA := parseVersion(a)
	vb, errB := parseVersion(b)
	if errA != nil || errB != nil {
		return errA != nil && errB == nil
	}
	if c := slices.Compare(va.parts[:], vb.parts[:]); c != 0 {
		return c < 0
	}
	switch {
	case va.pre == vb.pre:
		return false
	case va.pre == "" || vb.pre == "":
		return vb.pre == ""
	}
	return comparePre(va.pre, vb.pre) < 0
}

// comparePre compares what is before a release, field by field: numbers as numbers.
func comparePre(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		nx, errX := strconv.Atoi(x)
		ny, errY := strconv.Atoi(y)
		if errX == nil && errY == nil {
			return cmp.Compare(nx, ny)
		}
		return cmp.Compare(x, y)
	})
}
