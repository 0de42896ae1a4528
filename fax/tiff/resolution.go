package tiff

import (
	"math"

	"faxbox/fax/raster"
)

const cmPerInch = 2.54

// known are the resolutions that fax machines use; those of T.30 first, then what files hold besides.
var known = [...]raster.Resolution{
	raster.Standard, raster.Fine, raster.Superfine, raster.R16,
	raster.Inch200x100, raster.Inch200, raster.Inch200x400, raster.Inch300, raster.Inch400,
	{X: 100, Y: 100}, {X: 600, Y: 600}, {X: 1200, Y: 1200},
}

// near is how far, as a ratio, a stated resolution may be from a known one to be taken for it. 200 x 196 and 77 x 77 a
// centimetre are taken for 204 x 196, and 240 x 240 for nothing else.
const near = 1.06

// resolution is what the page's fields say, else a guess from its size.
func (d *directory) resolution(width, height int) (raster.Resolution, error) {
	x, _, err := d.field(XResolution)
	if err != nil {
		return raster.Resolution{}, err
	}
	y, _, err := d.field(YResolution)
	if err != nil {
		return raster.Resolution{}, err
	}
	scale := 1.0
	if unit, err := d.uint(ResolutionUnit, 2); err != nil {
		return raster.Resolution{}, err
	} else if unit == 3 {
		scale = cmPerInch
	}
	across, down := x.Number(0)*scale, y.Number(0)*scale
	if !plausible(across) || !plausible(down) {
		return guess(width, height), nil
	}
	return nearest(across, down), nil
}

// plausible tells a resolution in pels an inch from a ratio, a zero or nonsense.
func plausible(r float64) bool { return r >= 30 && r <= 5000 }

// nearest is the known resolution that is near, or else these numbers rounded. The lines decide before the pels do, for
// the width of the page tells 200 from 204 pels an inch while nothing tells 98 from 100 lines.
func nearest(x, y float64) raster.Resolution {
	best, least := raster.Resolution{X: int(math.Round(x)), Y: int(math.Round(y))}, math.Inf(1)
	for _, k := range known {
		across, down := math.Abs(math.Log(x/float64(k.X))), math.Abs(math.Log(y/float64(k.Y)))
		if max(across, down) > math.Log(near) {
			continue
		}
		if off := across + 4*down; off < least {
			best, least = k, off
		}
	}
	return best
}

// guess is the resolution of a page that states none: R8 for the widths of A4, B4 and A3 at R8, with 98, 196 or 391 lines an
// inch by its height, as if it were A4; 300 or 400 pels an inch for their widths at that; 200 for any other.
func guess(width, height int) raster.Resolution {
	for _, paper := range []raster.Paper{raster.A4, raster.B4, raster.A3} {
		switch width {
		case paper.Width(raster.Inch300):
			return raster.Inch300
		case paper.Width(raster.Inch400):
			return raster.Inch400
		case paper.Width(raster.Fine):
			for _, r := range []raster.Resolution{raster.Standard, raster.Fine} {
				if height <= paper.Rows(r)*5/4 {
					return r
				}
			}
			return raster.Superfine
		}
	}
	return raster.Inch200
}

// resolutionFields are a resolution in pels an inch.
func resolutionFields(r raster.Resolution) []Field {
	return []Field{
		Fraction(XResolution, uint32(r.X), 1),
		Fraction(YResolution, uint32(r.Y), 1),
		Shorts(ResolutionUnit, 2),
	}
}
