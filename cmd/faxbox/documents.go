package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"faxbox/fax/document/render"
	"faxbox/fax/document/typeset"
)

// documents says how documents become pages.
type documents struct {
	data     string // the box's folder
	compiled string // a folder with the compiled PDF renderer that came with the system; empty: none
	fonts    string // a folder of fonts besides those built in; empty: none
	log      *slog.Logger
}

// systemFonts is where Debian puts the fonts that are installed.
const systemFonts = "/usr/share/fonts"

// folder is the folder of fonts to use, if there is one.
func (d documents) folder() string {
	if d.fonts == "" && exists(systemFonts) {
		return systemFonts
	}
	return d.fonts
}

// open opens the fonts of header lines and reports.
func (d documents) open() *typeset.Fonts {
	if folder := d.folder(); folder != "" {
		return typeset.Open(folder)
	}
	return typeset.Open()
}

// renderer makes documents pages, at once when it is warm.
type renderer interface {
	render.Renderer
	Warm(context.Context) error
}

// newRenderer renders in children of this program. Compiled code is kept in the box's folder, and so are files without a
// name: the system's folder for them is often in memory.
func newRenderer(d documents) (renderer, error) {
	cache, temp := filepath.Join(d.data, "render"), filepath.Join(d.data, "temp")
	if err := errors.Join(os.MkdirAll(cache, 0o700), os.MkdirAll(temp, 0o700)); err != nil {
		return nil, err
	}
	return render.NewChild(render.ChildConfig{Cache: cache, SharedCache: d.compiled, Fonts: d.folder(), Temp: temp, Log: d.log})
}
