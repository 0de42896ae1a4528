package exchange

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSixtyFourCalls lets 64 pairs of modems pump a page at 14400 bit/s at wall-clock speed, computers included, and
// reports how much of one core that takes and how much memory a call holds. Each round is one second of all the calls.
func BenchmarkSixtyFourCalls(b *testing.B) {
	const calls = 64
	x := New(Options{PostDial: time.Millisecond})
	defer x.Close()
	before := memoryInUse()
	var running, ended sync.WaitGroup
	var octets atomic.Int64
	running.Add(calls)
	for i := range calls {
		caller, called := strconv.Itoa(1000+i), strconv.Itoa(2000+i)
		from, err := x.Modem(Station{Number: caller}, Habits{PowerOn: "E0"}).Open()
		if err != nil {
			b.Fatal(err)
		}
		to, err := x.Modem(Station{Number: called}, Habits{PowerOn: "E0"}).Open()
		if err != nil {
			b.Fatal(err)
		}
		ended.Go(func() { pumpFrom(from, called, running.Done) })
		ended.Go(func() { pumpTo(to, &octets) })
	}
	running.Wait()
	time.Sleep(2 * time.Second) // until every buffer is full and every receiver has trained
	memory := memoryInUse() - before
	begun, used, received := time.Now(), cpu(), octets.Load()
	for b.Loop() {
		time.Sleep(time.Second)
	}
	took := time.Since(begun)
	b.ReportMetric(float64(cpu()-used)/float64(took), "cores")
	b.ReportMetric(float64(octets.Load()-received)/calls/took.Seconds(), "octets/s/call")
	b.ReportMetric(float64(memory)/calls/1024, "KB/call")
	x.Close()
	ended.Wait()
}

// pumpFrom dials and sends zeros without end.
func pumpFrom(p *Port, number string, started func()) {
	script := bufferedScript{p: p}
	script.do("AT+FCLASS=1", "OK")
	script.do("ATD"+number, "CONNECT")
	script.wait("NO CARRIER")
	script.do("AT+FTM=145", "CONNECT")
	started()
	go drain(p)
	for page := make([]byte, 2000); ; {
		if _, err := p.Write(page); err != nil {
			return
		}
	}
}

// pumpTo answers, receives and counts.
func pumpTo(p *Port, octets *atomic.Int64) {
	script := bufferedScript{p: p}
	script.do("AT+FCLASS=1", "OK")
	script.wait("RING")
	script.do("ATA", "CONNECT")
	time.Sleep(500 * time.Millisecond)
	script.do("\x10\x03AT+FRM=145", "CONNECT") // no frame, only flags
	for b := make([]byte, 512); ; {
		n, err := p.Read(b)
		if err != nil {
			return
		}
		octets.Add(int64(n))
	}
}

// bufferedScript writes commands and skips what comes before the answer it wants.
type bufferedScript struct {
	p   *Port
	got []byte
}

func (s *bufferedScript) do(command, want string) {
	s.p.Write([]byte(command + "\r"))
	s.wait(want)
}

func (s *bufferedScript) wait(want string) {
	var b [512]byte
	for !bytes.Contains(s.got, []byte(want)) {
		n, err := s.p.Read(b[:])
		if err != nil {
			return
		}
		s.got = append(s.got, b[:n]...)
	}
	s.got = nil
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func memoryInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
