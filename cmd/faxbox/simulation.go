package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"faxbox/fax/exchange"
)

// simulated in place of a port's path is a modem on a telephone exchange within this process, at the speed of a real one.
const simulated = "demo"

// What answers on the simulated exchange.
const (
	simulatedSelf     = "101"
	simulatedFax      = "102" // receives, and has a document to be polled when it has received one
	simulatedBusy     = "103"
	simulatedNoAnswer = "104"
	simulatedVoice    = "105"
)

// simulation is the modem of the person at the keyboard, with the exchange behind it.
type simulation struct {
	io.ReadWriteCloser
	exchange *exchange.Exchange
	stop     context.CancelFunc
	distant  chan int // the exit status of the distant machine, once it has ended
}

// newSimulation opens an exchange with a distant fax machine, which is this same program.
func newSimulation() (io.ReadWriteCloser, error) {
	x := exchange.New(exchange.Options{})
	ours := x.Modem(exchange.Station{Number: simulatedSelf, Name: "You"}, exchange.Habits{})
	theirs := x.Modem(exchange.Station{Number: simulatedFax, Name: "Distant machine"}, exchange.Habits{})
	x.Behave(exchange.Station{Number: simulatedBusy}, exchange.Behaviour{Does: exchange.Busy})
	x.Behave(exchange.Station{Number: simulatedNoAnswer}, exchange.Behaviour{Does: exchange.NoAnswer})
	x.Behave(exchange.Station{Number: simulatedVoice}, exchange.Behaviour{Does: exchange.Voice})
	port, err := ours.Open()
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	dir := filepath.Join(os.TempDir(), "faxbox-demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &simulation{port, x, stop, make(chan int, 1)}
	go func() {
		s.distant <- run(ctx, []string{"modem", "receive", simulatedFax, "--dir", dir, "--csid", "+49 30 " + simulatedFax},
			console{out: io.Discard, err: io.Discard, open: func(string) (io.ReadWriteCloser, error) { return theirs.Open() }})
	}()
	return s, nil
}

// Close waits until the distant machine has put its page away.
func (s *simulation) Close() error {
	err := s.ReadWriteCloser.Close()
	s.stop()
	<-s.distant
	return errors.Join(err, s.exchange.Close())
}
