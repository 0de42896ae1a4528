package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

type sampleCommand struct {
	File       string `arg:"" help:"The TIFF file to write; it must not exist." type:"path"`
	Pages      string `help:"Which pages, parted by commas: letter, form, dense, halftone, white." default:"letter"`
	Resolution string `help:"standard, fine, superfine, 200, 300 or 400." enum:"standard,fine,superfine,200,300,400" default:"fine"`
}

var resolutions = map[string]raster.Resolution{
	"standard": raster.Standard, "fine": raster.Fine, "superfine": raster.Superfine,
	"200": raster.Inch200, "300": raster.Inch300, "400": raster.Inch400,
}

// Run writes pages to try a line with.
func (s sampleCommand) Run(con console) (err error) {
	draw := map[string]func(raster.Resolution) *raster.Page{
		"letter": sample.Letter, "form": sample.Form, "dense": sample.Dense, "halftone": sample.Halftone, "white": sample.White,
	}
	var pages []*raster.Page
	for _, name := range strings.Split(s.Pages, ",") {
		page := draw[strings.TrimSpace(name)]
		if page == nil {
			return usage{fmt.Errorf("there is no sample page %q", name)}
		}
		pages = append(pages, page(resolutions[s.Resolution]))
	}
	f, err := os.OpenFile(s.File, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return hinted{fmt.Errorf("%s: there is such a file already", s.File), "Choose another name."}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return tiff.Write(f, tiff.Style{Coding: t4.MMR}, pages...)
}
