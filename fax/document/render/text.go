package render

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

// How text is laid out, in points and millimetres.
const (
	textSize     = 11
	fixedSize    = 10 // of a fixed pitch: 80 columns fill a line
	leastFixed   = 8
	fixedAdvance = 0.6 // of the em, of a letter of fixed pitch
	textMargin   = 20  // millimetres, on all sides
	mostText     = 32 << 20
	// Text is given to the typesetter in windows: a page takes far less.
	textWindow = 32 << 10
)

// textPages lays a text out, page by page, until it ends or yield says that it is enough.
func (s sheet) textPages(text string, fonts *typeset.Fonts, yield func(*typeset.Block) error) error {
	style := styleOf(text, s.textWidth())
	for part := range strings.SplitSeq(strings.TrimRight(text, "\f \t\r\n"), "\f") {
		for first := true; first || part != ""; first = false {
			window := cutWindow(part)
			block, rest := fonts.Flow(window, style, s.textWidth(), s.textHeight())
			part = part[len(window)-len(rest):]
			if err := yield(block); err != nil {
				return err
			}
		}
	}
	return nil
}

// textWidth and textHeight are the room for text on a page, in points.
func (s sheet) textWidth() float64  { return (210 - 2*textMargin) / mmPerPoint }
func (s sheet) textHeight() float64 { return (s.length() - 2*textMargin) / mmPerPoint }

// drawText draws text on a page.
func (s sheet) drawText(block *typeset.Block) *raster.Page {
	page := raster.New(s.paper.Width(s.resolution), s.paper.Rows(s.resolution), s.resolution)
	block.Draw(page, (s.column()/mmPerPoint-s.textWidth())/2, textMargin/mmPerPoint)
	return page
}

// cutWindow is the beginning of a text, up to the end of a line if there is one.
func cutWindow(text string) string {
	if len(text) <= textWindow {
		return text
	}
	if end := strings.LastIndexByte(text[:textWindow], '\n'); end > 0 {
		return text[:end+1]
	}
	end := textWindow
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// styleOf chooses letters of different widths for prose, and of one width for whatever is lined up in columns.
func styleOf(text string, width float64) typeset.Style {
	columns, aligned := survey(text)
	if !aligned {
		return typeset.Style{Size: textSize}
	}
	size := min(fixedSize, width/(fixedAdvance*float64(max(columns, 1))))
	return typeset.Style{Size: max(size, leastFixed), Mono: true}
}

// survey counts the columns of the longest line, and tells whether the text stands in columns: lines with a gap within them,
// of a tab or of two spaces that do not end a sentence, or drawn with rules.
func survey(text string) (columns int, aligned bool) {
	lines, gaps := 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n\f")
		if line == "" {
			continue
		}
		lines++
		columns = max(columns, utf8.RuneCountInString(line))
		if hasGap(line) {
			gaps++
		}
		if lines == 5000 {
			break
		}
	}
	return columns, gaps > 1 && gaps*5 >= lines
}

func hasGap(line string) bool {
	body := strings.TrimLeft(line, " \t")
	if strings.ContainsAny(body, "\t│┃║┌├└─━═") || strings.Contains(body, "---") || strings.Count(body, "|") > 1 {
		return true
	}
	for at := 0; ; {
		gap := strings.Index(body[at:], "  ")
		if gap < 0 {
			return false
		}
		at += gap
		if before := body[:at]; before != "" && !strings.ContainsAny(before[len(before)-1:], ".!?:") {
			return true
		}
		at += 2
	}
}

// decodeText is a text in UTF-8, whichever code it is in.
func decodeText(octets []byte) string {
	octets = bytes.TrimSuffix(octets, []byte{0x1a}) // the end of a text in old systems
	var text string
	switch order := utf16Order(octets); {
	case order != nil:
		text = fromUTF16(octets[2:], order)
	case utf8.Valid(trimPartial(octets)):
		text = strings.ToValidUTF8(string(bytes.TrimPrefix(octets, []byte("\xef\xbb\xbf"))), "\ufffd")
	default:
		text = fromWindows(octets)
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// trimPartial leaves out a letter whose end is missing, so that a text that was cut off is still UTF-8.
func trimPartial(octets []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(octets); n++ {
		if last := octets[len(octets)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return octets[:len(octets)-n]
			}
			break
		}
	}
	return octets
}

func fromUTF16(octets []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = order.Uint16(octets[2*i:])
	}
	return string(utf16.Decode(units))
}

// fromWindows decodes Windows-1252, of which Latin-1 is a part as far as texts have it.
func fromWindows(octets []byte) string {
	var b strings.Builder
	b.Grow(len(octets) + len(octets)/8)
	for _, c := range octets {
		if c >= 0x80 && c < 0xA0 {
			b.WriteRune(windows1252[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// windows1252 are the letters that Windows-1252 has where Latin-1 has controls.
var windows1252 = [32]rune{
	'€', unicode.ReplacementChar, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', unicode.ReplacementChar, 'Ž', unicode.ReplacementChar,
	unicode.ReplacementChar, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', unicode.ReplacementChar, 'ž', 'Ÿ',
}

// readText reads a file of text.
func readText(f File) (string, error) {
	if f.Size > mostText {
		return "", &Refusal{Reason: TooLarge, Problem: "is too much text", Hint: "Send the part of it that is needed."}
	}
	octets := make([]byte, f.Size)
	if err := readFull(f.Content, octets, 0); err != nil {
		return "", err
	}
	text := decodeText(octets)
	if strings.TrimSpace(text) == "" {
		return "", &Refusal{Reason: Empty, Problem: "has no text in it", Hint: "Look whether it was saved, and choose it again."}
	}
	return text, nil
}
