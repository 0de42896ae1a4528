package render

import (
	"encoding/binary"
	"math/bits"
)

// PDFium blends colours by dividing by 255, three times a pel. Compilers make a multiplication and a shift of a division by a
// constant; the one that made PDFium's module leaves that to whoever compiles WebAssembly, and wazero does not do it. So it is
// done to the module before wazero compiles it. What it computes stays the same to the bit.

// The instructions of WebAssembly that matter here.
const (
	opBlock, opLoop, opIf           = 0x02, 0x03, 0x04
	opBr, opBrIf, opBrTable         = 0x0C, 0x0D, 0x0E
	opCall, opCallIndirect          = 0x10, 0x11
	opLocalGet, opTableSet          = 0x20, 0x26 // and all between
	opFirstLoad, opLastStore        = 0x28, 0x3E
	opMemorySize, opMemoryGrow      = 0x3F, 0x40
	opI32Const, opI64Const          = 0x41, 0x42
	opF32Const, opF64Const          = 0x43, 0x44
	opI32DivU                       = 0x6E
	opI64Mul, opI64ShrU             = 0x7E, 0x88
	opI32WrapI64, opI64ExtendI32U   = 0xA7, 0xAD
	opFirstPlain, opLastPlain       = 0x45, 0xC4 // take nothing but what is on the stack
	opMore                          = 0xFC
	moreLastTruncate                = 0x07
	moreMemoryCopy, moreMemoryFill  = 0x0A, 0x0B
	opUnreachable, opNop            = 0x00, 0x01
	opElse, opEnd, opReturn, opDrop = 0x05, 0x0B, 0x0F, 0x1A
	opSelect                        = 0x1B
)

// withoutDivisions is a module in which numbers without a sign are divided by constants as multiplying does it.
func withoutDivisions(module []byte) ([]byte, error) {
	quick := append(make([]byte, 0, len(module)+len(module)/64), module[:min(len(module), wasmHeader)]...)
	err := sections(module, func(id byte, section, content []byte) error {
		if id != codeSection {
			quick = append(quick, section...)
			return nil
		}
		code, err := multiplying(content)
		quick = appendSection(quick, codeSection, code)
		return err
	})
	return quick, err
}

// multiplying is a code section without divisions.
func multiplying(content []byte) ([]byte, error) {
	c := cursor{rest: content}
	functions := c.number()
	code := binary.AppendUvarint(make([]byte, 0, len(content)+len(content)/64), functions)
	var body []byte
	for range functions {
		size := c.number()
		if c.bad || size > uint64(len(c.rest)) {
			return nil, errModule
		}
		var ok bool
		if body, ok = appendMultiplying(body[:0], c.rest[:size]); !ok {
			return nil, errModule
		}
		code = append(binary.AppendUvarint(code, uint64(len(body))), body...)
		c.rest = c.rest[size:]
	}
	return code, nil
}

// appendMultiplying adds a function without its divisions. It is not ok if there is an instruction that is not known.
func appendMultiplying(to, function []byte) (body []byte, ok bool) {
	c := cursor{rest: function}
	for range c.number() { // local variables: how many, of which type
		if c.bad {
			return nil, false
		}
		c.pass()
		c.skip(1)
	}
	kept := 0               // of the function is in body
	divisor := uint32(0)    // the constant that the instruction before pushed; 0 is none
	before := len(function) // where that instruction is
	for len(c.rest) > 0 && !c.bad {
		at := len(function) - len(c.rest)
		op := c.rest[0]
		if op == opI32DivU && divisor > 1 {
			if factor, shift, ok := reciprocal(divisor); ok {
				to = appendMultiplication(append(to, function[kept:before]...), factor, shift)
				kept = at + 1
			}
		}
		divisor = 0
		if op == opI32Const {
			divisor, before = uint32(signed(c.rest[1:])), at
		}
		c.instruction()
	}
	return append(to, function[kept:]...), !c.bad
}

// reciprocal yields factor and shift so that n*factor>>shift, in 64 bits, is n/divisor for every n of 32 bits. There are
// divisors for which no factor of 32 bits does it.
func reciprocal(divisor uint32) (factor uint64, shift uint, ok bool) {
	for shift = 32; shift < 64; shift++ {
		factor = (1<<shift-1)/uint64(divisor) + 1
		// What factor is too large by makes n/divisor too large by less than 1/divisor.
		if factor*uint64(divisor)-1<<shift <= 1<<(shift-32) {
			return factor, shift, bits.Len64(factor) <= 32
		}
	}
	return 0, 0, false
}

// appendMultiplication adds the instructions that divide what is on the stack.
func appendMultiplication(to []byte, factor uint64, shift uint) []byte {
	to = appendSigned(append(to, opI64ExtendI32U, opI64Const), int64(factor))
	to = appendSigned(append(to, opI64Mul, opI64Const), int64(shift))
	return append(to, opI64ShrU, opI32WrapI64)
}

// signed is a number with a sign, seven bits in an octet, as WebAssembly writes it; 0 if it is cut off.
func signed(octets []byte) int64 {
	n := int64(0)
	for i, b := range octets[:min(len(octets), binary.MaxVarintLen64)] {
		n |= int64(b&0x7F) << (7 * i)
		if b < 0x80 {
			unused := max(64-7*(i+1), 0)
			return n << unused >> unused
		}
	}
	return 0
}

func appendSigned(to []byte, n int64) []byte {
	for ; n < -64 || n > 63; n >>= 7 {
		to = append(to, byte(n)|0x80)
	}
	return append(to, byte(n)&0x7F)
}

// cursor reads WebAssembly. It is bad once something was not there, or not known.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) skip(n int) {
	if n > len(c.rest) {
		c.rest, c.bad = nil, true
		return
	}
	c.rest = c.rest[n:]
}

// pass reads a number, of whatever kind.
func (c *cursor) pass() {
	for i, b := range c.rest {
		if b < 0x80 {
			c.rest = c.rest[i+1:]
			return
		}
	}
	c.rest, c.bad = nil, true
}

// number reads one without a sign.
func (c *cursor) number() uint64 {
	n, length := binary.Uvarint(c.rest)
	if length <= 0 {
		c.rest, c.bad = nil, true
		return 0
	}
	c.rest = c.rest[length:]
	return n
}

// instruction reads one, with what belongs to it.
func (c *cursor) instruction() {
	op := c.rest[0]
	c.rest = c.rest[1:]
	switch {
	case op >= opFirstPlain && op <= opLastPlain:
	case op >= opLocalGet && op <= opTableSet:
		c.pass()
	case op >= opFirstLoad && op <= opLastStore, op == opCallIndirect:
		c.pass()
		c.pass()
	case op == opBrTable:
		for range c.number() {
			if c.bad {
				return
			}
			c.pass()
		}
		c.pass()
	default:
		c.rare(op)
	}
}

func (c *cursor) rare(op byte) {
	switch op {
	case opUnreachable, opNop, opElse, opEnd, opReturn, opDrop, opSelect:
	case opI32Const, opI64Const, opBlock, opLoop, opIf, opBr, opBrIf, opCall, opMemorySize, opMemoryGrow:
		c.pass()
	case opF32Const:
		c.skip(4)
	case opF64Const:
		c.skip(8)
	case opMore:
		switch more := c.number(); {
		case more <= moreLastTruncate:
		case more == moreMemoryCopy:
			c.skip(2)
		case more == moreMemoryFill:
			c.skip(1)
		default:
			c.bad = true
		}
	default:
		c.bad = true
	}
}
