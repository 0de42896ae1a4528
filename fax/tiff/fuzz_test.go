package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"faxbox/fax/t4"
)

// FuzzRead: whatever the file holds, there is no panic, no page beyond the limits, and each error is of its page.
func FuzzRead(f *testing.F) {
	for _, style := range styles {
		o := oddOf(f, style)
		f.Add(craft(binary.LittleEndian, o, o))
		f.Add(craft(binary.BigEndian, o.change(without(ImageLength), without(StripByteCounts))))
	}
	f.Add(craft(binary.BigEndian, cutInStrips(f, Style{Coding: t4.MR}, 7)))
	f.Add(craft(binary.LittleEndian, plainOdd(f)))
	f.Add(craft(binary.LittleEndian, plainOdd(f).change(Shorts(Compression, uint16(PackBits)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for n := range min(file.Pages(), 3) {
			info, errInfo := file.Info(n)
			page, errPage := file.Page(n)
			checkRead(t, n, errInfo, errPage)
			if page == nil {
				continue
			}
			if page.Width != info.Width || page.Height < 1 || len(page.Bits) != page.Height*page.Stride || len(page.Bits) > MaxPageOctets {
				t.Errorf("page %d: %d x %d in %d octets", n+1, page.Width, page.Height, len(page.Bits))
			}
			if rest := page.Width % 8; rest != 0 && page.Row(page.Height - 1)[page.Stride-1]&(0xFF>>rest) != 0 {
				t.Errorf("page %d: padding is not 0", n+1)
			}
		}
	})
}

func checkRead(t *testing.T, n int, errInfo, errPage error) {
	t.Helper()
	if errInfo != nil && errPage == nil {
		t.Errorf("page %d can be read and not described: %v", n+1, errInfo)
	}
	var e *Error
	var d *Damage
	switch {
	case errPage == nil:
	case errors.As(errPage, &e) && e.Page == n+1:
	case errors.As(errPage, &d) && d.Page == n+1:
	default:
		t.Errorf("page %d: the error does not name it: %v", n+1, errPage)
	}
}
