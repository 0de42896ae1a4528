package gray_test

import (
	"math/rand/v2"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

func black(p *raster.Page, x, y int) bool { return p.Row(y)[x/8]&(0x80>>(x%8)) != 0 }

// scanned is a page as a scanner sees it: on paper of this gray, with a shadow along its left edge and noise.
func scanned(p *gray.Page, paper, shadow, noise int) *gray.Page {
	q := gray.New(p.Width, p.Height, p.Resolution)
	r := rand.New(rand.NewPCG(1, 2))
	for y := range p.Height {
		from, to := p.Row(y), q.Row(y)
		for x, v := range from {
			dim := paper - shadow*max(p.Width/8-x, 0)/(p.Width/8)
			to[x] = byte(min(max(20+int(v)*(dim-20)/255+int(r.NormFloat64()*float64(noise)), 0), 255))
		}
	}
	return q
}
