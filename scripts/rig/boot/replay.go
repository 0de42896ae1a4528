package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// The log of QEMU's blklogwrites, which has the layout of the kernel's dm-log-writes: a sector that describes the log, then for
// each write a sector that describes it, followed by what was written.
const (
	logMagic   = 0x6a736677736872
	logFlush   = 1 << 0
	logFUA     = 1 << 1
	logDiscard = 1 << 2
	logMark    = 1 << 3
)

// write is an entry of the log.
type write struct {
	sector, sectors, flags uint64
	at                     int64 // where what was written stands in the log
}

// barrier tells whether everything before the write, and the write itself, is on the card when it is done.
func (w write) barrier() bool { return w.flags&(logFlush|logFUA) != 0 }

func (w write) data() bool { return w.flags&(logDiscard|logMark) == 0 && w.sectors > 0 }

// readLog reads a log as far as it was written when the power went.
func readLog(f *os.File) (sector int64, writes []write, err error) {
	var head [32]byte
	if _, err := f.ReadAt(head[:], 0); err == io.EOF { // the power went before anything was written
		return 1, nil, nil
	} else if err != nil {
		return 0, nil, err
	}
	if binary.LittleEndian.Uint64(head[:]) != logMagic {
		return 0, nil, fmt.Errorf("%s is no log of writes", f.Name())
	}
	sector = int64(binary.LittleEndian.Uint32(head[24:]))
	for at := sector; ; {
		if _, err := f.ReadAt(head[:], at); err == io.EOF {
			return sector, writes, nil
		} else if err != nil {
			return 0, nil, err
		}
		field := func(n int) uint64 { return binary.LittleEndian.Uint64(head[8*n:]) }
		w := write{field(0), field(1), field(2), at + sector}
		if w.sectors == 0 && w.flags == 0 { // its place was kept, no more
			return sector, writes, nil
		}
		at += sector
		if w.data() {
			at += int64(w.sectors) * sector
		}
		writes = append(writes, w)
	}
}

// survived is what a card has of a log.
type survived struct{ kept, lost int }

// replay does the writes of a log to a card, as far as they stand before end in it: all up to the last barrier, and of those
// after it, which a card may or may not have done when the power went, those that luck keeps.
func replay(log, card string, end int64, luck func() bool) (s survived, err error) {
	from, err := os.Open(log)
	if err != nil {
		return s, err
	}
	defer from.Close()
	sector, writes, err := readLog(from)
	if err != nil {
		return s, err
	}
	to, err := os.OpenFile(card, os.O_WRONLY, 0)
	if err != nil {
		return s, err
	}
	defer func() {
		if closed := to.Close(); err == nil {
			err = closed
		}
	}()
	writes = slices.DeleteFunc(writes, func(w write) bool { return w.at > end })
	last := len(writes) - 1
	for last >= 0 && !writes[last].barrier() {
		last--
	}
	for n, w := range writes {
		if !w.data() {
			continue
		}
		if n > last && !luck() {
			s.lost++
			continue
		}
		s.kept++
		octets := io.NewSectionReader(from, w.at, int64(w.sectors)*sector)
		if _, err := io.Copy(io.NewOffsetWriter(to, int64(w.sector)*sector), octets); err != nil {
			return s, err
		}
	}
	return s, nil
}
