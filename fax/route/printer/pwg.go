package printer

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// pwgKind is a type of PWG raster (pwg-raster-document-type-supported).
type pwgKind string

const (
	black1 pwgKind = "black_1"
	sgray8 pwgKind = "sgray_8"
)

// writePWG writes pages as PWG raster (PWG 5102.4).
func writePWG(w io.Writer, pages Pages, paper Paper, dpi int, kind pwgKind) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString("RaS2"); err != nil {
		return err
	}
	for n := 1; n <= pages.Pages(); n++ {
		p, err := pages.Page(n)
		if err != nil {
			return err
		}
		s := sheet(p, paper.Width, paper.Height, margin, dpi)
		octets := (s.Width + 7) / 8
		if kind == sgray8 {
			octets = s.Width
		}
		if _, err := out.Write(pwgHeader(paper, dpi, s.Width, s.Height, octets, pages.Pages(), kind)); err != nil {
			return err
		}
		line := make([]byte, octets)
		for y := 0; y < s.Height; {
			same := 1
			for same < 256 && y+same < s.Height && bytes.Equal(s.Row(y), s.Row(y+same)) {
				same++
			}
			if kind == sgray8 {
				gray(line, s.Row(y))
			} else {
				copy(line, s.Row(y))
			}
			if err := out.WriteByte(byte(same - 1)); err != nil {
				return err
			}
			if _, err := out.Write(runs(nil, line)); err != nil {
				return err
			}
			y += same
		}
	}
	return out.Flush()
}

// runs appends a line in the coding of PWG 5102.4, 4.4: 0 to 127 before an octet that is repeated once to 128 times, 129 to
// 255 before 257 less that many octets as they are.
func runs(to, line []byte) []byte {
	const most = 128
	for i := 0; i < len(line); {
		n := 1
		for n < most && i+n < len(line) && line[i+n] == line[i] {
			n++
		}
		if n > 1 || i+1 == len(line) {
			to = append(to, byte(n-1), line[i])
			i += n
			continue
		}
		for n < most && i+n < len(line) && (i+n+1 == len(line) || line[i+n] != line[i+n+1]) {
			n++
		}
		if n == 1 { // there is no code for one octet as it is
			to = append(to, 0, line[i])
		} else {
			to = append(append(to, byte(257-n)), line[i:i+n]...)
		}
		i += n
	}
	return to
}

// pwgHeader is the header of a page (PWG 5102.4, 4.3). All that is not set is 0, which says nothing.
func pwgHeader(paper Paper, dpi, width, height, octets, pages int, kind pwgKind) []byte {
	const (
		size       = 1796
		black      = 3  // cupsColorSpace: one bit of black
		luminance  = 18 // gray of sRGB
		pointsInch = 72
	)
	h := make([]byte, size)
	put := func(offset, v int) { binary.BigEndian.PutUint32(h[offset:], uint32(v)) }
	points := func(mm float64) int { return int(mm*pointsInch/mmPerInch + 0.5) }
	copy(h, "PwgRaster")
	put(276, dpi)
	put(280, dpi)
	put(340, 1) // copies
	put(352, points(paper.Width))
	put(356, points(paper.Height))
	put(372, width)
	put(376, height)
	depth, space := 1, black
	if kind == sgray8 {
		depth, space = 8, luminance
	}
	put(384, depth)
	put(388, depth)
	put(392, octets)
	put(400, space)
	put(420, 1) // colours
	put(452, pages)
	put(456, 1) // fed the way it lies: CrossFeedTransform
	put(460, 1) // FeedTransform
	copy(h[1732:], paper.Name)
	return h
}
