package usb

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// tree is a sysfs of our own.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) tree {
	t.Helper()
	s := tree{t, t.TempDir()}
	s.dir("class/tty")
	s.dir("devices/virtual/tty/ptmx")
	s.link("class/tty/ptmx", "../../devices/virtual/tty/ptmx")
	s.dir("devices/platform/serial0/tty/ttyAMA0")
	s.link("devices/platform/serial0/tty/ttyAMA0/device", "../../../serial0")
	s.link("class/tty/ttyAMA0", "../../devices/platform/serial0/tty/ttyAMA0")
	return s
}

func (s tree) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s tree) dir(name string) {
	s.t.Helper()
	s.check(os.MkdirAll(filepath.Join(s.root, name), 0o755))
}
func (s tree) link(name, to string) {
	s.t.Helper()
	s.check(os.Symlink(to, filepath.Join(s.root, name)))
}
func (s tree) remove(tty string) {
	s.t.Helper()
	s.check(os.Remove(filepath.Join(s.root, "class/tty", tty)))
}
func (s tree) write(name, text string) {
	s.t.Helper()
	s.check(os.WriteFile(filepath.Join(s.root, name), []byte(text+"\n"), 0o644))
}

// attributes of a device in the order vendor, product, serial, manufacturer, product's name.
type attributes [5]string

var (
	conexant = attributes{"0572", "1329", "24680246", "Conexant", "USB Modem"}
	usr      = attributes{"0baf", "0303", "0", "U.S.Robotics", "USR5637"}
	ftdi     = attributes{"0403", "6001", "A1", "QEMU", "QEMU USB SERIAL"}
)

func (s tree) device(socket string, a attributes) string {
	s.t.Helper()
	dir := "devices/pci/usb1/" + socket
	s.dir(dir)
	for i, name := range []string{"idVendor", "idProduct", "serial", "manufacturer", "product"} {
		if a[i] != "" {
			s.write(dir+"/"+name, a[i])
		}
	}
	return dir
}

// acm plugs in a device whose interface 1.0 is class 02, subclass 02 and this protocol.
func (s tree) acm(tty, socket, protocol string, a attributes) {
	s.t.Helper()
	dir := s.device(socket, a) + "/" + socket + ":1.0"
	s.dir(dir + "/tty/" + tty)
	s.write(dir+"/bInterfaceClass", "02")
	s.write(dir+"/bInterfaceSubClass", "02")
	s.write(dir+"/bInterfaceProtocol", protocol)
	s.link(dir+"/tty/"+tty+"/device", "../../../"+socket+":1.0")
	s.link("class/tty/"+tty, "../../"+dir+"/tty/"+tty)
}

// adapter plugs in a converter to RS-232.
func (s tree) adapter(tty, socket string, a attributes) {
	s.t.Helper()
	dir := s.device(socket, a) + "/" + socket + ":1.0"
	s.dir(dir + "/" + tty + "/tty/" + tty)
	s.write(dir+"/bInterfaceClass", "ff")
	s.link(dir+"/"+tty+"/tty/"+tty+"/device", "../../../"+tty)
	s.link("class/tty/"+tty, "../../"+dir+"/"+tty+"/tty/"+tty)
}

func TestScan(t *testing.T) {
	s := newTree(t)
	s.acm("ttyACM0", "1-1.2", "01", conexant)
	s.acm("ttyACM1", "1-1.3", "01", conexant) // an equal one
	s.acm("ttyACM2", "1-1.4.1", "01", attributes{"2341", "0043", "", "Arduino", "Uno"})
	s.adapter("ttyUSB0", "2-1", ftdi)
	got, err := Scan(s.root)
	if err != nil {
		t.Fatal(err)
	}
	want := []Modem{
		{"usb:1-1.2:1.0:0572:1329:24680246", "/dev/ttyACM0", "0572:1329", "Conexant USB Modem", true, "1-1.2"},
		{"usb:1-1.3:1.0:0572:1329:24680246", "/dev/ttyACM1", "0572:1329", "Conexant USB Modem", true, "1-1.3"},
		{"usb:1-1.4.1:1.0:2341:0043:", "/dev/ttyACM2", "2341:0043", "Arduino Uno", false, "1-1.4.1"},
		{"usb:2-1:1.0:0403:6001:A1", "/dev/ttyUSB0", "0403:6001", "QEMU QEMU USB SERIAL", false, "2-1"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, err := Scan(filepath.Join(s.root, "none")); err == nil {
		t.Error("no sysfs, and no error")
	}
}

// A device puts anything into its strings: they stay one short line.
func TestHostileStrings(t *testing.T) {
	s := newTree(t)
	s.acm("ttyACM0", "1-1", "01", attributes{"0572", "1329", "a\nb\x1b[2J\xff", strings.Repeat("x", 5000), "<script>"})
	s.acm("ttyACM1", "1-2", "01", attributes{"../x", "1329", "", "", ""})
	got, err := Scan(s.root)
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if m := got[0]; m.Key != "usb:1-1:1.0:0572:1329:a b[2J" || len(m.Product) > 2*longest || strings.ContainsAny(m.Key+m.Product, "\n\x1b") {
		t.Errorf("%+v", m)
	}
}

// watch runs a watcher; told is what it has told since it was asked last: "+ttyACM0 0572:1329", and "-" for one that went.
func watch(t *testing.T, s tree, wake chan struct{}) (told func() []string) {
	var mu sync.Mutex
	var list []string
	note := func(sign string) func(Modem) {
		return func(m Modem) {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, sign+strings.TrimPrefix(m.Path, "/dev/")+" "+m.ID)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Watcher{Sys: s.root, Wake: wake, Come: note("+"), Go: note("-"), Wanted: func(m Modem) bool { return m.ID != "2341:0043" }}.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		now := list
		list = nil
		return now
	}
}

// Modems are told of as they come and go, once each, soon after the kernel's last word; without it, within half a minute.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTree(t)
		s.acm("ttyACM0", "1-1", "01", conexant)
		s.acm("ttyACM9", "1-9", "01", attributes{"2341", "0043", "", "", ""})
		wake := make(chan struct{})
		told := watch(t, s, wake)
		expect := func(when string, want ...string) {
			t.Helper()
			if got := told(); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		expect("at the start", "+ttyACM0 0572:1329")
		s.acm("ttyACM1", "1-2", "01", usr)
		for range 20 { // a storm of events
			wake <- struct{}{}
			time.Sleep(calm / 2)
		}
		expect("while devices change")
		time.Sleep(calm)
		expect("a second one", "+ttyACM1 0baf:0303")
		s.remove("ttyACM0")
		time.Sleep(often)
		expect("an event that was lost", "-ttyACM0 0572:1329")
		s.remove("ttyACM1")
		s.adapter("ttyACM1", "1-3", ftdi) // another one has taken its name
		wake <- struct{}{}
		time.Sleep(2 * calm)
		expect("exchanged", "-ttyACM1 0baf:0303", "+ttyACM1 0403:6001")
		s.check(os.RemoveAll(filepath.Join(s.root, "class")))
		time.Sleep(often)
		expect("sysfs cannot be read")
		close(wake)
		s.dir("class/tty")
		time.Sleep(often)
		expect("and can again, and the events have ended", "-ttyACM1 0403:6001")
	})
}

func TestEvents(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	wake, err := Events(ctx)
	if err != nil {
		t.Skip("the kernel's events cannot be had here: ", err)
	}
	stop()
	for range wake { // ends when the socket is closed
	}
}
