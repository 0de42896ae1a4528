// Package exchange is a telephone exchange in memory: subscribers with Class 1 modems (T.31, 1999, class 1 and 1.0), lines
// that delay, lose, cut, echo and garble, and stations that a test plays by hand. It serves tests in virtual time
// (testing/synctest) and demonstrations at wall-clock speed with the same code: goroutines that wait on conditions, and
// package time.
//
// # The model
//
// What goes over a line are signals: a burst of V.21 frames behind its preamble, an image signal behind its training, a
// tone. There is no audio. A signal lasts exactly as long as a real one: V.21 at 300 bit/s with stuffed zeros, FCS and
// flags; image octets at the rate of their modulation; training as long as V.17, V.29 and V.27ter say. A receiver hears
// what a real one would: only a signal it is tuned to, whose beginning it did not miss, and short V.17 training only after
// a long one of the same rate.
//
// An Exchange has no goroutine of its own. One mutex guards everything, one timer wakes it for the next event of its clock,
// and whoever calls a method does what is due. Nothing is polled: an image signal costs an event each 50 ms, a burst two a
// frame, a silent line nothing. 64 calls at 14400 bit/s take some two hundredths of a core (BenchmarkSixtyFourCalls), a call
// with its two computers some 35 KB.
//
//   - Modem answers AT commands at a Port, which is what a serial port would be. Habits make it as odd as real ones are.
//   - Scripted lets a test say and hear signals with no modem in between.
//   - Behave puts somebody without a fax on a number: busy, no answer, a voice, silence.
//   - Line is what a line does to the signals going one way. Options.Line is for all, Impair for what one station says.
//   - Log is all that was said, with times, when Options.Record is set.
//
// A test says what it needs, in a bubble of testing/synctest:
//
//	x := exchange.New(exchange.Options{Record: true})
//	defer x.Close()
//	port, err := x.Modem(exchange.Station{Number: "101"}, exchange.Habits{}).Open()
//	far := x.Scripted(exchange.Station{Number: "201"})
//	go program(port) // dials 201
//	err = far.Answer()
//	err = far.Burst(csi, dis)
//	dcs, err := far.Hear(3 * time.Second)
//
// # What is left out
//
// Two signals at once do not disturb each other. Energy has no level, so noise neither delays a carrier's beginning nor
// hides its end. V.8, V.34, data modems, Class 2 and voice mode do not exist; a call in class 0 finds no carrier. A frame
// is sent once the computer has delivered it whole, with flags until then: a computer cannot starve the modem in the middle
// of a frame. A broken frame is dropped, not delivered in part. The DTE's speed is unlimited and there is no XON/XOFF. A/,
// dial modifiers but the comma, and AT&W do nothing. A modem takes up a command in no time, unless its habits say otherwise.
package exchange
