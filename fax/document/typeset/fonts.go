package typeset

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"github.com/go-text/typesetting/shaping"
)

//go:embed fonts/*.gz
var files embed.FS

// builtIn are the fonts inside the program.
type builtIn uint8

const (
	sans builtIn = iota
	bold
	mono
	arabic
	hebrew
	devanagari
	builtIns
)

func (b builtIn) file() string {
	return [builtIns]string{
		sans: "NotoSans-Regular", bold: "NotoSans-Bold", mono: "NotoMono-Regular", arabic: "NotoSansArabic-Regular",
		hebrew: "NotoSansHebrew-Regular", devanagari: "NotoSansDevanagari-Regular",
	}[b]
}

// Fonts are the fonts inside the program and those in a few directories. Each is loaded when a text first needs it, and
// stays. Fonts are safe for concurrent use.
type Fonts struct {
	mu      sync.Mutex // guards all that is below
	dirs    []string
	inside  [builtIns]*face
	outside []*candidate // in order of preference; nil until the directories were searched
	without map[rune]*face
	shaper  shaping.HarfbuzzShaper
	split   shaping.Segmenter
	breaks  segmenter.Segmenter
	masks   masks
}

// face is a font that was loaded.
type face struct {
	*font.Face
	em    float64 // font units
	bold  bool
	zones []zone
	from  *candidate // nil: inside the program
}

// Open names directories to search, with all that is below them, for fonts of scripts that those inside the program lack. They
// are not looked at before such a script is met.
func Open(dirs ...string) *Fonts { return &Fonts{dirs: dirs} }

// load yields a font from inside the program. It panics if the program was built from something else than its fonts.
func (f *Fonts) load(b builtIn) *face {
	if f.inside[b] == nil {
		loaded, err := embedded(b.file())
		if err != nil {
			panic(fmt.Sprintf("typeset: %v", err))
		}
		loaded.bold = b == bold
		f.inside[b] = loaded
	}
	return f.inside[b]
}

func embedded(name string) (*face, error) {
	packed, err := files.Open("fonts/" + name + ".ttf.gz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	octets, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	loader, err := opentype.NewLoader(bytes.NewReader(octets))
	if err != nil {
		return nil, err
	}
	return newFace(loader)
}

func newFace(l *opentype.Loader) (*face, error) {
	loaded, err := font.NewFont(l)
	if err != nil {
		return nil, err
	}
	f := &face{Face: font.NewFace(loaded), em: float64(max(loaded.Upem(), 1))}
	f.zones = zonesOf(f.Face, f.em)
	return f, nil
}

// chooser chooses a font for each character of a text: shaping's Fontmap.
type chooser struct {
	fonts  *Fonts
	style  Style
	script language.Script
	chosen map[*font.Face]*face
}

func (c *chooser) SetScript(s language.Script) { c.script = s }

// ResolveFace is the font of the script if it has the letter, else that of the style, else any that has it; failing all, that
// of the style, which draws a box.
func (c *chooser) ResolveFace(r rune) *font.Face {
	chosen := c.choose(r)
	c.chosen[chosen.Face] = chosen
	return chosen.Face
}

func (c *chooser) choose(r rune) *face {
	if b, ok := fontOf(c.script); ok {
		if own := c.fonts.load(b); own.has(r) {
			return own
		}
	}
	usual := c.fonts.load(c.style.font())
	if usual.has(r) {
		return usual
	}
	if plain := c.fonts.load(sans); plain.has(r) {
		return plain
	}
	if b, ok := fontOf(language.LookupScript(r)); ok {
		if own := c.fonts.load(b); own.has(r) {
			return own
		}
	}
	if other := c.fonts.find(r); other != nil {
		return other
	}
	return usual
}

func (f *face) has(r rune) bool {
	_, ok := f.NominalGlyph(r)
	return ok
}

func (s Style) font() builtIn {
	switch {
	case s.Mono:
		return mono
	case s.Bold:
		return bold
	}
	return sans
}

// fontOf is the font inside the program that is made for a script.
func fontOf(s language.Script) (builtIn, bool) {
	switch s {
	case language.Arabic:
		return arabic, true
	case language.Hebrew:
		return hebrew, true
	case language.Devanagari:
		return devanagari, true
	}
	return 0, false
}

const (
	// maxFiles is how many font files are looked at.
	maxFiles = 2048
	// maxFontFile is the size of the largest font that is opened: CJK fonts with all weights in one file have some 120 MB.
	maxFontFile = 256 << 20
	// maxRemembered is how many characters are remembered to be in a font of the directories, or in none.
	maxRemembered = 1 << 14
)

// candidate is a font file in one of the directories.
type candidate struct {
	path  string
	runes font.Cmap // nil: not read yet
	bad   bool
	face  *face // nil: not loaded yet
}

// find is the font in the directories that has a character, or nil.
func (f *Fonts) find(r rune) *face {
	if found, ok := f.without[r]; ok {
		return found
	}
	if f.outside == nil {
		f.outside = search(f.dirs)
	}
	if f.without == nil || len(f.without) == maxRemembered {
		f.without = make(map[rune]*face)
	}
	f.without[r] = nil
	for _, c := range f.outside {
		if found := c.faceFor(r); found != nil {
			f.without[r] = found
			break
		}
	}
	return f.without[r]
}

// search lists the font files beneath directories, those first that look most like a plain text face.
func search(dirs []string) []*candidate {
	found := []*candidate{}
	for _, dir := range dirs {
		// What cannot be read is not there: the text is drawn without it, and says what is missing.
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case len(found) == maxFiles:
				return fs.SkipAll
			case !entry.IsDir() && isFont(path):
				found = append(found, &candidate{path: path})
			}
			return nil
		})
	}
	slices.SortStableFunc(found, func(a, b *candidate) int { return cmp.Compare(oddity(a.path), oddity(b.path)) })
	return found
}

