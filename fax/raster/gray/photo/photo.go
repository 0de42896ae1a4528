// Package photo makes photographs by formula, for tests and measurements of how grays become dots: a portrait, a landscape and
// a house, with the gradients, textures, edges and noise of a camera. They belong to nobody, and are the same on every run at
// any size.
package photo

import (
	"math"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// Names are those of the photographs.
func Names() []string { return []string{"portrait", "landscape", "house"} }

// Make makes the photograph of this name, or a white page of a name it does not know. It fills the page, whose pels may be
// oblong: what is seen is the same at any resolution.
func Make(name string, width, height int, r raster.Resolution) *gray.Page {
	p := gray.New(width, height, r)
	scene, known := map[string]func(x, y float64) float64{"portrait": portrait, "landscape": landscape, "house": house}[name]
	if !known {
		return p
	}
	aspect := float64(height) * r.PelsPerMM() / (float64(width) * r.LinesPerMM())
	for y := range height {
		row := p.Row(y)
		for x := range row {
			u, v := (float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height)*aspect
			grain := 0.02 * (noise(u*700, v*700, 99) - 0.5)
			row[x] = byte(math.Round(255 * clamp(scene(u, v/aspect)+grain)))
		}
	}
	return p
}

func clamp(v float64) float64 { return math.Min(math.Max(v, 0), 1) }

// step goes softly from 0 at a to 1 at b.
func step(a, b, v float64) float64 {
	t := clamp((v - a) / (b - a))
	return t * t * (3 - 2*t)
}

func mix(a, b, t float64) float64 { return a + (b-a)*t }

// noise is smooth, from 0 to 1, with bumps of length 1.
func noise(x, y float64, seed uint32) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int32(fx), int32(fy)
	u, v := step(0, 1, x-fx), step(0, 1, y-fy)
	return mix(mix(lattice(ix, iy, seed), lattice(ix+1, iy, seed), u),
		mix(lattice(ix, iy+1, seed), lattice(ix+1, iy+1, seed), u), v)
}

// lattice is a random number from 0 to 1 for each point of a grid.
func lattice(x, y int32, seed uint32) float64 {
	h := uint32(x)*0x8DA6B343 ^ uint32(y)*0xD8163841 ^ seed*0xCB1AB31F
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	h ^= h >> 15
	return float64(h) / math.MaxUint32
}

// cloud is noise of many sizes, about 0.5.
func cloud(x, y float64, seed uint32) float64 {
	sum, weight := 0.0, 0.5
	for octave := range uint32(7) {
		sum += weight * noise(x, y, seed+octave)
		x, y, weight = 2.03*x+17, 2.03*y+5, 0.5*weight
	}
	return sum
}

// ball is how deep a point lies in an ellipse: 1 in the middle, 0 on its edge, less outside.
func ball(x, y, cx, cy, rx, ry float64) float64 {
	dx, dy := (x-cx)/rx, (y-cy)/ry
	return 1 - math.Sqrt(dx*dx+dy*dy)
}

// portrait is a head before a wall, lit from the left.
func portrait(x, y float64) float64 {
	v := mix(0.75, 0.45, clamp(0.6*x+0.5*y)) + 0.1*(cloud(4*x, 4*y, 1)-0.5)
	shirt := step(0, 0.04, ball(x, y, 0.5, 1.12, 0.46, 0.38))
	v = mix(v, 0.25+0.18*noise(60*x, 9*y, 2)+0.2*(0.6-x), shirt)
	v = mix(v, 0.55-0.25*x, step(0, 0.15, ball(x, y, 0.5, 0.76, 0.13, 0.2)))
	hair := step(0, 0.05, ball(x, y, 0.5, 0.38, 0.31, 0.33))
	v = mix(v, 0.08+0.25*noise(90*x+12*math.Sin(6*y), 10*y, 3)*step(0.75, 0.2, x), hair)
	face := step(0, 0.03, ball(x, y, 0.5, 0.48, 0.23, 0.32))
	light := 0.93 - 0.9*math.Pow(math.Abs(x-0.42)/0.3, 2)*0.55 - 0.25*math.Pow(math.Abs(y-0.45)/0.35, 2)
	light += 0.08 * (cloud(14*x, 14*y, 4) - 0.5)
	light += 0.12*step(0, 1, ball(x, y, 0.485, 0.52, 0.035, 0.12)) - 0.15*step(0, 1, ball(x, y, 0.53, 0.57, 0.04, 0.05))
	for _, side := range [2]float64{0.41, 0.59} {
		light -= 0.35 * step(0, 0.9, ball(x, y, side, 0.43, 0.075, 0.06))
		light = mix(light, 0.95, step(0, 0.2, ball(x, y, side, 0.44, 0.045, 0.02)))
		light = mix(light, 0.08, step(0, 0.3, ball(x, y, side, 0.44, 0.019, 0.022)))
		light = mix(light, 1, step(0, 0.3, ball(x, y, side-0.006, 0.434, 0.006, 0.006)))
		light = mix(light, 0.15, step(0, 0.5, ball(x, y, side, 0.385+0.8*math.Pow(x-side, 2)*4, 0.07, 0.014)))
	}
	light = mix(light, 0.35, step(0, 0.5, ball(x, y, 0.5, 0.655+0.5*math.Pow(x-0.5, 2), 0.085, 0.028)))
	light = mix(light, 0.12, step(0, 0.6, ball(x, y, 0.5, 0.655-math.Pow(x-0.5, 2), 0.08, 0.007)))
	return mix(v, light, face)
}

