package main

import (
	"image"
	"image/color"
	"math"
)

// vec is a point, a direction, or a colour with red in x.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec            { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec            { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(f float64) vec      { return vec{a.x * f, a.y * f, a.z * f} }
func (a vec) tint(b vec) vec           { return vec{a.x * b.x, a.y * b.y, a.z * b.z} }
func (a vec) dot(b vec) float64        { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) unit() vec                { return a.times(1 / math.Sqrt(a.dot(a))) }
func (a vec) mix(b vec, t float64) vec { return a.times(1 - t).add(b.times(t)) }

// ball is one thing on the table.
type ball struct {
	at     vec
	radius float64
	colour vec
	gloss  float64 // 0 to 1
	skin   float64 // depth of its dimples
}

var (
	balls = []ball{
		{vec{-1.35, 0.62, 4.6}, 0.62, vec{0.95, 0.52, 0.10}, 0.35, 0.10},
		{vec{-0.25, 0.50, 3.9}, 0.50, vec{0.75, 0.10, 0.09}, 0.8, 0.01},
		{vec{0.75, 0.58, 4.5}, 0.58, vec{0.55, 0.68, 0.16}, 0.7, 0.02},
		{vec{1.45, 0.36, 3.6}, 0.36, vec{0.30, 0.12, 0.34}, 0.5, 0.02},
		{vec{1.05, 0.22, 3.1}, 0.22, vec{0.33, 0.14, 0.38}, 0.5, 0.02},
		{vec{-0.95, 0.26, 3.2}, 0.26, vec{0.90, 0.82, 0.25}, 0.6, 0.05},
		{vec{0.05, 1.22, 4.75}, 0.44, vec{0.93, 0.89, 0.82}, 0.95, 0},
	}
	sun = vec{-0.55, 0.75, -0.5}.unit()
)

// scene is a photograph that nobody took: fruit and a ball on a wooden table before a window with hills. It has what
// photographs have: soft shadows, highlights, fine texture, haze, and edges both sharp and soft.
func scene(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	const samples = 3
	for y := range height {
		for x := range width {
			var sum vec
			for s := range samples * samples {
				u := (float64(x)+(float64(s%samples)+0.5)/samples)/float64(width) - 0.5
				v := 0.5 - (float64(y)+(float64(s/samples)+0.5)/samples)/float64(height)
				sum = sum.add(look(vec{0, 1.35, 0}, vec{u * 1.15, v*1.15*float64(height)/float64(width) - 0.17, 1}.unit(), 0))
			}
			img.SetRGBA(x, y, exposed(sum.times(1.0/(samples*samples))))
		}
	}
	return img
}

// exposed is light as a picture keeps it.
func exposed(c vec) color.RGBA {
	level := func(f float64) uint8 { return uint8(255 * math.Pow(min(max(f, 0), 1), 1/2.2)) }
	return color.RGBA{level(c.x), level(c.y), level(c.z), 255}
}

// look is the light that comes to eye from a direction.
func look(eye, direction vec, depth int) vec {
	best, hit := math.Inf(1), -1
	for i := range balls {
		if t, ok := balls[i].meets(eye, direction); ok && t < best {
			best, hit = t, i
		}
	}
	if direction.y < 0 {
		if t := -eye.y / direction.y; t < best {
			if p := eye.add(direction.times(t)); p.z < 7 {
				return wood(p, direction, depth)
			}
		}
	}
	if hit < 0 {
		return window(eye, direction)
	}
	return balls[hit].shade(eye.add(direction.times(best)), direction, depth)
}

func (b *ball) meets(eye, direction vec) (t float64, ok bool) {
	to := eye.sub(b.at)
	half := to.dot(direction)
	d := half*half - to.dot(to) + b.radius*b.radius
	if d < 0 {
		return 0, false
	}
	t = -half - math.Sqrt(d)
	return t, t > 1e-4
}

func (b *ball) shade(p, direction vec, depth int) vec {
	normal := p.sub(b.at).unit()
	if b.skin > 0 {
		q := normal.times(22)
		normal = normal.add(vec{noise3(q) - 0.5, noise3(q.add(vec{31, 7, 3})) - 0.5, noise3(q.add(vec{5, 53, 11})) - 0.5}.times(2 * b.skin)).unit()
	}
	colour := b.colour.times(0.75 + 0.5*fractal(normal.times(4).add(b.at), 4))
	light := lit(p.add(normal.times(1e-3))) * max(normal.dot(sun), 0)
	ambient := 0.16 + 0.14*max(normal.y, 0)
	c := colour.times(ambient).add(colour.tint(vec{1.25, 1.15, 1}).times(light))
	bounced := direction.sub(normal.times(2 * direction.dot(normal)))
	c = c.add(vec{1, 0.97, 0.9}.times(b.gloss * math.Pow(max(bounced.dot(sun), 0), 60) * light))
	if depth < 2 {
		edge := math.Pow(1+direction.dot(normal), 4)
		c = c.mix(look(p.add(normal.times(1e-3)), bounced, depth+1), b.gloss*(0.05+0.5*edge))
	}
	return c
}

