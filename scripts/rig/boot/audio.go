package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

// sounding is a modem of faxline: its calls are real audio.
type sounding struct {
	*rig.Exchange
	name, bell string // of its pty and of the socket of its bell
}

func (m sounding) open() (io.ReadWriteCloser, error) {
	return os.OpenFile(m.Path(m.name), os.O_RDWR, 0)
}

// Bell ends with the exchange.
func (m sounding) Bell() <-chan bool {
	bell := make(chan bool)
	go func() {
		defer close(bell)
		c, err := net.Dial("unix", m.Path(m.bell))
		if err != nil {
			return
		}
		defer c.Close()
		for s := bufio.NewScanner(c); s.Scan(); {
			bell <- s.Text() == "1"
		}
	}()
	return bell
}

// audio is the scene of a fax in and a fax out over real modem audio, with a fax machine that has nothing of ours.
func audio(s *stage) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*s.patience+2*callTime)
	defer cancel()
	const box, peer = "101", "201"
	x, err := rig.Start(s.dir, slices.Concat(rig.Modem(s.dir, "box", box, "ring="+s.file("bell")), rig.Machine(s.dir, "peer", peer, "ident=Peer"))...)
	s.must(err)
	defer func() { s.check(x.Close() == nil, "the exchange ends") }()
	l := &line{number: box, socket: 1, modem: sounding{x, "box", "bell"}}
	s.give()
	s.on()
	o := s.enter(ctx)
	s.must(l.plugIn(s.machine))
	list, err := o.ports(ctx, s.patience, 1)
	s.must(err)
	s.wire(ctx, list[0], l)
	s.must(o.SetBranding(ctx, false))
	_, err = o.ports(ctx, s.patience, 1)
	s.must(err)

	began := time.Now()
	in := witness.FaxPages(false, 0, 2)
	file := s.file("in.tif")
	s.must(rig.WriteDocument(file, witness.DrawAll(in)...))
	_, err = x.Control("send", "peer", box, file)
	s.must(err)
	said, err := x.Wait("peer", callTime)
	s.check(err == nil && strings.HasPrefix(said, "ok 0"), "a fax of %d pages to the box over audio: %s, %.1f s %v", len(in), said, time.Since(began).Seconds(), err)
	s.inInbox(ctx, o, in)
	s.drawn(l, began, 1)
	call, err := o.lastCall(ctx)
	s.must(err)
	s.check(call.Rings > 0 && call.StationID == "Peer", "the ring detector has counted %d rings; the caller is %s, %s", call.Rings, call.StationID, call.Mode)

	began = time.Now()
	out := witness.FaxPages(true, 0, 1)
	s.sends(ctx, o, peer, out)
	said, err = x.Wait("peer", callTime)
	s.check(err == nil && strings.HasPrefix(said, "ok 0"), "the machine says: %s %v", said, err)
	arrived, err := pagesOf(s.file("peer-*.tif"))
	s.check(err == nil && slices.Equal(arrived, out), "it has arrived, pel by pel: %v %v", arrived, err)
	s.drawn(l, began, 1)
}

// pagesOf are the pages of the one file of that pattern.
func pagesOf(pattern string) (ids []witness.PageID, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("%d files, not 1", len(files))
	}
	pages, err := rig.ReadDocument(files[0])
	if err != nil {
		return nil, err
	}
	for n, page := range pages {
		id, err := witness.Identify(page)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", n+1, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
