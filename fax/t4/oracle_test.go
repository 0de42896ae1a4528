package t4

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/ccitt"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// A coded picture is a task for a decoder.
type coded struct {
	page   string
	c      Config
	octets []byte
	want   picture
}

func (k coded) String() string { return k.page + ", " + name(k.c) }

// corpus is the pages of sample at two resolutions, one with every run to beyond the longest make-up code, and random ones that meet every mode in every neighbourhood.
func corpus() map[string]picture {
	pages := map[string]func(raster.Resolution) *raster.Page{
		"letter": sample.Letter, "form": sample.Form, "dense": sample.Dense, "halftone": sample.Halftone, "white": sample.White,
	}
	all := map[string]picture{}
	for name, page := range pages {
		all[name+"-standard"] = fromPage(page(raster.Standard))
		all[name+"-fine"] = fromPage(page(raster.Fine))
	}
	all["runs"] = runsPicture()
	r := rand.New(rand.NewPCG(3, 4))
	for _, width := range []int{1, 3, 8, 13, 64, 333, 1728, 2048, 2432, 4864} {
		all[fmt.Sprintf("random-%d", width)] = randomPicture(r, width, 150)
		all[fmt.Sprintf("shaken-%d", width)] = shakenPicture(r, width, 400)
	}
	return all
}

func fromPage(p *raster.Page) picture {
	pic := picture{width: p.Width}
	for y := range p.Height {
		pic.rows = append(pic.rows, p.Row(y))
	}
	return pic
}

// codedCorpus is the corpus in every coding.
func codedCorpus(t *testing.T) (all []coded) {
	for page, p := range corpus() {
		for _, c := range []Config{
			{Coding: MH},
			{Coding: MH, AlignedEOL: true},
			{Coding: MH, MinLineBits: 288},
			{Coding: MH, NoEOL: true, NoEnd: true},
			{Coding: MR, K: 2},
			{Coding: MR, K: 4, AlignedEOL: true, NoEnd: true},
			{Coding: MR},
			{Coding: MMR},
			{Coding: MMR, Shortest: true},
			{Coding: MMR, Shortest: true, NoEnd: true},
		} {
			c.Width = p.width
			c.LSBFirst = len(all)%2 == 1
			all = append(all, coded{page, c, mustEncode(t, c, p), p})
		}
	}
	return all
}

// TestOthersReadUs hands what we code to four decoders that others wrote.
func TestOthersReadUs(t *testing.T) {
	all := codedCorpus(t)
	for _, d := range []struct {
		name   string
		reads  func(Config) bool
		decode func(*testing.T, []coded) []picture
	}{
		{"libtiff", readsLibtiff, decodeLibtiff},
		{"ccitt", readsCCITT, decodeCCITT},
		{"ghostscript", func(c Config) bool { return true }, decodeGhostscript},
		{"spandsp", readsSpandsp, decodeSpandsp},
	} {
		t.Run(d.name, func(t *testing.T) {
			var tasks []coded
			for _, k := range all {
				if d.reads(k.c) {
					tasks = append(tasks, k)
				}
			}
			for i, got := range d.decode(t, tasks) {
				if diff := different(got, tasks[i].want); diff != "" {
					t.Errorf("%v: %s", tasks[i], diff)
				}
			}
		})
	}
}

// TestWeReadLibtiff decodes what libtiff codes, and holds our standard procedure against it bit by bit.
func TestWeReadLibtiff(t *testing.T) {
	var raw []coded
	for page, p := range corpus() {
		raw = append(raw, coded{page: page, c: Config{Width: p.width}, octets: bytes.Join(p.rows, nil), want: p})
	}
	for _, how := range []struct {
		arguments []string
		c         Config
	}{
		{[]string{"-c", "g3:1d"}, Config{Coding: MH, NoEnd: true}},
		{[]string{"-c", "g3:1d:fill"}, Config{Coding: MH, NoEnd: true, AlignedEOL: true}},
		{[]string{"-c", "g3:2d"}, Config{Coding: MR, NoEnd: true, K: 4}},
		{[]string{"-c", "g3:2d:fill"}, Config{Coding: MR, NoEnd: true, K: 4, AlignedEOL: true}},
		{[]string{"-c", "g4"}, Config{Coding: MMR}},
		{[]string{"-c", "g4", "-f", "lsb2msb"}, Config{Coding: MMR, LSBFirst: true}},
		{[]string{"-c", "g3:2d", "-f", "lsb2msb"}, Config{Coding: MR, NoEnd: true, K: 4, LSBFirst: true}},
	} {
		t.Run(fmt.Sprint(how.arguments), func(t *testing.T) {
			strips := tiffcp(t, raw, how.arguments...)
			for i, k := range raw {
				k.c = how.c
				k.c.Width = k.want.width
				got, report, err := decode(t, k.c, strips[i], whole)
				if diff := different(got, k.want); err != nil || diff != "" || report.BadLines > 0 || report.Broken {
					t.Errorf("%v: %v, %+v, %s", k, err, report, diff)
				}
				if ours := mustEncode(t, k.c, k.want); !bytes.Equal(ours, strips[i]) {
					t.Errorf("%v: our %d octets are not libtiff's %d", k, len(ours), len(strips[i]))
				}
			}
		})
	}
}

// need finds a tool. Without it a test is skipped, but fails where CI is true.
func need(t *testing.T, tool, packages string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		skip(t, fmt.Sprintf("%s is not installed (Debian: %s)", tool, packages))
	}
	return path
}

