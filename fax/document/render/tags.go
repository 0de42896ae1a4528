package render

import (
	"encoding/binary"
	"io"
)

// tags are what a picture's file says about it besides its pixels.
type tags struct {
	orientation orientation
	dpiX, dpiY  float64 // 0: it does not say
	progressive bool
}

// readTags reads them from files of the kinds that have some.
func readTags(k kind, content io.ReaderAt, size int64) tags {
	t := tags{orientation: 1}
	switch k {
	case kindJPEG:
		readJPEGTags(&t, content)
	case kindPNG:
		readPNGTags(&t, content)
	case kindWebP:
		readWebPTags(&t, content, size)
	case kindBMP:
		var header [46]byte
		if readFull(content, header[:], 0) == nil {
			const perMetre = 0.0254
			t.dpiX = float64(binary.LittleEndian.Uint32(header[38:])) * perMetre
			t.dpiY = float64(binary.LittleEndian.Uint32(header[42:])) * perMetre
		}
	}
	return t
}

func (t *tags) take(d exifDirectory) {
	if d.orientation != 0 {
		t.orientation = d.orientation
	}
	if t.dpiX == 0 || t.dpiY == 0 {
		t.dpiX, t.dpiY = d.dpiX, d.dpiY
	}
}

const (
	mostChunks = 1000
	mostExif   = 64 << 10
)

// readPNGTags walks through the chunks before the pixels.
func readPNGTags(t *tags, content io.ReaderAt) {
	var head [8]byte
	at := int64(len("\x89PNG\r\n\x1a\n"))
	for range mostChunks {
		if readFull(content, head[:], at) != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "IDAT":
			return
		case "pHYs":
			var p [9]byte
			if length == int64(len(p)) && readFull(content, p[:], at+8) == nil && p[8] == 1 { // in metres
				t.dpiX = float64(binary.BigEndian.Uint32(p[:])) * 0.0254
				t.dpiY = float64(binary.BigEndian.Uint32(p[4:])) * 0.0254
			}
		case "eXIf":
			if length <= mostExif {
				t.take(parseExif(segment(content, at+8, length)))
			}
		}
		at += 12 + length
	}
}

// readWebPTags looks for the chunk with EXIF, which stands behind the pixels.
func readWebPTags(t *tags, content io.ReaderAt, size int64) {
	var head [8]byte
	at := int64(len("RIFF....WEBP"))
	for range mostChunks {
		if at >= size || readFull(content, head[:], at) != nil {
			return
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "EXIF" && length <= mostExif {
			exif := segment(content, at+8, length)
			if hasAt(exif, 0, "Exif\x00\x00") {
				exif = exif[6:]
			}
			t.take(parseExif(exif))
			return
		}
		at += 8 + length + length%2
	}
}
