// Line-time measures how long faxbox and HylaFAX hold the line for the same pages, in turns on one telephone exchange
// (scripts/faxline), and says where the seconds go. It prints the table "Time on the line" of the baseline.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	runs := flag.Int("runs", 5, "calls of each program in each direction for each document")
	docs := flag.String("documents", "doc3-fine,doc3-std,letter-fine", "documents of scripts/faxline/docs.sh")
	mmr := flag.String("mmr", "standard,shortest", "how faxbox codes MMR when sending")
	ident := flag.Bool("ident", false, "let faxbox send TSI and CSI, as HylaFAX does")
	impair := flag.String("impair", "", "make the lines worse: k=v,k=v (see the README of faxline)")
	verbose := flag.Bool("v", false, "list every signal of faxbox's first call of each kind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *runs < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	c, err := newContest(*runs, strings.Split(*docs, ","), strings.Split(*mmr, ","), *ident, *impair)
	if err != nil {
		log.Fatal(err)
	}
	err = c.run(ctx)
	c.close()
	if err != nil {
		log.Fatal(err)
	}
	c.printTable(os.Stdout)
	c.printAccounts(os.Stdout)
	if *verbose {
		c.printSignals(os.Stdout)
	}
	if !c.exact() {
		os.Exit(1)
	}
}

// median of some seconds.
func median(s []float64) float64 {
	s = slices.Sorted(slices.Values(s))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
