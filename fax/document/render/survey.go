package render

import (
	"bytes"
	"strconv"
)

// pictureSurvey is what the octets of a PDF tell of its pictures without being read as PDF: a picture is a stream, and the
// dictionary of a stream is never packed or encrypted. (Pictures within the content of a page are not seen; they are small.)
type pictureSurvey struct {
	some  bool // there are pictures
	large bool // there may be one that takes more memory than there is
}

// reach is how far from its subtype the size of a picture is looked for in its dictionary.
const reach = 2048

// surveyPictures looks for pictures.
func surveyPictures(pdf []byte, memory int64) pictureSurvey {
	var s pictureSurvey
	subtype := []byte("/Image")
	for at := 0; !s.large; {
		next := bytes.Index(pdf[at:], subtype)
		if next < 0 {
			break
		}
		at += next + len(subtype)
		if at < len(pdf) && !delimits(pdf[at]) { // ImageB, ImageMask
			continue
		}
		s.some = true
		around := dictionaryAround(pdf, at)
		width, height := number(around, "/Width"), number(around, "/Height")
		s.large = width <= 0 || height <= 0 || 4*width*height > memory
	}
	return s
}

// surveyUnit is the length of a unit on all pages, in points, as far as the octets of a PDF tell: PDFium does not. It is 1 unless
// each of so many pages states the same. (Pages whose dictionaries are packed are not seen.)
func surveyUnit(pdf []byte, pages int) float64 {
	const least, most = 0.01, 1000
	unit, stated := 1.0, 0
	key := []byte("/UserUnit")
	for rest := pdf; ; stated++ {
		at := bytes.Index(rest, key)
		if at < 0 {
			break
		}
		rest = rest[at+len(key):]
		value := bytes.TrimLeft(rest[:min(len(rest), 40)], " \t\r\n\f\x00")
		if end := bytes.IndexFunc(value, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
			value = value[:end]
		}
		n, err := strconv.ParseFloat(string(value), 64)
		if err != nil || n < least || n > most || stated > 0 && n != unit {
			return 1
		}
		unit = n
	}
	if stated < pages { // a page that was changed states it again
		return 1
	}
	return unit
}

// dictionaryAround is roughly the dictionary that an octet is in: from its "obj" up to its "stream".
func dictionaryAround(pdf []byte, at int) []byte {
	before, after := pdf[max(at-reach, 0):at], pdf[at:min(at+reach, len(pdf))]
	if begin := bytes.LastIndex(before, []byte("obj")); begin >= 0 {
		before = before[begin:]
	}
	if end := bytes.Index(after, []byte("stream")); end >= 0 {
		after = after[:end]
	}
	return pdf[at-len(before) : at+len(after)]
}

// number is the value of a key, 0 if it has none or is not written plainly. It is less than a thousand million.
func number(dictionary []byte, key string) int64 {
	at := bytes.Index(dictionary, []byte(key))
	if at < 0 {
		return 0
	}
	rest := bytes.TrimLeft(dictionary[at+len(key):], " \t\r\n\f\x00")
	n, digits := int64(0), 0
	for digits < len(rest) && digits < 9 && rest[digits] >= '0' && rest[digits] <= '9' {
		n = 10*n + int64(rest[digits]-'0')
		digits++
	}
	if rest = bytes.TrimLeft(rest[digits:], " \t\r\n\f\x00"); len(rest) > 0 && rest[0] != '/' && rest[0] != '>' {
		return 0 // a reference, or more digits
	}
	return n
}

// delimits reports whether a name of PDF ends before this octet.
func delimits(b byte) bool { return bytes.IndexByte([]byte(" \t\r\n\f\x00()<>[]{}/%"), b) >= 0 }
