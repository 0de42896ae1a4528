// Load measures a fax server at work: all lines of the simulated exchange are in calls while many listen to its events. It
// prints how soon and how completely they hear of them, and what processor time and memory the server takes for it.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"faxbox/scripts/rig"
)

func main() {
	log.SetFlags(0)
	lines := flag.Int("lines", 16, "lines of the box, an even number: one half calls the other")
	listeners := flag.Int("listeners", 1000, "how many listen to the events")
	period := flag.Duration("for", time.Minute, "how long they listen, at most an hour")
	path := flag.String("faxbox", "", "the program to measure (default: it is built)")
	flag.Parse()
	if *lines < 2 || *lines > 64 || *lines%2 != 0 || *listeners < 1 || *period <= 0 || *period > time.Hour || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *period+5*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "faxbox-load-")
	if err != nil {
		log.Fatal(err)
	}
	r := report{lines: *lines, listeners: *listeners}
	err = r.measure(ctx, dir, *path, *period)
	if err2 := os.RemoveAll(dir); err == nil {
		err = err2
	}
	if err != nil {
		log.Fatal(err)
	}
	r.print(os.Stdout)
	if !r.good() {
		os.Exit(1)
	}
}

// measure measures first a server that does nothing, then one that does much.
func (r *report) measure(ctx context.Context, dir, path string, period time.Duration) error {
	faxbox := rig.Installed(path)
	if path == "" {
		var err error
		if faxbox, err = rig.BuildFaxbox(dir); err != nil {
			return err
		}
	}
	if err := r.rest(ctx, faxbox, dir); err != nil {
		return err
	}
	return r.toil(ctx, faxbox, dir, period)
}
