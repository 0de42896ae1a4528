// Plug pulls the plug of fax servers again and again, and looks whether anything was lost. Servers (faxbox serve) are killed
// with SIGKILL while they send and receive, and started again. The telephone exchange (fax/exchange, behind pseudo
// terminals) and the distant fax machines live on in this process, and are witnesses of what was confirmed. At the end, when
// the servers have had time to finish what they have, it must be so that
//
//   - every page whose confirmation its sender heard is in the store of the receiver, pel by pel;
//   - no job that a server took has vanished, none is in progress or waits, and each is done;
//   - no page was sent again after its confirmation was heard.
//
// What it does not show: SIGKILL loses what the process held, not what the kernel holds. That writes are synced is shown by
// the tests of store, which fail the disk at each step.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

func main() {
	log.SetFlags(0)
	var o options
	flag.IntVar(&o.kills, "kills", 300, "how often to pull a plug, of all boxes together")
	flag.IntVar(&o.boxes, "boxes", 24, "how many servers work side by side, 1 to 100")
	flag.DurationVar(&o.quiet, "quiet", 4*time.Minute, "how long they may take at the end to finish what they have")
	flag.StringVar(&o.dir, "dir", "", "folder for everything, kept (default: a temporary one, kept when something was lost)")
	flag.StringVar(&o.faxbox, "faxbox", "", "the program to try (default: it is built)")
	flag.Parse()
	if o.kills < 0 || o.boxes < 1 || o.boxes > 100 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	v, err := play(ctx, o, os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	if len(v.violations) > 0 {
		os.Exit(1)
	}
}

type options struct {
	kills, boxes int
	quiet        time.Duration
	dir          string
	faxbox       string
}

// play makes a run, prints what came of it, and keeps its folder if that was not good.
func play(ctx context.Context, o options, out io.Writer) (v verdict, err error) {
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "plug-"); err != nil {
			return v, err
		}
		defer func() {
			if err == nil && len(v.violations) == 0 {
				os.RemoveAll(dir)
				return
			}
			fmt.Fprintln(out, "what was seen, and the servers' data and logs, are in", dir)
		}()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return v, err
	}
	if o.faxbox == "" {
		built, err := rig.BuildFaxbox(dir)
		if err != nil {
			return v, err
		}
		o.faxbox = built.Path()
	}
	began := time.Now()
	v, err = run(ctx, o, dir)
	v.print(out, time.Since(began))
	return v, err
}

// run lets the boxes work side by side, and judges each.
func run(ctx context.Context, o options, dir string) (all verdict, err error) {
	f, err := os.Create(filepath.Join(dir, "record.jsonl"))
	if err != nil {
		return all, err
	}
	defer f.Close() // what counts is in memory
	r := witness.NewRecord(f, o.boxes)
	var kills atomic.Int64
	kills.Store(int64(o.kills))
	verdicts, errs := make([]verdict, o.boxes), make([]error, o.boxes)
	var working sync.WaitGroup
	for n := range o.boxes {
		b, err := newBox(n, o.faxbox, dir, r)
		if err != nil {
			errs[n] = err
			break
		}
		working.Go(func() {
			defer b.close()
			if errs[n] = b.run(ctx, &kills, o.quiet); errs[n] == nil {
				verdicts[n], errs[n] = b.judge(ctx)
			}
		})
	}
	working.Wait()
	for _, v := range verdicts {
		all.add(v)
	}
	return all, errors.Join(errs...)
}

// print prints the table.
func (v verdict) print(out io.Writer, took time.Duration) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, n int) { fmt.Fprintf(w, "%s\t%d\n", name, n) }
	fmt.Fprintf(w, "minutes\t%.1f\n", took.Minutes())
	row("plugs pulled", v.kills)
	row("  just before or after a page's confirmation", v.aimed)
	row("  while the box started", v.starting)
	row("calls to the boxes", v.callsIn)
	row("pages received and confirmed", v.in)
	row("  stored beside them, confirmation not heard", v.spare)
	row("  fragments of pages that broke off", v.fragments)
	row("calls of the boxes", v.callsOut)
	row("faxes submitted", v.jobs)
	row("pages sent and confirmed", v.out)
	row("  sent twice, confirmation not heard", v.again)
	row("  jobs that failed and were restarted by hand", v.helped)
	row("violations", len(v.violations))
	w.Flush()
	if len(v.violations) > 0 {
		fmt.Fprintln(out, strings.Join(v.violations, "\n"))
	}
}
