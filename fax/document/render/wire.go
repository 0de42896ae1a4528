package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// order is what the child is to do: JSON on its standard input. Passwords are in it, so it is never on a command line.
type order struct {
	// Warm only compiles PDFium into the cache.
	Warm bool `json:"warm,omitempty"`
	// Check fills in the one cover and looks at its template.
	Check bool `json:"check,omitempty"`

	Inputs    []input      `json:"inputs"` // open files, from firstInput on
	Files     int          `json:"files"`  // how many of them are the document; the others are templates
	Covers    []orderCover `json:"covers"`
	Format    Format       `json:"format"`
	Following int          `json:"following"`

	Limits Limits `json:"limits"`
	Cache  string `json:"cache"` // where compiled code is
	Fonts  string `json:"fonts"`
}

type input struct {
	Size     int64  `json:"size"`
	Password string `json:"password,omitempty"`
}

type orderCover struct {
	Template int               `json:"template"` // which input
	Values   map[string]string `json:"values"`
}

// The child's open files besides the three usual ones.
const (
	outputFile = 3
	firstInput = 4
)

// news is one line of what the child says on its standard output. The last one has Result, Refusal or Failure.
type news struct {
	Confined []string `json:"confined,omitempty"` // what holds the child, said once it does
	At       *at      `json:"at,omitempty"`
	Result   *Result  `json:"result,omitempty"`
	Refusal  *Refusal `json:"refusal,omitempty"`
	Failure  string   `json:"failure,omitempty"` // not the document's fault
}

// at is what the child works on now, counted from 0.
type at struct {
	Cover bool `json:"cover,omitempty"`
	File  int  `json:"file"`
	Page  int  `json:"page"`
}

// What a child may say: it has read a hostile document, and may be its puppet.
const (
	mostNews     = 4 << 20 // octets
	mostSentence = 500
)

var errNoEnd = errors.New("the child ended without a result")

// listen reads the child's news until its last, and calls heard for each on the way. What it yields is checked: numbers are in
// their ranges, sentences are short and of one line, and with no Failure there is either a Result or a Refusal.
func listen(r io.Reader, o order, heard func(news)) (news, error) {
	d := json.NewDecoder(io.LimitReader(r, mostNews))
	for {
		var n news
		if err := d.Decode(&n); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return news{}, errNoEnd
			}
			return news{}, fmt.Errorf("reading what the child says: %w", err)
		}
		if err := n.check(o); err != nil {
			return news{}, fmt.Errorf("the child says what cannot be: %w", err)
		}
		if n.Result != nil || n.Refusal != nil || n.Failure != "" {
			return n, nil
		}
		heard(n)
	}
}

func (n *news) check(o order) error {
	n.Failure = plain(n.Failure)
	if len(n.Confined) > 10 {
		return errors.New("it is held by too much")
	}
	for i, c := range n.Confined {
		n.Confined[i] = plain(c)
	}
	if a := n.At; a != nil && !o.has(a.Cover, a.File) {
		return errors.New("it works on a file it was not given")
	}
	if r := n.Refusal; r != nil {
		return r.check(o)
	}
	if r := n.Result; r != nil {
		return r.check(o)
	}
	return nil
}

// has reports whether there is such a file, or such a cover.
func (o order) has(isCover bool, n int) bool {
	if isCover {
		return n >= 0 && n < len(o.Covers)
	}
	return n >= 0 && n < max(o.Files, 1)
}

func (r *Refusal) check(o order) error {
	switch r.Reason {
	case Unknown, NotSupported, Damaged, Encrypted, TooLarge, TooSlow, Empty, Blank:
	default:
		return errors.New("it refuses for a reason there is none")
	}
	if !o.has(r.Cover, r.File) || r.Page < 0 {
		return errors.New("it refuses a file it was not given")
	}
	r.Problem, r.Hint = plain(r.Problem), plain(r.Hint)
	return nil
}

func (r *Result) check(o order) error {
	if o.Warm {
		return nil
	}
	if len(r.Covers) != len(o.Covers) || len(r.Files) != o.Files || len(r.Remarks) > mostRemarks {
		return errors.New("its pages belong to files it was not given")
	}
	for _, counts := range [][]int{r.Covers, r.Files} {
		for _, n := range counts {
			if n < 1 || n > 1<<20 {
				return errors.New("a file has an odd number of pages")
			}
		}
	}
	for i, s := range r.Remarks {
		r.Remarks[i] = plain(s)
	}
	return nil
}

// pages is how many pages there are in all.
func (r *Result) pages() int {
	sum := 0
	for _, n := range r.Covers {
		sum += n
	}
	for _, n := range r.Files {
		sum += n
	}
	return sum
}

// plain makes a sentence of what may be anything: printable, in one line, not long.
func plain(s string) string {
	if len(s) > mostSentence {
		s = s[:mostSentence]
		for s != "" && !utf8.ValidString(s[max(len(s)-utf8.UTFMax, 0):]) {
			s = s[:len(s)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}
