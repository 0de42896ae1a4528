package gray

// settle makes up the mind about tiles that are neither shaded nor part of a photograph.
func (s *sheet) settle() {
	for n := range s.tiles {
		t := &s.tiles[n]
		if t.kind != strokes && t.kind != reversed || t.shaded {
			continue
		}
		switch {
		case t.rim:
			t.kind = blank
		case t.dark >= 128:
			t.kind, t.ground = reversed, 56
		case !t.paper:
			t.ground = s.paperNear(n)
		case t.depth < t.faintest:
			t.kind = blank
		}
	}
}

// paperNear is the gray of the paper around a tile that shows none itself.
func (s *sheet) paperNear(n int) byte {
	sum, count := 0, 0
	s.neighbours(n, func(_ int, t *tile) {
		if t.paper {
			sum += int(t.ground)
			count++
		}
	})
	if count == 0 {
		return 255
	}
	return byte(sum / count)
}
