// Bad-lines lets faxbox and HylaFAX send and receive the same letter on lines that damage it in the same way, and prints
// who got it through, how fast, and with how much repeating.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"faxbox/scripts/rig/contest"
)

// lines are the bad lines on which faxbox is never to be worse than HylaFAX.
func lines(document string) []*contest.Lane {
	return []*contest.Lane{
		{Document: document, Sends: true, Coding: "shortest", Impair: "gain=-10 drop=SHIFT:80:7 dropnoise=1", First: 22, Shift: 1.4},
		{Document: document, Sends: true, Coding: "shortest", Impair: "codec=alaw delay=120"},
		{Document: document, Impair: "gain=-10 snr=24"},
		{Document: document, Impair: "gain=-10 droprandom=6:60 dropnoise=1"},
	}
}

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "calls of each program on each line; each round has its own noise")
	document := flag.String("document", "letter-fine", "a document of scripts/faxline/docs.sh")
	flag.Parse()
	if *rounds < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	worse, err := compare(*rounds, lines(*document))
	if err != nil {
		log.Fatal(err)
	}
	if worse {
		os.Exit(1)
	}
}

// compare plays, prints, and reports whether faxbox lost a page that HylaFAX did not.
func compare(rounds int, lanes []*contest.Lane) (worse bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := contest.Open(contest.Options{Rounds: rounds}, lanes...)
	if err != nil {
		return false, err
	}
	defer c.Close()
	if err := c.Run(ctx); err != nil {
		return false, err
	}
	if c.Without != "" {
		fmt.Printf("\nWithout HylaFAX: %s.\n", c.Without)
	}
	fmt.Print("\n| line | direction | program | delivered exactly | seconds, median | ECM repeats of each | else |\n|---|---|---|---|---|---|---|\n")
	for _, l := range lanes {
		best := 0
		for _, p := range l.Players {
			through := len(p.Seconds())
			fmt.Printf("| %s | %s | %s | %d of %d | %.2f | %s | %s |\n", l.Impair, l.Direction(), p.Name,
				through, rounds, p.Median(), repeats(p), reason(p))
			if p.Name == contest.HylaFAX {
				worse = worse || best < through
			} else {
				best = max(best, through)
			}
		}
	}
	return worse, nil
}

// repeats are what the reference machine counted as ECM repeats in each call.
func repeats(p *contest.Player) string {
	var counts []string
	for _, o := range p.Outcomes {
		if o.Call != nil {
			counts = append(counts, strconv.Itoa(o.Call.Result.Retries))
		}
	}
	return strings.Join(counts, " ")
}

func reason(p *contest.Player) string {
	if err := p.Failure(); err != nil {
		return err.Error()
	}
	return ""
}
