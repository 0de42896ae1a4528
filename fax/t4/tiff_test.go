package t4

import (
	"encoding/binary"
	"math/bits"
	"testing"
)

func reversed(octets []byte) []byte {
	r := make([]byte, len(octets))
	for i, b := range octets {
		r[i] = bits.Reverse8(b)
	}
	return r
}

// writeTIFF makes a file of one strip a page, just good enough for libtiff. Pages without a coding are raw rows.
func writeTIFF(pages []coded) []byte {
	le := binary.LittleEndian
	file := []byte("II\x2a\x00")
	link := len(file)
	file = le.AppendUint32(file, 0)
	for _, p := range pages {
		strip := len(file)
		file = append(file, p.octets...)
		if len(file)%2 == 1 {
			file = append(file, 0)
		}
		resolution := len(file)
		file = le.AppendUint32(le.AppendUint32(file, 196), 1)
		compression := map[Coding]uint32{0: 1, MH: 3, MR: 3, MMR: 4}[p.c.Coding]
		if p.c.NoEOL {
			compression = 2
		}
		tags := [][3]uint32{ // tag, type, value
			{256, 4, uint32(p.c.Width)}, {257, 4, uint32(len(p.want.rows))}, {258, 3, 1},
			{259, 3, compression}, {262, 3, 0},
			{266, 3, map[bool]uint32{false: 1, true: 2}[p.c.LSBFirst]}, {273, 4, uint32(strip)}, {277, 3, 1},
			{278, 4, uint32(len(p.want.rows))}, {279, 4, uint32(len(p.octets))},
			{282, 5, uint32(resolution)}, {283, 5, uint32(resolution)},
		}
		if compression == 3 {
			options := uint32(p.c.Coding - MH)
			if p.c.AlignedEOL {
				options |= 4
			}
			tags = append(tags, [3]uint32{292, 4, options})
		}
		le.PutUint32(file[link:], uint32(len(file)))
		file = le.AppendUint16(file, uint16(len(tags)))
		for _, tag := range tags {
			file = le.AppendUint16(le.AppendUint16(file, uint16(tag[0])), uint16(tag[1]))
			file = le.AppendUint32(le.AppendUint32(file, 1), tag[2])
		}
		link = len(file)
		file = le.AppendUint32(file, 0)
	}
	return file
}

// readStrips takes the one strip of each page out of a file that libtiff wrote.
func readStrips(t *testing.T, file []byte) (strips [][]byte) {
	le := binary.LittleEndian
	for at := le.Uint32(file[4:]); at != 0; {
		var offset, count uint32
		n := uint32(le.Uint16(file[at:]))
		for i := range n {
			entry := file[at+2+12*i:]
			values, value := le.Uint32(entry[4:]), le.Uint32(entry[8:])
			switch le.Uint16(entry) {
			case 273:
				offset = value
			case 279:
				count = value
				if le.Uint16(entry[2:]) == 3 {
					count &= 0xffff
				}
				if values != 1 {
					t.Fatalf("page of %d strips", values)
				}
			}
		}
		strips = append(strips, file[offset:offset+count])
		at = le.Uint32(file[at+2+12*n:])
	}
	return strips
}
