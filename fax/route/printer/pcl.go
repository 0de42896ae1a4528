package printer

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"faxbox/fax/raster"
)

// pclDPI is a resolution that every printer of PCL 5 has.
const pclDPI = 300

// writePCL writes pages as PCL 5, in the wrapping of PJL. Name is the job's for the printer's panel.
func writePCL(w io.Writer, pages Pages, paper Paper, name string) error {
	const exit = "\x1b%-12345X"
	out := bufio.NewWriterSize(w, 64<<10)
	fmt.Fprintf(out, "%s@PJL JOB NAME=%q\r\n@PJL ENTER LANGUAGE=PCL\r\n", exit, panel(name))
	fmt.Fprintf(out, "\x1bE\x1b&l%dA\x1b&l0O\x1b&l0E\x1b*t%dR", paper.PCL, pclDPI) // reset, paper, upright, no top margin, resolution
	for n := 1; n <= pages.Pages(); n++ {
		p, err := pages.Page(n)
		if err != nil {
			return err
		}
		s := logical(p, paper)
		out.WriteString("\x1b*p0x0Y")
		fmt.Fprintf(out, "\x1b*r%dS\x1b*r0F\x1b*r1A\x1b*b2M", s.Width) // width, upright, from here, packed
		white := 0
		for y := range s.Height {
			row := trimmed(s.Row(y))
			if len(row) == 0 {
				white++
				continue
			}
			if white > 0 {
				fmt.Fprintf(out, "\x1b*b%dY", white)
				white = 0
			}
			coded := packed(nil, row)
			fmt.Fprintf(out, "\x1b*b%dW", len(coded))
			out.Write(coded)
		}
		out.WriteString("\x1b*rC\f")
	}
	fmt.Fprintf(out, "\x1bE%s@PJL EOJ NAME=%q\r\n%s", exit, panel(name), exit)
	return out.Flush() // the first error of all
}

// logical is a page as it lies on PCL's logical page, which is narrower than the paper and as long.
func logical(p *raster.Page, paper Paper) *raster.Page {
	return sheet(p, float64(paper.Dots)*mmPerInch/pclDPI, paper.Height, 0, pclDPI)
}

// packed appends a row in the coding of TIFF's PackBits, which PCL calls method 2.
func packed(to, row []byte) []byte {
	const most = 128
	for i := 0; i < len(row); {
		n := 1
		for n < most && i+n < len(row) && row[i+n] == row[i] {
			n++
		}
		if n > 1 {
			to = append(to, byte(257-n), row[i])
			i += n
			continue
		}
		for n < most && i+n < len(row) && (i+n+1 == len(row) || row[i+n] != row[i+n+1]) {
			n++
		}
		to = append(append(to, byte(n-1)), row[i:i+n]...)
		i += n
	}
	return to
}

// panel is text as a printer shows it: ASCII without quotes.
func panel(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 80)]
}
