package t4

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// configs are all ways of coding, at this width.
func configs(width int) []Config {
	var all []Config
	for _, lsb := range []bool{false, true} {
		for _, noEnd := range []bool{false, true} {
			base := Config{Width: width, LSBFirst: lsb, NoEnd: noEnd}
			with := func(coding Coding, change func(*Config)) {
				c := base
				c.Coding = coding
				change(&c)
				all = append(all, c)
			}
			with(MH, func(c *Config) {})
			with(MH, func(c *Config) { c.AlignedEOL = true })
			with(MH, func(c *Config) { c.MinLineBits = 288 })
			with(MH, func(c *Config) { c.NoEOL = true })
			for _, k := range []int{0, 1, 2, 4, 8} {
				with(MR, func(c *Config) { c.K = k })
			}
			with(MR, func(c *Config) { c.K, c.AlignedEOL = 4, true })
			with(MR, func(c *Config) { c.MinLineBits, c.AlignedEOL = 97, true })
			with(MMR, func(c *Config) {})
			with(MMR, func(c *Config) { c.Shortest = true })
		}
	}
	return all
}

func name(c Config) string {
	return fmt.Sprintf("%v width=%d K=%d min=%d lsb=%t aligned=%t noEOL=%t noEnd=%t shortest=%t",
		c.Coding, c.Width, c.K, c.MinLineBits, c.LSBFirst, c.AlignedEOL, c.NoEOL, c.NoEnd, c.Shortest)
}

func mustEncode(t testing.TB, c Config, p picture) []byte {
	t.Helper()
	e, err := NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	return encodeWith(e, p)
}

func encodeWith(e *Encoder, p picture) []byte {
	var coded []byte
	for _, row := range p.rows {
		coded = e.Line(coded, row)
	}
	return e.End(coded)
}

// decode decodes in pieces whose sizes next yields.
func decode(t testing.TB, c Config, coded []byte, next func() int) (picture, Report, error) {
	t.Helper()
	p := picture{width: c.Width}
	d, err := NewDecoder(c, func(row []byte) { p.rows = append(p.rows, bytes.Clone(row)) })
	if err != nil {
		t.Fatal(err)
	}
	for len(coded) > 0 && err == nil {
		n := min(next(), len(coded))
		_, err = d.Write(coded[:n])
		coded = coded[n:]
	}
	if closed := d.Close(); closed != err {
		t.Errorf("Close: %v, after Write: %v", closed, err)
	}
	return p, d.Report(), err
}

func whole() int { return 1 << 30 }

// different says where two pictures differ first, or "".
func different(got, want picture) string {
	for y := range min(len(got.rows), len(want.rows)) {
		if !bytes.Equal(got.rows[y], want.rows[y]) {
			return fmt.Sprintf("row %d is %x, want %x", y, got.rows[y], want.rows[y])
		}
	}
	if len(got.rows) != len(want.rows) {
		return fmt.Sprintf("%d rows, want %d", len(got.rows), len(want.rows))
	}
	return ""
}

func TestEveryPictureSurvives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 200, 1728, 2432, 2560, 2623, 2624, 2625, 5183, 5184, 14592, MaxWidth} {
		p := randomPicture(r, width, 25)
		for _, c := range configs(width) {
			coded := mustEncode(t, c, p)
			for _, next := range []func() int{whole, func() int { return 1 }, func() int { return 1 + r.IntN(20) }} {
				got, report, err := decode(t, c, coded, next)
				if diff := different(got, p); err != nil || diff != "" {
					t.Fatalf("%s: %v, %s", name(c), err, diff)
				}
				want := Report{Rows: len(p.rows), Sound: len(p.rows), End: !c.NoEnd && !c.NoEOL, Since: report.Since}
				if report != want {
					t.Fatalf("%s: %+v, want %+v", name(c), report, want)
				}
			}
		}
	}
}

func TestLinesTakeNoMemory(t *testing.T) {
	p := fromPage(sample.Letter(raster.Standard))
	for _, c := range configs(p.width) {
		e, err := NewEncoder(c)
		if err != nil {
			t.Fatal(err)
		}
		coded := encodeWith(e, p)
		encode := func() {
			coded = coded[:0]
			for _, row := range p.rows {
				coded = e.Line(coded, row)
			}
			coded = e.End(coded)
		}
		if n := testing.AllocsPerRun(1, encode); n > 0 {
			t.Errorf("%s: coding a page allocates %v times", name(c), n)
		}
		decode := func(octets []byte) func() {
			return func() {
				d, err := NewDecoder(c, func([]byte) {})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := d.Write(octets); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n, none := testing.AllocsPerRun(1, decode(coded)), testing.AllocsPerRun(1, decode(nil)); n > none {
			t.Errorf("%s: decoding a page allocates %v times, no page %v times", name(c), n, none)
		}
	}
}

func TestWrongConfigs(t *testing.T) {
	for want, c := range map[string]Config{
		"t4: no such coding: 0":                            {Width: 1728},
		"t4: no such coding: 4":                            {Coding: 4, Width: 1728},
		"t4: width of 0 pels is not within 1 to 20000":     {Coding: MH},
		"t4: width of 20001 pels is not within 1 to 20000": {Coding: MH, Width: MaxWidth + 1},
		"t4: K is -1": {Coding: MR, Width: 8, K: -1},
		"t4: minimum of -1 bits a line is not within 0 to 65536": {Coding: MH, Width: 8, MinLineBits: -1},
		"t4: limit of -1 rows":                             {Coding: MH, Width: 8, MaxRows: -1},
		"t4: MMR has neither fill nor EOL between lines":   {Coding: MMR, Width: 8, MinLineBits: 1},
		"t4: MR cannot do without EOL, it carries the tag": {Coding: MR, Width: 8, NoEOL: true},
		"t4: fill and alignment need EOL":                  {Coding: MH, Width: 8, NoEOL: true, AlignedEOL: true},
	} {
		if _, err := NewEncoder(c); err == nil || err.Error() != want {
			t.Errorf("encoder: %v, want %s", err, want)
		}
		if _, err := NewDecoder(c, func([]byte) {}); err == nil || err.Error() != want {
			t.Errorf("decoder: %v, want %s", err, want)
		}
	}
}