// landscape is a lake below mountains and clouds.
func landscape(x, y float64) float64 {
	v := mix(0.55, 0.92, y/0.5) + 0.9*clamp(cloud(3*x, 7*y, 10)-0.48)
	far := 0.33 + 0.2*(cloud(4*x, 0.5, 11)-0.5) + 0.05*(cloud(20*x, 3, 12)-0.5)
	v = mix(v, 0.62+0.35*(cloud(14*x, 22*y, 13)-0.5), step(-0.002, 0.002, y-far))
	near := 0.44 + 0.28*(cloud(5*x, 9, 14)-0.5)
	v = mix(v, 0.32+0.6*(cloud(26*x, 34*y, 15)-0.5), step(-0.002, 0.002, y-near))
	if y > 0.55 {
		waves := noise(18*x, 260*(y-0.5), 16) - 0.5
		v = mix(0.72, 0.4, (y-0.55)/0.25) + 0.22*waves + 0.25*step(0.3, 0, math.Abs(x-0.6))*noise(40*x, 300*y, 17)
	}
	bank := 0.8 + 0.1*(cloud(6*x, 1, 18)-0.5)
	v = mix(v, 0.1+0.45*noise(220*x+30*noise(9*x, 9*y, 20), 50*y, 19)*step(1.1, 0.7, y), step(-0.004, 0.004, y-bank))
	return v
}

// house is a wall of bricks with windows, a door and a sign: straight edges, and grays that hardly change.
func house(x, y float64) float64 {
	v := mix(0.95, 0.8, y/0.2)
	if y > 0.16-0.25*(0.5-math.Abs(x-0.5))*0.4 && y < 0.24 {
		v = 0.3 + 0.12*noise(70*x, 90*y, 30) - 0.1*math.Abs(math.Sin(90*y))
	}
	if y >= 0.24 {
		v = brick(x, y)
		v -= 0.25 * step(0.3, 0.24, y)
	}
	for i := range 3 {
		for j := range 2 {
			if i != 1 || j != 1 { // there the door is
				v = window(v, x-0.1-0.3*float64(i), y-0.34-0.3*float64(j))
			}
		}
	}
	if x > 0.42 && x < 0.56 && y > 0.66 && y < 0.93 {
		v = 0.28 + 0.1*noise(8*x, 160*y, 31) + 0.1*step(0.008, 0, math.Abs(math.Mod(x-0.42, 0.047)-0.02))
	}
	if y > 0.93 {
		v = 0.68 + 0.25*(cloud(30*x, 60*y, 32)-0.5)
	}
	return v
}

func brick(x, y float64) float64 {
	row := math.Floor(y * 60)
	column := x*24 + 0.5*math.Mod(row, 2)
	if column-math.Floor(column) < 0.07 || y*60-row < 0.14 {
		return 0.74
	}
	return 0.45 + 0.22*lattice(int32(column), int32(row), 33) + 0.1*(noise(300*x, 300*y, 34)-0.5)
}

// window is one with its top left corner at 0, 0, before what was there.
func window(v, x, y float64) float64 {
	if x < 0 || x > 0.16 || y < 0 || y > 0.2 {
		return v
	}
	if x < 0.012 || x > 0.148 || y < 0.012 || y > 0.188 || math.Abs(x-0.08) < 0.005 || math.Abs(y-0.07) < 0.005 {
		return 0.97
	}
	return 0.12 + 1.8*x + 0.8*math.Pow(clamp(0.14-y), 2) + 0.1*cloud(30*x, 30*y, 35)
}
