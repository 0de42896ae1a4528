package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// The machine answers also while it owes somebody a fax, and pays everybody; whoever is busy, later.
func TestEcho(t *testing.T) {
	inOffice(t, exchange.Options{}, func(o *office) {
		page := filepath.Join(o.dir, "page.tif")
		f, err := os.Create(page)
		if err == nil {
			err = tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.White(raster.Standard))
		}
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(o.dir, "kept")
		if err := os.Mkdir(kept, 0o755); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		machine := o.modem(simulatedEcho)
		go func() {
			defer close(ended)
			echo{modem: machine, dir: kept}.run(ctx)
		}()
		time.Sleep(5 * time.Second)
		for _, number := range []string{"101", "102"} {
			if c := o.start("modem", "send", number, simulatedEcho, page); c.wait() != exitDone {
				t.Fatalf("%s: %v", number, c)
			}
		}
		time.Sleep(10 * time.Second) // 101 is called, and does not answer yet
		back := map[string]*command{}
		for _, number := range []string{"101", "102"} {
			back[number] = o.receiver(number)
		}
		for number, c := range back {
			if c.wait() != exitDone {
				t.Errorf("%s gets nothing back: %v", number, c)
			}
		}
		time.Sleep(time.Minute)
		if left, err := os.ReadDir(kept); err != nil || len(left) > 0 {
			t.Errorf("%v, %v are still kept", err, left)
		}
		stop()
		<-ended
	})
}

// No line of the box has a number that boxes do not dial.
func TestBoxNumbersAreDialled(t *testing.T) {
	numbers := boxNumbers(64)
	for _, number := range numbers {
		if fax.NewServer().Forbids(number) {
			t.Errorf("%s is never dialled", number)
		}
	}
	if all := slices.Compact(slices.Sorted(slices.Values(numbers))); len(all) != 64 || fmt.Sprint(numbers[:3]) != "[101 102 121]" {
		t.Errorf("numbers: %v", numbers)
	}
}
