package render

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tetratelabs/wazero"
)

// divisors are constants to divide by: those of PDFium, all small ones, and large ones.
func divisors() []uint32 {
	some := []uint32{65521, 65535, 65536, 65025, 1 << 30, 1<<31 - 1, 1 << 31, 1<<31 + 1, math.MaxUint32 - 1, math.MaxUint32}
	for n := range uint32(400) {
		some = append(some, n)
	}
	return some
}

// TestReciprocal: the factor yields what dividing does, at the numbers around multiples and at the ends.
func TestReciprocal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, divisor := range divisors() {
		if divisor < 2 {
			continue
		}
		factor, shift, ok := reciprocal(divisor)
		if !ok {
			continue
		}
		check := func(n uint32) {
			if got, want := uint32(uint64(n)*factor>>shift), n/divisor; got != want {
				t.Fatalf("%d / %d = %d, want %d", n, divisor, got, want)
			}
		}
		for _, n := range []uint32{0, 1, math.MaxUint32} {
			check(n)
		}
		for range 1000 {
			multiple := random.Uint32() / divisor * divisor
			check(multiple)
			check(multiple - 1)
			check(multiple + divisor - 1)
		}
	}
	for _, divisor := range []uint32{3, 10, 100, 255, 257, 65535} {
		if _, _, ok := reciprocal(divisor); !ok {
			t.Errorf("there is no factor for %d", divisor)
		}
	}
}

// dividing is a module with a function that divides its argument by a constant, among instructions that look like it.
func dividing(divisor uint32) []byte {
	body := []byte{1, 2, 0x7F} // two local variables of 32 bits
	body = append(body, opI32Const, opI32DivU|0x80, 0, opDrop)
	body = append(body, opF32Const, opI32Const, 3, opI32DivU, opI32DivU, opDrop)
	body = append(body, opBlock, 0x40, opEnd, opLocalGet, 0)
	body = appendSigned(append(body, opI32Const), int64(int32(divisor)))
	body = append(body, opI32DivU, opEnd)
	module := []byte("\x00asm\x01\x00\x00\x00")
	module = appendSection(module, 1, []byte{1, 0x60, 1, 0x7F, 1, 0x7F})
	module = appendSection(module, 3, []byte{1, 0})
	module = appendSection(module, 7, []byte{1, 1, 'd', 0, 0})
	code := binary.AppendUvarint([]byte{1}, uint64(len(body)))
	return appendSection(module, codeSection, append(code, body...))
}

// TestWithoutDivisions: what a module computes stays the same, and it no longer divides where there is another way.
func TestWithoutDivisions(t *testing.T) {
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	for _, divisor := range divisors() {
		plain := dividing(divisor)
		quick, err := withoutDivisions(plain)
		if err != nil {
			t.Fatal(err)
		}
		possible := false
		if divisor > 1 {
			_, _, possible = reciprocal(divisor)
		}
		if changed := string(quick) != string(plain); changed != possible {
			t.Errorf("by %d: changed %v, want %v", divisor, changed, possible)
		}
		if divisor == 0 {
			continue
		}
		m, err := r.InstantiateWithConfig(t.Context(), quick, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			t.Fatalf("by %d: %v", divisor, err)
		}
		for _, n := range []uint32{0, 1, 254, 255, 65025, divisor - 1, divisor, math.MaxInt32, math.MaxUint32} {
			got, err := m.ExportedFunction("d").Call(t.Context(), uint64(n))
			if err != nil || uint32(got[0]) != n/divisor {
				t.Errorf("%d / %d = %v, %v, want %d", n, divisor, got, err, n/divisor)
			}
		}
	}
}

// TestPDFiumWithoutDivisions: every instruction of PDFium is known, most divisions by constants are gone, and doing it again
// changes nothing.
func TestPDFiumWithoutDivisions(t *testing.T) {
	quick, err := withoutDivisions(module)
	if err != nil {
		t.Fatal(err)
	}
	if grown := len(quick) - len(module); grown < 2000 || grown > 20_000 {
		t.Errorf("it has grown by %d octets", grown)
	}
	again, err := withoutDivisions(quick)
	if err != nil || string(again) != string(quick) {
		t.Errorf("there is something left to do (%v)", err)
	}
}

func FuzzWithoutDivisions(f *testing.F) {
	f.Add(dividing(255))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0A\xFF\xFF\xFF\xFF\x0F"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0A\x07\x01\x05\x00\x0E\xFF\xFF\x7F"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		quick, err := withoutDivisions(octets)
		if err != nil {
			return
		}
		if len(quick) > 10*len(octets)+20 {
			t.Fatalf("%d octets of %d", len(quick), len(octets))
		}
	})
}
