package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// BenchmarkCalls makes 64 calls at once on the simulated exchange, at the speed of real ones, both ends ours, and reports how
// many processor cores they take and how much memory a call, both ends and the exchange included. One round takes 45 s:
//
//	go test ./cmd/faxbox -run '^$' -bench Calls -benchtime 1x
func BenchmarkCalls(b *testing.B) {
	const calls = 64
	dir := b.TempDir()
	path := filepath.Join(dir, "page.tif")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.Letter(raster.Fine), sample.White(raster.Fine)); err != nil {
		b.Fatal(err)
	}
	f.Close()
	for range b.N {
		x := exchange.New(exchange.Options{})
		program := func(m *exchange.Modem, out io.Writer, args ...string) int {
			return run(context.Background(), args, console{out: out, err: io.Discard, open: func(string) (io.ReadWriteCloser, error) { return m.Open() }})
		}
		var ready, done sync.WaitGroup
		failed := make(chan string, 2*calls)
		for n := range calls {
			number := fmt.Sprint(200 + n)
			m := x.Modem(exchange.Station{Number: number}, exchange.Habits{})
			ready.Add(1)
			done.Add(1)
			go func() {
				defer done.Done()
				if program(m, &firstLine{done: ready.Done}, "modem", "receive", number, "--dir", dir, "--once") != 0 {
					failed <- "receiver " + number
				}
			}()
		}
		ready.Wait()
		var before, during runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began, cpu := time.Now(), processTime()
		for n := range calls {
			m := x.Modem(exchange.Station{Number: fmt.Sprint(300 + n)}, exchange.Habits{})
			done.Add(1)
			go func() {
				defer done.Done()
				if program(m, io.Discard, "modem", "send", "m", fmt.Sprint(200+n), path) != 0 {
					failed <- fmt.Sprint("sender ", 300+n)
				}
			}()
		}
		time.Sleep(20 * time.Second) // all are in mid-page
		runtime.GC()
		runtime.ReadMemStats(&during)
		done.Wait()
		b.ReportMetric((processTime()-cpu).Seconds()/time.Since(began).Seconds(), "cores")
		b.ReportMetric(float64(during.HeapAlloc+during.StackInuse-before.HeapAlloc-before.StackInuse)/calls/1024, "KB/call")
		x.Close()
		close(failed)
		for who := range failed {
			b.Error(who, "failed")
		}
	}
}

// firstLine calls done at the first write.
type firstLine struct {
	once sync.Once
	done func()
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.once.Do(f.done)
	return len(p), nil
}

// processTime is the processor time that this process has used.
func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
