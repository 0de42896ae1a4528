package render

import (
	"encoding/binary"
	"errors"
	"io"
)

// orientation is how a picture is to be turned to stand upright, as the tag Orientation of TIFF 6.0 and EXIF counts: 1 as it
// is, 3 by half a turn, 6 a quarter clockwise, 8 counter-clockwise; 2, 4, 5, 7 are the mirror images.
type orientation int

func (o orientation) sideways() bool { return o >= 5 && o <= 8 }

const (
	markerSOF2 = 0xC2
	markerSOS  = 0xDA
	markerAPP0 = 0xE0
	markerAPP1 = 0xE1
	mostMarks  = 1000 // segments that are looked at
)

// readJPEGTags walks through the segments before the pixels. What is odd is taken as saying nothing: the decoder is going to
// judge.
func readJPEGTags(t *tags, content io.ReaderAt) {
	var mark [4]byte
	for at, n := int64(2), 0; n < mostMarks; n++ {
		if readFull(content, mark[:], at) != nil || mark[0] != 0xFF {
			return
		}
		length := int64(binary.BigEndian.Uint16(mark[2:]))
		switch {
		case mark[1] == 0xFF: // fill
			at++
			continue
		case mark[1] == markerSOS || length < 2:
			return
		case mark[1] == markerSOF2:
			t.progressive = true
		case mark[1] == markerAPP0:
			t.jfif(segment(content, at+4, length-2))
		case mark[1] == markerAPP1:
			if s := segment(content, at+4, length-2); hasAt(s, 0, "Exif\x00\x00") {
				t.take(parseExif(s[6:]))
			}
		}
		at += 2 + length
	}
}

func segment(content io.ReaderAt, at, length int64) []byte {
	octets := make([]byte, length) // at most 64 KB
	if readFull(content, octets, at) != nil {
		return nil
	}
	return octets
}

// readFull fills p.
func readFull(content io.ReaderAt, p []byte, at int64) error {
	n, err := content.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// jfif takes the resolution from an APP0 segment.
func (t *tags) jfif(s []byte) {
	if !hasAt(s, 0, "JFIF\x00") || len(s) < 12 {
		return
	}
	x, y := float64(binary.BigEndian.Uint16(s[8:])), float64(binary.BigEndian.Uint16(s[10:]))
	switch s[7] {
	case 1:
		t.dpiX, t.dpiY = x, y
	case 2:
		t.dpiX, t.dpiY = x*2.54, y*2.54
	}
}

const (
	tagOrientation    = 0x0112
	tagXResolution    = 0x011A
	tagYResolution    = 0x011B
	tagResolutionUnit = 0x0128
	typeShort         = 3
	typeRational      = 5
)

// exifDirectory is what the first directory of EXIF says; 0 is nothing.
type exifDirectory struct {
	orientation orientation
	dpiX, dpiY  float64
}

// parseExif reads the first directory of a TIFF structure, of which EXIF is one. Nothing beyond t is read, whatever its
// addresses say.
func parseExif(t []byte) exifDirectory {
	var d exifDirectory
	var order binary.ByteOrder = binary.LittleEndian
	if hasAt(t, 0, "MM\x00*") {
		order = binary.BigEndian
	} else if !hasAt(t, 0, "II*\x00") {
		return d
	}
	if len(t) < 8 {
		return d
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return d
	}
	unit := 2.0 // inches, unless it says otherwise
	entries := t[at+2:]
	for range int(order.Uint16(t[at:])) {
		if len(entries) < 12 {
			break
		}
		e := entries[:12]
		entries = entries[12:]
		switch order.Uint16(e) {
		case tagOrientation:
			if n := order.Uint16(e[8:]); order.Uint16(e[2:]) == typeShort && n >= 1 && n <= 8 {
				d.orientation = orientation(n)
			}
		case tagXResolution:
			d.dpiX = fraction(t, e, order)
		case tagYResolution:
			d.dpiY = fraction(t, e, order)
		case tagResolutionUnit:
			unit = float64(order.Uint16(e[8:]))
		}
	}
	switch unit {
	case 2:
	case 3:
		d.dpiX, d.dpiY = d.dpiX*2.54, d.dpiY*2.54
	default:
		d.dpiX, d.dpiY = 0, 0
	}
	return d
}

// fraction is the value of a RATIONAL entry, 0 if it has none.
func fraction(t, entry []byte, order binary.ByteOrder) float64 {
	at := int64(order.Uint32(entry[8:]))
	if order.Uint16(entry[2:]) != typeRational || at+8 > int64(len(t)) {
		return 0
	}
	over, under := order.Uint32(t[at:]), order.Uint32(t[at+4:])
	if under == 0 {
		return 0
	}
	return float64(over) / float64(under)
}
