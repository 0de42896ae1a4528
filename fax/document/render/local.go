package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"faxbox/fax/document/cover"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// LocalConfig says how a Local works.
type LocalConfig struct {
	Cache  string // folder of compiled code; empty: PDFium is compiled anew, which takes seconds
	Fonts  string // folder of fonts; empty: those built in
	Temp   string // folder for pages; empty: the system's
	Limits Limits
}

// Local is a Renderer that works in this process: for tests and tools with documents that can be trusted. It keeps to the
// limits of memory, not to those of time.
type Local struct {
	config LocalConfig
	fonts  *typeset.Fonts

	mutex  sync.Mutex // one document at a time
	engine *engine    // nil until a PDF comes
}

// NewLocal makes a Local. It is to be closed.
func NewLocal(c LocalConfig) *Local {
	c.Limits = c.Limits.orDefault()
	return &Local{config: c, fonts: openFonts(c.Fonts)}
}

func openFonts(folder string) *typeset.Fonts {
	if folder == "" {
		return typeset.Open()
	}
	return typeset.Open(folder)
}

// Close ends what was started.
func (l *Local) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.engine == nil {
		return nil
	}
	e := l.engine
	l.engine = nil
	return e.Close()
}

// pdfium is for whoever holds the mutex.
func (l *Local) pdfium() (*engine, error) {
	if l.engine == nil {
		if l.config.Cache != "" {
			if err := prepare(context.Background(), l.config.Cache); err != nil {
				return nil, err
			}
		}
		e, err := openEngine(context.Background(), l.config.Cache, l.config.Limits.Memory, fontsIn(l.config.Fonts))
		if err != nil {
			return nil, err
		}
		l.engine = e
	}
	return l.engine, nil
}

func (l *Local) worker() *worker {
	return &worker{limits: l.config.Limits, fonts: l.fonts, pdfium: l.pdfium, progress: func(bool, int, int) {}}
}

// Render makes the pages of a document.
func (l *Local) Render(ctx context.Context, r Request) (*Pages, error) {
	return l.run(func(disk tiff.Disk) (Result, error) { return l.worker().render(ctx, r, disk) })
}

// Check makes the pages of a cover page with these values.
func (l *Local) Check(ctx context.Context, f File, values map[string]string) (*Pages, error) {
	return l.run(func(disk tiff.Disk) (Result, error) {
		template, err := readTemplate(f)
		if err != nil {
			return Result{}, err
		}
		return l.worker().check(ctx, cover.Cover{Template: template, Values: values}, disk)
	})
}

func (l *Local) run(work func(tiff.Disk) (Result, error)) (*Pages, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	out, err := unnamed(l.config.Temp)
	if err != nil {
		return nil, err
	}
	result, err := work(unsynced{out})
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return &Pages{File: out, Covers: result.Covers, Files: result.Files, Remarks: result.Remarks}, nil
}

// Gray draws the pages of a PDF whole, antialiased and as they are, at so many pels and lines an inch: to be compared with what
// other programs draw. A page is good until yield returns.
func (l *Local) Gray(ctx context.Context, f File, across, down int, yield func(*gray.Page) error) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	pdfium, err := l.pdfium()
	if err != nil {
		return err
	}
	file, err := pdfium.openPDF(f.Content, f.Size, f.Password)
	if err != nil {
		return err
	}
	defer file.close()
	pages, err := file.pages()
	for n := 0; n < pages && err == nil; n++ {
		if err = ctx.Err(); err == nil {
			err = file.whole(n, raster.Resolution{X: across, Y: down}, yield)
		}
	}
	return err
}

func (f *pdfFile) whole(n int, r raster.Resolution, yield func(*gray.Page) error) error {
	p, err := f.page(n)
	if err != nil {
		return err
	}
	defer p.close()
	c, err := p.inspect(DefaultLimits.Memory)
	if err != nil {
		return err
	}
	p.text = !c.large(p)
	w, h := round(p.w/mmPerInch*float64(r.X)), round(p.h/mmPerInch*float64(r.Y))
	drawn, err := p.draw(place{width: w, height: h, w: w, h: h}, r)
	if err != nil {
		return err
	}
	return yield(drawn)
}

// unnamed is a new file that is gone when it is closed.
func unnamed(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, "faxbox-render-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// unsynced is a file that need not survive the plug being pulled.
type unsynced struct{ io.WriterAt }

func (unsynced) Sync() error { return nil }

// mostTemplate is how large a template may be.
const mostTemplate = 20 << 20

func readTemplate(f File) ([]byte, error) {
	if f.Size > mostTemplate {
		return nil, &Refusal{Cover: true, Reason: TooLarge, Problem: fmt.Sprintf("is larger than %d MB", mostTemplate>>20),
			Hint: "Make its pictures smaller."}
	}
	octets := make([]byte, f.Size)
	if err := readFull(f.Content, octets, 0); err != nil {
		return nil, fmt.Errorf("reading a template: %w", err)
	}
	return octets, nil
}
