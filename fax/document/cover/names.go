package cover

import (
	"strings"
	"unicode"

	"faxbox/fax"
)

// Known reports whether a field of this name is filled in.
func Known(name string) bool {
	_, ok := member(name)
	return ok
}

// member is the cover field that a form field's name means. Programs that make forms put their own round a name, and people
// write it as they like: "RecipientName", "recipient_name" and "form1.page[0].recipientName[0]" are one field.
func member(name string) (fax.CoverField, bool) {
	plain := plainName(name)
	for _, f := range fax.CoverFields() {
		if plainName(f.Name) == plain {
			return f, true
		}
	}
	return fax.CoverField{}, false
}

// plainName is the last part of a name, without its number, in small letters and digits.
func plainName(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	if bracket := strings.IndexByte(name, '['); bracket > 0 && strings.HasSuffix(name, "]") {
		name = name[:bracket]
	}
	return letters(name)
}

// letters are the letters and digits of s, small.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// suggestion is the field that somebody may have meant by a name that is none: it is what the field is called in English or
// German, or is written almost like it. It is empty if nothing is near.
func suggestion(name string) string {
	plain := plainName(name)
	best, nearest := "", len(plain)/3+1
	for _, f := range fax.CoverFields() {
		for _, called := range []string{plainName(f.Name), letters(f.English), letters(f.German)} {
			if d := distance(plain, called, nearest); d < nearest {
				best, nearest = f.Name, d
			}
		}
	}
	return best
}

// distance is the number of octets to be changed, added or left out to make b of a, or most if it is not less.
func distance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	row := make([]int, len(b)+1) // of what is left of a, to every beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], most)
}
