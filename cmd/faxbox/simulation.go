package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"faxbox/fax/exchange"
)

// simulated in place of a port's path is a modem on a telephone exchange within this process, at the speed of a real one.
const simulated = "demo"

// Who answers on the simulated exchange. The lines of a server in demo are 101, 102 and so on; for the commands that use one
// modem 101 is that modem, and 102 a fax machine.
const (
	simulatedEcho     = "100" // a fax machine that sends back what it got; one that keeps it, when the process ends with the call
	simulatedSelf     = "101"
	simulatedFax      = "102" // receives, and has a document to be polled when it has received one
	simulatedBusy     = "103"
	simulatedNoAnswer = "104"
	simulatedVoice    = "105"
)

// newExchange is a telephone exchange with those who have no fax.
func newExchange() *exchange.Exchange {
	x := exchange.New(exchange.Options{})
	x.Behave(exchange.Station{Number: simulatedBusy}, exchange.Behaviour{Does: exchange.Busy})
	x.Behave(exchange.Station{Number: simulatedNoAnswer}, exchange.Behaviour{Does: exchange.NoAnswer})
	x.Behave(exchange.Station{Number: simulatedVoice}, exchange.Behaviour{Does: exchange.Voice})
	return x
}

// simulation is the modem of the person at the keyboard, with the exchange behind it.
type simulation struct {
	io.ReadWriteCloser
	exchange *exchange.Exchange
	stop     context.CancelFunc
	distant  chan int // the exit status of each distant machine, once it has ended
}

// newSimulation opens an exchange with distant fax machines, which are this same program.
func newSimulation() (io.ReadWriteCloser, error) {
	x := newExchange()
	ours := x.Modem(exchange.Station{Number: simulatedSelf, Name: "You"}, exchange.Habits{})
	port, err := ours.Open()
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	dir := filepath.Join(os.TempDir(), "faxbox-demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &simulation{port, x, stop, make(chan int, 2)}
	for _, number := range []string{simulatedEcho, simulatedFax} {
		theirs := x.Modem(exchange.Station{Number: number, Name: "Distant machine"}, exchange.Habits{})
		go func() {
			s.distant <- run(ctx, []string{"modem", "receive", number, "--dir", dir, "--csid", stationID(number)}, distantConsole(theirs, io.Discard))
		}()
	}
	return s, nil
}

// stationID is what the machines of the simulated exchange call themselves.
func stationID(number string) string { return "+49 30 " + number }

// distantConsole is where a distant machine speaks.
func distantConsole(m *exchange.Modem, out io.Writer) console {
	return console{out: out, err: io.Discard, open: func(string) (io.ReadWriteCloser, error) { return m.Open() }}
}

// Close waits until the distant machines have put their pages away.
func (s *simulation) Close() error {
	err := s.ReadWriteCloser.Close()
	s.stop()
	for range cap(s.distant) {
		<-s.distant
	}
	return errors.Join(err, s.exchange.Close())
}

// boxNumbers are the numbers of a server's own lines on the exchange: 101, 102, and when more are wanted, those from 121 on:
// below are numbers of emergency, which no box dials.
func boxNumbers(n int) []string {
	var numbers []string
	for i := range n {
		number := 101 + i
		if i >= 2 {
			number += 18
		}
		numbers = append(numbers, strconv.Itoa(number))
	}
	return numbers
}