func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func run(t *testing.T, stdin []byte, name string, arguments ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command(name, arguments...)
	command.Stdin, command.Stderr = bytes.NewReader(stdin), &stderr
	stdout, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%.2000s", command, err, &stderr)
	}
	return stdout
}

// tiffcp has libtiff turn the tasks' strips into others.
func tiffcp(t *testing.T, tasks []coded, arguments ...string) [][]byte {
	t.Helper()
	tool := need(t, "tiffcp", "libtiff-tools")
	in, out := filepath.Join(t.TempDir(), "in.tif"), filepath.Join(t.TempDir(), "out.tif")
	if err := os.WriteFile(in, writeTIFF(tasks), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, tool, append(arguments, "-r", "100000", in, out)...)
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return readStrips(t, file)
}

// readsLibtiff leaves out lines of one octet without EOL: libtiff misreads the last one of a strip, since it wants more bits
// than the line has.
func readsLibtiff(c Config) bool { return !c.NoEOL || c.Width > 8 }

func decodeLibtiff(t *testing.T, tasks []coded) (all []picture) {
	for i, strip := range tiffcp(t, tasks, "-c", "none", "-f", "msb2lsb") {
		all = append(all, fromRows(strip, tasks[i].c.Width))
	}
	return all
}

func fromRows(octets []byte, width int) picture {
	p := picture{width: width}
	for stride := (width + 7) / 8; len(octets) >= stride; octets = octets[stride:] {
		whitenPadding(octets[:stride], width)
		p.rows = append(p.rows, octets[:stride])
	}
	return p
}

// readsCCITT leaves out what x/image/ccitt does not know: MR, fill, and pages without an end.
func readsCCITT(c Config) bool {
	return !c.NoEnd && c.Coding != MR && !c.AlignedEOL && c.MinLineBits == 0
}

func decodeCCITT(t *testing.T, tasks []coded) (all []picture) {
	for _, k := range tasks {
		order, format := ccitt.MSB, ccitt.Group3
		if k.c.LSBFirst {
			order = ccitt.LSB
		}
		if k.c.Coding == MMR {
			format = ccitt.Group4
		}
		r := ccitt.NewReader(bytes.NewReader(k.octets), order, format, k.c.Width, len(k.want.rows), &ccitt.Options{Invert: true})
		rows, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("%v: %v", k, err)
		}
		all = append(all, fromRows(rows, k.c.Width))
	}
	return all
}

// decodeGhostscript prints the pictures, one pel to the dot.
func decodeGhostscript(t *testing.T, tasks []coded) (all []picture) {
	tool := need(t, "gs", "ghostscript")
	var script bytes.Buffer
	for _, k := range tasks {
		c, rows, octets := k.c, len(k.want.rows), k.octets
		if c.LSBFirst {
			octets = reversed(octets)
		}
		parameterK := map[Coding]int{MH: 0, MR: 4, MMR: -1}[c.Coding]
		fmt.Fprintf(&script, `<</PageSize [%[1]d %[2]d]>> setpagedevice
%[1]d %[2]d scale
<</ImageType 1 /Width %[1]d /Height %[2]d /ImageMatrix [%[1]d 0 0 -%[2]d 0 %[2]d] /BitsPerComponent 1 /Decode [0 1]
/DataSource currentfile /ASCIIHexDecode filter
<</K %[3]d /Columns %[1]d /Rows %[2]d /EndOfLine %[4]t /EndOfBlock %[5]t /EncodedByteAlign %[6]t>> /CCITTFaxDecode filter>> image
%[7]s>
showpage
`, c.Width, rows, parameterK, c.Coding != MMR && !c.NoEOL, !c.NoEnd, c.NoEOL, hex.EncodeToString(octets))
	}
	dir := t.TempDir()
	run(t, script.Bytes(), tool, "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pbmraw", "-r72",
		"-sOutputFile="+filepath.Join(dir, "%d.pbm"), "-")
	for i, k := range tasks {
		file, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i+1)+".pbm"))
		if err != nil {
			t.Fatal(err)
		}
		stride := (k.c.Width + 7) / 8
		all = append(all, fromRows(file[len(file)-stride*len(k.want.rows):], k.c.Width))
	}
	return all
}

// readsSpandsp leaves out what libspandsp draws wrongly, whoever coded it: rows that end within an octet. It has no use
// for pages without an end.
func readsSpandsp(c Config) bool { return c.Width%8 == 0 && !c.NoEnd }

//go:embed testdata/spandsp.c
var spandspSource []byte

// decodeSpandsp decodes as the machines of scripts/faxline do.
func decodeSpandsp(t *testing.T, tasks []coded) (all []picture) {
	gcc := need(t, "gcc", "gcc")
	probe := exec.Command(gcc, "-fsyntax-only", "-x", "c", "-")
	if probe.Stdin = strings.NewReader("#include <spandsp.h>\n"); probe.Run() != nil {
		skip(t, "libspandsp is not installed (Debian: libspandsp-dev)")
	}
	program := filepath.Join(t.TempDir(), "spandsp")
	run(t, spandspSource, gcc, "-O2", "-Wall", "-x", "c", "-", "-o", program, "-lspandsp")
	for _, k := range tasks {
		octets := k.octets
		if !k.c.LSBFirst {
			octets = reversed(octets)
		}
		rows := run(t, octets, program, k.c.Coding.String(), strconv.Itoa(k.c.Width), program+".tif")
		all = append(all, fromRows(rows, k.c.Width))
	}
	return all
}
