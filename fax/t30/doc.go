// Package t30 is the conversation of ITU-T T.30 (09/2005) for group 3: what a fax machine says, what it listens for, and
// what it makes of what it hears. It covers both roles, caller or called and sender or receiver, with and without ECM.
//
// The line is half-duplex: somebody says something, then listens. So a Call hands out one Turn at a time, and is told what
// was Heard:
//
//	turn := call.Start(now)
//	for turn.Listen != Nothing {
//		turn = call.Next(now, say and listen as turn asks)
//	}
//
// Each state is one method (awaitCFR, awaitCommand, …) that takes what was heard and returns the next turn. Waiting,
// repeating, bad frames, echoes, CRP and DCN are the recogniser's business (call.go), the same in every state. How to read on:
//
//	turn.go          what passes between a call and its driver
//	call.go          Config, Start, Next, the recogniser
//	sender.go        phases B to D with a document to send; sender_ecm.go, its blocks
//	receiver.go      phases B to D with a sink to fill; receiver_ecm.go, its blocks
//	capabilities.go  DIS, DTC and DCS bit by bit
//	modulation.go    the rates, and which to try next
//	frame.go         FCFs, ident.go station ids, hdlc.go and block.go ECM frames, training.go TCF
//	trace.go         a call written down, and replayed
//
// The package does no I/O, reads no clock and starts no goroutine. It knows nothing of modems: a driver turns Say into
// tones and tones into Heard (fax/class1 does, for T.31 modems).
package t30