func isFont(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ttf", ".otf", ".ttc", ".otc":
		return true
	}
	return false
}

// oddity is how little a font's file name looks like a plain text face without serifs.
func oddity(path string) int {
	name := strings.ToLower(filepath.Base(path))
	odd := 0
	for part, weight := range map[string]int{
		"italic": 8, "oblique": 8, "bold": 4, "black": 4, "light": 4, "thin": 4, "medium": 4, "cond": 4, "display": 4,
		"mono": 2, "serif": 2, "symbol": 1, "math": 1,
	} {
		if strings.Contains(name, part) {
			odd += weight
		}
	}
	if !strings.Contains(name, "sans") {
		odd++
	}
	return odd
}

// faceFor is the font if it has a character, or nil.
func (c *candidate) faceFor(r rune) *face {
	if c.bad {
		return nil
	}
	if c.face == nil && c.runes == nil {
		c.bad = c.open(c.readRunes) != nil
	}
	if c.bad || !c.has(r) {
		return nil
	}
	if c.face == nil {
		c.bad = c.open(c.readFace) != nil
	}
	return c.face
}

func (c *candidate) has(r rune) bool {
	if c.face != nil {
		return c.face.has(r)
	}
	_, ok := c.runes.Lookup(r)
	return ok
}

// open hands the first font of the file to read. Of a collection only one is opened: all ten of a CJK font take 200 MB.
func (c *candidate) open(read func(*opentype.Loader) error) (err error) {
	defer c.survive(&err)
	file, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFontFile {
		return fmt.Errorf("%s: no font file", c.path)
	}
	loaders, err := opentype.NewLoaders(file)
	if err != nil {
		return err
	}
	if len(loaders) == 0 {
		return fmt.Errorf("%s: no font in it", c.path)
	}
	return read(loaders[0])
}

func (c *candidate) readRunes(l *opentype.Loader) error {
	outlines := false
	for _, tag := range []string{"glyf", "CFF ", "CFF2"} {
		outlines = outlines || l.HasTable(opentype.MustNewTag(tag))
	}
	if !outlines {
		return fmt.Errorf("%s: a font of pictures", c.path)
	}
	octets, err := l.RawTable(opentype.MustNewTag("cmap"))
	if err != nil {
		return err
	}
	table, _, err := tables.ParseCmap(octets)
	if err != nil {
		return err
	}
	c.runes, _, err = font.ProcessCmap(table, tables.FPNone)
	return err
}

func (c *candidate) readFace(l *opentype.Loader) error {
	loaded, err := newFace(l)
	if err != nil {
		return err
	}
	loaded.from = c
	c.face, c.runes = loaded, nil
	return nil
}

// survive is deferred to where the library reads a font from outside. It trusts the numbers in a font here and there
// (v0.3.5: ParseGlyf, findFeatureForLang), and a damaged one must not end the program: it counts as not being there.
func (c *candidate) survive(err *error) {
	if c == nil {
		return // what is inside the program is not damaged, so it is something else
	}
	if wrong := recover(); wrong != nil {
		c.bad, c.face, c.runes = true, nil, nil
		*err = fmt.Errorf("%s: a damaged font: %v", c.path, wrong)
	}
}
