package route

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"faxbox/fax"
)

// A name pattern is a path of slashes in which words in braces stand for what is known of a fax. The file's extension is
// added to it.
//
//	{date}    2026-11-21    {year} {month} {day}    when it began to arrive
//	{time}    134500        {hour} {minute} {second}
//	{caller}  the caller's number, else his station id, else "unknown"
//	{number}  the same for a fax that came in; for one that was sent, the number dialled
//	{tsid}    the sender's station id
//	{line}    the name of the port     {device}  its id
//	{routing} the routing hint         {pages}   how many     {id}  the message's

const defaultPattern = "{date}-{time}-{caller}"

// words are what may stand in braces.
var words = map[string]func(Fax) string{
	"date":    func(f Fax) string { return f.began().Format("2006-01-02") },
	"year":    func(f Fax) string { return f.began().Format("2006") },
	"month":   func(f Fax) string { return f.began().Format("01") },
	"day":     func(f Fax) string { return f.began().Format("02") },
	"time":    func(f Fax) string { return f.began().Format("150405") },
	"hour":    func(f Fax) string { return f.began().Format("15") },
	"minute":  func(f Fax) string { return f.began().Format("04") },
	"second":  func(f Fax) string { return f.began().Format("05") },
	"caller":  Fax.caller,
	"number":  Fax.number,
	"tsid":    func(f Fax) string { return string(f.Message.Tsid) },
	"line":    func(f Fax) string { return f.DeviceName },
	"device":  func(f Fax) string { return strconv.FormatInt(int64(f.Message.DeviceID), 10) },
	"routing": func(f Fax) string { return string(f.Message.Routing) },
	"pages":   func(f Fax) string { return strconv.Itoa(f.Message.Pages) },
	"id":      func(f Fax) string { return strconv.FormatInt(int64(f.Message.ID), 10) },
}

func (f Fax) began() time.Time {
	if f.Location == nil {
		return f.Message.RawReceiveTime
	}
	return f.Message.RawReceiveTime.In(f.Location)
}

func (f Fax) caller() string {
	for _, who := range []fax.Text{f.Message.CallerID, f.Message.Tsid} {
		if s := plain(string(who)); s != "" {
			return s
		}
	}
	return "unknown"
}

// number is the other side's.
func (f Fax) number() string {
	if n := plain(string(f.Message.RecipientNumber)); f.Message.Direction == fax.Out && n != "" {
		return n
	}
	return f.caller()
}

// checkPattern says what is wrong with a pattern, nil if nothing is.
func checkPattern(pattern string) error {
	const hint = "Write a name such as {year}/{date}-{time}-{caller}."
	if pattern == "" {
		return nil // the default
	}
	for _, part := range strings.Split(pattern, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return invalid("namePattern", fmt.Sprintf("has a part %q, which is no name", part), hint)
		}
	}
	if strings.ContainsAny(pattern, `\:*?"<>|`) || strings.ContainsFunc(pattern, unicode.IsControl) {
		return invalid("namePattern", `contains one of \ : * ? " < > |, which not every disk takes`, hint)
	}
	_, err := expand(pattern, func(word string) (string, error) {
		if words[word] == nil {
			return "", invalid("namePattern", fmt.Sprintf("contains {%s}, which stands for nothing", word), hint)
		}
		return "", nil
	})
	return err
}

// name is the path, below a folder, that a pattern gives a fax. No word of it leaves the part of the path it stands in.
func (f Fax) name(pattern string) (string, error) {
	if pattern == "" {
		pattern = defaultPattern
	}
	name, err := expand(pattern, func(word string) (string, error) {
		value := words[word]
		if value == nil {
			return "", fmt.Errorf("{%s} stands for nothing", word)
		}
		return plain(value(f)), nil
	})
	if err != nil {
		return "", err
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if part = strings.Trim(part, ". "); part == "" {
			part = "unknown"
		}
		parts[i] = part
	}
	return path.Join(parts...), nil
}

// expand replaces words in braces.
func expand(pattern string, value func(word string) (string, error)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		word, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", invalid("namePattern", "has a brace that is not closed", "Write {caller}.")
		}
		v, err := value(word)
		if err != nil {
			return "", err
		}
		b.WriteString(v)
		pattern = after
	}
}

// plain keeps of text what every file system takes in a name: letters and digits of any language and - + _ . @, a hyphen
// for each run of others; at most 64 characters.
func plain(text string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-+_.@", r) {
			gap = true
			continue
		}
		if gap && n > 0 {
			b.WriteByte('-')
			n++
		}
		gap = false
		if n++; n > 64 {
			break
		}
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), ".-")
}
