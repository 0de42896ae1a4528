package tiff

import "faxbox/fax/t4"

// Coded is page n as one strip of MMR whose first bit is the most significant and which ends with EOFB; 1 is black. Where
// that is how the page is stored, and every line of it can be read, the strip is the file's, octet for octet: it is decoded
// only to be sure. Any other page is coded anew. As with Page, an error of type *Damage comes together with what there is
// of the page.
func (f *File) Coded(n int) (Coded, error) {
	d, err := f.at(n)
	if err != nil {
		return Coded{}, err
	}
	l, err := d.layout()
	if err != nil {
		return Coded{}, err
	}
	as := reading{coding: t4.MMR}
	if l.scheme == Group4 && l.reading == as && !l.inverted && len(l.strips) == 1 && l.strips[0].count <= MaxPageOctets {
		if c, err := l.asStored(); err != nil || c.Strip != nil {
			return c, err
		}
	}
	page, err := f.Page(n)
	if page == nil {
		return Coded{}, err
	}
	c, fault := Code(page, Style{Coding: t4.MMR})
	if fault != nil {
		return Coded{}, d.errorf(StripOffsets, "%w", fault)
	}
	return c, err
}

// asStored is the page with its strip as it is, or without one if that is not to be had, or not sound.
func (l *layout) asStored() (Coded, error) {
	page, damage, err := l.decode(l.reading)
	if err != nil {
		return Coded{}, err
	}
	if !damage.tidy || !damage.ended {
		return Coded{}, nil
	}
	c := Coded{Width: page.Width, Height: page.Height, Resolution: page.Resolution, Coding: t4.MMR}
	if c.Resolution, err = l.d.resolution(page.Width, page.Height); err != nil {
		return Coded{}, err
	}
	s := l.strips[0]
	c.Strip = make([]byte, s.count)
	if err := l.d.f.read(c.Strip, s.offset); err != nil {
		return Coded{}, l.d.errorf(StripOffsets, "%w", err)
	}
	return c, nil
}
