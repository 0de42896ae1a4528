// Codec-speed compares fax/t4 with libtiff: CPU time to code and to decode the pages of fax/raster/sample, ours over
// libtiff's, so that less than 1 is faster. Then it counts what a page takes on the line with error correction, stuffed
// zeros included, by the standard's modes and by the shortest ones.
//
//	go run ./scripts/codec-speed
//
// It wants gcc and libtiff (Debian: libtiff-dev). Each figure is the median of alternating runs.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
)

//go:embed libtiff/speed.c
var libtiffSource string

func main() {
	runs := flag.Int("runs", 7, "how many `runs` make a median")
	each := flag.Duration("each", 100*time.Millisecond, "CPU `time` of a run")
	flag.Parse()
	if err := compare(*runs, *each); err != nil {
		fmt.Fprintln(os.Stderr, "codec-speed:", err)
		os.Exit(1)
	}
}

var pages = []struct {
	name string
	draw func(raster.Resolution) *raster.Page
}{
	{"letter", sample.Letter}, {"form", sample.Form}, {"dense", sample.Dense}, {"halftone", sample.Halftone}, {"white", sample.White},
}

func compare(runs int, each time.Duration) error {
	dir, err := os.MkdirTemp("", "codec-speed")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	libtiff, err := compile(dir)
	if err != nil {
		return err
	}
	fmt.Println("CPU ms a page at 204 x 196 lines an inch: ours, libtiff's, ratio")
	fmt.Printf("%-9s %-7s %24s %24s\n", "", "", "encode", "decode")
	var drawn []*raster.Page
	for _, p := range pages {
		page := p.draw(raster.Fine)
		drawn = append(drawn, page)
		for _, coding := range []t4.Coding{t4.MMR, t4.MR, t4.MH} {
			fmt.Printf("%-9s %-7v", p.name, coding)
			c := t4.Config{Coding: coding, Width: page.Width, K: 4, NoEnd: coding != t4.MMR}
			for _, direction := range []string{"encode", "decode"} {
				ours, theirs, err := contest(libtiff, c, direction, page, runs, each)
				if err != nil {
					return err
				}
				fmt.Printf("  %6.2f %6.2f %7.3f", ms(ours), ms(theirs), float64(ours)/float64(theirs))
			}
			fmt.Println()
		}
	}
	fmt.Println("\nbits of MMR over the line, stuffed zeros included, and CPU ms to find the shortest modes")
	fmt.Printf("%-9s %9s %9s %9s %9s\n", "", "standard", "shortest", "saved", "ms")
	for i, page := range drawn {
		c := t4.Config{Coding: t4.MMR, Width: page.Width, LSBFirst: true}
		standard := onLine(encodePage(nil, c, page))
		c.Shortest = true
		coded := encodePage(nil, c, page)
		shortest := onLine(coded)
		took := measure(each, func() { encodePage(coded[:0], c, page) })
		fmt.Printf("%-9s %9d %9d %8.2f%% %9.2f\n", pages[i].name, standard, shortest,
			100*(1-float64(shortest)/float64(standard)), ms(took))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func compile(dir string) (string, error) {
	program := filepath.Join(dir, "libtiff")
	command := exec.Command("gcc", "-O2", "-x", "c", "-", "-o", program, "-ltiff")
	command.Stdin, command.Stderr = strings.NewReader(libtiffSource), os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("compile against libtiff (Debian: gcc libtiff-dev): %w", err)
	}
	return program, nil
}

// contest measures both by turns and returns the medians.
func contest(libtiff string, c t4.Config, direction string, page *raster.Page, runs int, each time.Duration) (ours, theirs time.Duration, err error) {
	coded, rows := encodePage(nil, c, page), make([]byte, 0, len(page.Bits))
	work := func() { encodePage(coded[:0], c, page) }
	if direction == "decode" {
		work = func() { decodePage(rows, c, coded) }
	}
	var us, them []time.Duration
	for range runs {
		us = append(us, measure(each, work))
		command := exec.Command(libtiff, c.Coding.String(), direction,
			strconv.Itoa(page.Width), strconv.Itoa(page.Height), strconv.FormatInt(each.Milliseconds(), 10))
		command.Stdin, command.Stderr = bytes.NewReader(page.Bits), os.Stderr
		printed, err := command.Output()
		if err != nil {
			return 0, 0, err
		}
		took, err := time.ParseDuration(strings.TrimSpace(string(printed)) + "ns")
		if err != nil {
			return 0, 0, err
		}
		them = append(them, took)
	}
	slices.Sort(us)
	slices.Sort(them)
	return us[runs/2], them[runs/2], nil
}

// measure repeats work for that much CPU time and says how much one took.
func measure(enough time.Duration, work func()) time.Duration {
	begun := cpu()
	for n := time.Duration(1); ; n++ {
		work()
		if took := cpu() - begun; took >= enough {
			return took / n
		}
	}
}

// cpu is the CPU time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// encodePage and decodePage do what libtiff/speed.c does: all of a page into memory that is there.
func encodePage(into []byte, c t4.Config, page *raster.Page) []byte {
	e, err := t4.NewEncoder(c)
	if err != nil {
		panic(err)
	}
	for y := range page.Height {
		into = e.Line(into, page.Row(y))
	}
	return e.End(into)
}

func decodePage(into []byte, c t4.Config, coded []byte) {
	d, err := t4.NewDecoder(c, func(row []byte) { into = append(into, row...) })
	if err == nil {
		_, err = d.Write(coded)
	}
	if err != nil {
		panic(err)
	}
}

// onLine counts the bits of octets and the zeros that HDLC stuffs into them (T.4 annex A), the first bit lowest.
func onLine(octets []byte) int {
	bits, ones := 8*len(octets), 0
	for i := range bits {
		if octets[i/8]>>(i%8)&1 == 0 {
			ones = 0
		} else if ones++; ones == 5 {
			bits, ones = bits+1, 0
		}
	}
	return bits
}
