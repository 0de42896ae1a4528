// Line-time measures how long faxbox and HylaFAX hold the line for the same pages, in turns on one telephone exchange, and
// says where the seconds go. Its table goes on where scripts/faxline/BASELINE.md ends.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"strings"

	"faxbox/scripts/rig/contest"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "calls of each program in each direction for each document")
	documents := flag.String("documents", "doc3-fine,doc3-std,letter-fine", "documents of scripts/faxline/docs.sh")
	codings := flag.String("mmr", "standard,shortest", "how faxbox codes MMR when sending")
	ident := flag.Bool("ident", false, "let faxbox send TSI and CSI, as HylaFAX does")
	impair := flag.String("impair", "", "make the lines worse, as the README of scripts/faxline tells")
	signals := flag.Bool("signals", false, "list every signal of a typical call of each kind")
	flag.Parse()
	if *rounds < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	var lanes []*contest.Lane
	for _, d := range strings.Split(*documents, ",") {
		lanes = append(lanes, &contest.Lane{Document: d, Impair: *impair})
		for _, coding := range strings.Split(*codings, ",") {
			lanes = append(lanes, &contest.Lane{Document: d, Impair: *impair, Sends: true, Coding: coding})
		}
	}
	c, err := play(contest.Options{Rounds: *rounds, Ident: *ident}, lanes)
	if err != nil {
		log.Fatal(err)
	}
	printTimes(os.Stdout, c, *rounds)
	printAccounts(os.Stdout, c)
	if *signals {
		printSignals(os.Stdout, c)
	}
	if !delivered(c) {
		os.Exit(1)
	}
}

func play(o contest.Options, lanes []*contest.Lane) (*contest.Contest, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := contest.Open(o, lanes...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c, c.Run(ctx)
}

// delivered reports whether every pel of every call of faxbox arrived.
func delivered(c *contest.Contest) bool {
	for _, l := range c.Lanes {
		for _, p := range l.Players {
			if p.Name != contest.HylaFAX && p.Failure() != nil {
				return false
			}
		}
	}
	return true
}
