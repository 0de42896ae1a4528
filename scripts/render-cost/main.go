// Render-cost prints what it costs to turn documents into pages: CPU time and the most memory of the child that faxbox starts
// for each, compiled code being there, and beside it what Ghostscript takes for the same PDF at the same resolution.
//
//	go run ./scripts/render-cost [-runs 5] [-resolution fine] [file...]
//
// Without files it takes the corpus. Times are of the whole process, start included, of whichever is measured; "start" is that
// of a document of one empty page. Each figure is the median of the runs. It wants gs (Debian: ghostscript) for its second half.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// cost is what one document took.
type cost struct {
	CPU   time.Duration
	RSS   int64 // KB, the most
	Pages int
}

func main() {
	runs := flag.Int("runs", 5, "how many `runs` make a median")
	name := flag.String("resolution", "fine", "standard, fine or superfine")
	faxbox := flag.String("faxbox", "", "the `program` to measure; by default it is built")
	one := flag.String("one", "", "render this `file` once, in this process's child, and print what that took")
	cache := flag.String("cache", "", "`folder` of compiled code, with -one")
	flag.Parse()
	if err := run(*runs, *name, *faxbox, *one, *cache, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "render-cost:", err)
		os.Exit(1)
	}
}

var resolutions = map[string]raster.Resolution{
	"standard": raster.Standard, "fine": raster.Fine, "superfine": raster.Superfine,
}

func run(runs int, name, faxbox, one, cache string, files []string) error {
	resolution, ok := resolutions[name]
	if !ok {
		return fmt.Errorf("there is no resolution %q", name)
	}
	if one != "" {
		return renderOnce(one, resolution, faxbox, cache)
	}
	folder, err := os.MkdirTemp("", "render-cost-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	m := &meter{runs: runs, name: name, resolution: resolution, faxbox: faxbox, folder: folder}
	if err := m.prepare(); err != nil {
		return err
	}
	if len(files) == 0 {
		if files, err = m.corpus(); err != nil {
			return err
		}
	}
	return m.table(files)
}

// meter measures.
type meter struct {
	runs       int
	name       string
	resolution raster.Resolution
	faxbox     string
	folder     string
}

func (m *meter) cache() string { return filepath.Join(m.folder, "cache") }

// prepare builds faxbox and lets it compile its renderer.
func (m *meter) prepare() error {
	if m.faxbox == "" {
		m.faxbox = filepath.Join(m.folder, "faxbox")
		if out, err := exec.Command("go", "build", "-o", m.faxbox, "faxbox/cmd/faxbox").CombinedOutput(); err != nil {
			return fmt.Errorf("building faxbox: %w\n%s", err, out)
		}
	}
	warm := exec.Command(m.faxbox, "render", "--warm", m.cache())
	if out, err := warm.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the renderer: %w\n%s", err, out)
	}
	fmt.Printf("compiling the renderer: %v CPU, %d MB\n", usage(warm.ProcessState).CPU.Round(time.Millisecond), usage(warm.ProcessState).RSS>>10)
	return nil
}

// corpus writes the corpus to files.
func (m *meter) corpus() ([]string, error) {
	var files []string
	for _, d := range corpus.All() {
		if d.Password != "" || d.Card {
			continue
		}
		file := filepath.Join(m.folder, d.Name)
		if err := os.WriteFile(file, d.Content(), 0o600); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (m *meter) table(files []string) error {
	empty := filepath.Join(m.folder, "empty.pdf")
	if err := os.WriteFile(empty, []byte(emptyPDF), 0o600); err != nil {
		return err
	}
	ours, err := m.median(empty, m.ours)
	if err != nil {
		return err
	}
	gs, err := m.median(empty, m.ghostscript)
	withGS := err == nil
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("without gs there is nothing to compare with")
	} else if err != nil {
		return err
	}
	fmt.Printf("%-18s %5s  %23s  %23s\n%-18s %5s  %8s %8s %5s  %8s %8s %5s\n", "", "", "faxbox", "gs tiffg4",
		m.name, "pages", "start", "per page", "MB", "start", "per page", "MB")
	fmt.Printf("%-18s %5d  %8s %8s %5d  %8s %8s %5d\n", "empty.pdf", 1, ms(ours.CPU), "", ours.RSS>>10, ms(gs.CPU), "", gs.RSS>>10)
	for _, file := range files {
		if err := m.row(file, ours, gs, withGS); err != nil {
			return err
		}
	}
	return nil
}

// row prints the figures of a file, without those of the start in the time for a page.
func (m *meter) row(file string, start, gsStart cost, withGS bool) error {
	c, err := m.median(file, m.ours)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Printf("%-18s %5d  %8s %8s %5d", filepath.Base(file), c.Pages, "", perPage(c, start), c.RSS>>10)
	if withGS && filepath.Ext(file) == ".pdf" {
		g, err := m.median(file, m.ghostscript)
		if err != nil {
			return fmt.Errorf("%s: gs: %w", file, err)
		}
		g.Pages = c.Pages
		fmt.Printf("  %8s %8s %5d", "", perPage(g, gsStart), g.RSS>>10)
	}
	fmt.Println()
	return nil
}

func perPage(c, start cost) string { return ms(max(c.CPU-start.CPU, 0) / time.Duration(c.Pages)) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

// median measures a file several times.
func (m *meter) median(file string, measure func(string) (cost, error)) (cost, error) {
	var all []cost
	for range m.runs {
		c, err := measure(file)
		if err != nil {
			return cost{}, err
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b cost) int { return cmp.Compare(a.CPU, b.CPU) })
	return all[len(all)/2], nil
}

// ours measures the child of a process that does nothing else, so that no other child counts.
func (m *meter) ours(file string) (cost, error) {
	cmd := exec.Command("/proc/self/exe", "-one", file, "-cache", m.cache(), "-faxbox", m.faxbox, "-resolution", m.name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return cost{}, err
	}
	var c cost
	return c, json.Unmarshal(out, &c)
}

func (m *meter) ghostscript(file string) (cost, error) {
	cmd := exec.Command("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffg4", "-sPAPERSIZE=a4",
		fmt.Sprintf("-r%dx%d", m.resolution.X, m.resolution.Y), "-sOutputFile="+filepath.Join(m.folder, "gs.tif"), file)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return cost{}, err
	}
	return usage(cmd.ProcessState), nil
}

func usage(s *os.ProcessState) cost {
	c := cost{CPU: s.UserTime() + s.SystemTime()}
	if r, ok := s.SysUsage().(*syscall.Rusage); ok {
		c.RSS = r.Maxrss
	}
	return c
}

// renderOnce renders a file and prints what the child took.
func renderOnce(path string, r raster.Resolution, faxbox, cache string) error {
	content, err := os.Open(path)
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	// The code is compiled: a cache that is shared is not looked into by another child first.
	child, err := render.NewChild(render.ChildConfig{Program: []string{faxbox, "render"}, Cache: cache, Compiled: true})
	if err != nil {
		return err
	}
	pages, err := child.Render(context.Background(), render.Request{
		Files:  []render.File{{Name: path, Content: content, Size: info.Size()}},
		Format: render.Format{Paper: raster.A4, Resolution: r, Mode: gray.Auto},
	})
	if err != nil {
		return err
	}
	defer pages.Close()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(cost{time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss, pages.Files[0]})
}

// emptyPDF is one empty page.
const emptyPDF = `%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Kids[3 0 R]/Count 1>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>
endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
0000000105 00000 n 
trailer
<</Size 4/Root 1 0 R>>
startxref
171
%%EOF
`
