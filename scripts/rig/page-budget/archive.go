package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
)

// fill makes the data of a box that has received many faxes, all of the same page.
func fill(dir string, n int) (err error) {
	page, err := coded(dir)
	if err != nil {
		return err
	}
	s, err := store.Open(filepath.Join(dir, "data"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const hands = 16
	faults := make([]error, hands)
	var all sync.WaitGroup
	for hand := range hands {
		all.Go(func() {
			for i := hand; i < n && faults[hand] == nil; i += hands {
				faults[hand] = receive(s, i, page)
			}
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// receive puts one fax into the archive: a year of them, a few minutes apart.
func receive(s *store.Store, n int, page tiff.Coded) error {
	at := time.Now().Add(-time.Duration(n) * 50 * time.Minute).UTC()
	m := fax.Message{Direction: fax.In, DeviceID: fax.DeviceID(1 + n%2), RawReceiveTime: at, EndTime: at.Add(40 * time.Second), Duration: 40,
		CallerID: fax.Text(fmt.Sprintf("030%07d", n)), Tsid: fax.Text(fmt.Sprintf("+49 30 %07d", n)), Csid: "+49 30 101",
		Result: fax.ResultOf(fax.OK), Read: n%500 != 0, Mode: "V.17 14400, MMR, ECM, 1728 pels, 204x196"}
	r := s.Receive(m)
	if err := r.Append(page); err != nil {
		return err
	}
	m.ID, m.Pages = r.ID(), 1
	_, err := r.Seal(m)
	return err
}

// coded is a page of text as it is stored.
func coded(dir string) (page tiff.Coded, err error) {
	f, err := os.CreateTemp(dir, "page-")
	if err != nil {
		return page, err
	}
	defer os.Remove(f.Name())
	defer f.Close() // only read by then
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.Letter(raster.Fine)); err != nil {
		return page, err
	}
	info, err := f.Stat()
	if err != nil {
		return page, err
	}
	pages, err := tiff.Open(f, info.Size())
	if err != nil {
		return page, err
	}
	return pages.Coded(0)
}