// lit is the share of the window that is seen from p: the softness of shadows.
func lit(p vec) float64 {
	const rays = 8
	free := 0.0
	for n := range rays {
		a := float64(n) * 2.399963
		r := 0.11 * math.Sqrt((float64(n)+0.5)/rays)
		toward := sun.add(vec{r * math.Cos(a), 0, r * math.Sin(a)}).unit()
		shadow := false
		for i := range balls {
			if _, ok := balls[i].meets(p, toward); ok {
				shadow = true
				break
			}
		}
		if !shadow {
			free += 1.0 / rays
		}
	}
	return free
}

func wood(p, direction vec, depth int) vec {
	board := math.Floor(p.x / 0.9)
	grain := fractal(vec{p.x*9 + board*17, 0, p.z*0.8 + board*5}, 5)
	rings := 0.5 + 0.5*math.Sin(18*grain+p.x*14)
	colour := vec{0.42, 0.24, 0.11}.mix(vec{0.20, 0.10, 0.045}, 0.6*rings+0.4*grain)
	if gap := math.Abs(p.x/0.9 - board - 0.01); gap < 0.012 {
		colour = colour.times(0.3)
	}
	near := 1.0 // darker where a ball stands
	for _, b := range balls {
		d := math.Hypot(p.x-b.at.x, p.z-b.at.z) / b.radius
		near *= 1 - 0.6*math.Exp(-3*d*d)
	}
	c := colour.times(0.2 * near).add(colour.times(1.1 * lit(p.add(vec{0, 1e-3, 0})) * sun.y))
	if depth < 1 {
		up := vec{direction.x, -direction.y, direction.z}
		c = c.mix(look(p.add(vec{0, 1e-3, 0}), up, depth+1), 0.10+0.25*math.Pow(1-up.y, 5))
	}
	return c
}

// window is what lies behind the table: a wall with a window, and hills behind it.
func window(eye, direction vec) vec {
	if direction.z <= 0 {
		return vec{0.30, 0.27, 0.24}
	}
	p := eye.add(direction.times((7 - eye.z) / direction.z))
	x, y := p.x+1.1, p.y
	frame := math.Abs(x) < 2.3 && y > 0.75 && y < 3.9
	bar := math.Abs(x) < 0.06 || math.Abs(math.Abs(x)-2.25) < 0.07 || math.Abs(y-0.8) < 0.06
	switch {
	case frame && !bar:
		return hills(x/2.3, (y-0.8)/3.1)
	case frame:
		return vec{0.55, 0.53, 0.50}
	}
	plaster := 0.85 + 0.3*fractal(vec{p.x * 6, p.y * 6, 0}, 4)
	return vec{0.36, 0.33, 0.29}.times(plaster * (0.45 + 0.6*math.Exp(-0.25*(x*x))))
}

// hills is a landscape: x from -1 to 1, y from 0 up to 1.
func hills(x, y float64) vec {
	clouds := fractal(vec{x * 2.2, y*5 + 3, 0.7}, 6)
	c := vec{0.28, 0.47, 0.80}.mix(vec{0.75, 0.82, 0.9}, 1-y).mix(vec{1, 0.99, 0.97}, min(max(2.6*clouds-1.1, 0), 1))
	for n := range 5 {
		depth := float64(n)
		ridge := 0.50 - 0.09*depth + 0.22*(fractal(vec{x*(1.2+0.5*depth) + 9*depth, depth, 2}, 5)-0.5)
		if y < ridge {
			slope := fractal(vec{x * 14 * (1 + depth), y * 22 * (1 + depth), depth}, 5)
			near := vec{0.16, 0.30, 0.07}.times(0.35 + 1.3*slope)
			c = near.mix(vec{0.62, 0.70, 0.80}, 0.8-0.2*depth)
		}
	}
	return c
}

// fractal is noise with finer noise upon it, 0 to 1.
func fractal(p vec, octaves int) float64 {
	sum, weight, total := 0.0, 1.0, 0.0
	for range octaves {
		sum += weight * noise3(p)
		total += weight
		weight *= 0.5
		p = p.times(2.03).add(vec{1.7, 9.2, 4.1})
	}
	return sum / total
}

// noise3 is smooth noise, 0 to 1, with features of size 1.
func noise3(p vec) float64 {
	x, y, z := math.Floor(p.x), math.Floor(p.y), math.Floor(p.z)
	u, v, w := smooth(p.x-x), smooth(p.y-y), smooth(p.z-z)
	var sum float64
	for n := range 8 {
		dx, dy, dz := float64(n&1), float64(n>>1&1), float64(n>>2)
		share := (dx*u + (1-dx)*(1-u)) * (dy*v + (1-dy)*(1-v)) * (dz*w + (1-dz)*(1-w))
		sum += share * hash(int64(x+dx), int64(y+dy), int64(z+dz))
	}
	return sum
}

func smooth(t float64) float64 { return t * t * (3 - 2*t) }

// hash is a number from 0 to 1 that always belongs to the same three.
func hash(x, y, z int64) float64 {
	h := uint64(x)*0x9E3779B97F4A7C15 ^ uint64(y)*0xC2B2AE3D27D4EB4F ^ uint64(z)*0x165667B19E3779F9
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	h ^= h >> 32
	return float64(h>>11) / (1 << 53)
}
