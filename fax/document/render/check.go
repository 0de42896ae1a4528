package render

import (
	"context"
	"slices"

	"faxbox/fax/document/cover"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// check writes a cover page to disk as it looks filled in, and says what about its template is odd. A template none of whose
// fields is known is refused.
func (w *worker) check(ctx context.Context, c cover.Cover, disk tiff.Disk) (Result, error) {
	out, err := tiff.NewWriter(disk)
	if err != nil {
		return Result{}, err
	}
	j := &job{worker: w, ctx: ctx, out: out, sheet: sheet{raster.A4, raster.Fine}, format: Format{Resolution: raster.Fine, Mode: gray.Auto}}
	j.progress(true, 0, 0)
	form, err := j.form(c.Template, true)
	if err != nil {
		return Result{}, about(err, true, 0)
	}
	if !slices.ContainsFunc(form.Fields, func(d cover.Field) bool { return cover.Known(d.Name) }) {
		return Result{}, &Refusal{Cover: true, Reason: Empty, Problem: "has no form field whose name is known", Hint: nameFields}
	}
	for _, r := range cover.Check(form) {
		j.remark(r.String())
	}
	if err := j.cover(form, c.Values, 1); err != nil {
		return Result{}, about(err, true, 0)
	}
	return j.result, nil
}
