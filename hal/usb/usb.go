// Package usb finds the modems on USB: which serial devices are modems, by what the kernel tells of them in sysfs, and when
// one comes or goes. It opens none of them: opening the wrong device resets somebody's machine.
//
// A modem is known for ever by the socket it is plugged into (the path of hubs and ports from the root) together with its
// vendor, product and serial number. Cheap modems have no serial number, or all the same one, so two equal ones keep their
// numbers by their sockets; another make in the same socket is another modem.
package usb

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Modem is a serial device on USB.
type Modem struct {
	Key     string // what it is known by for ever: "usb:1-1.2:1.0:0572:1329:24680246"
	Path    string // where it is now: "/dev/ttyACM0"
	ID      string // vendor and product, in hex: "0572:1329"
	Product string // what it calls itself, with its maker; may be empty
	Certain bool   // it says that it is a modem; else it is an adapter, with anything or nothing behind it
	Socket  string // the path of hubs and ports: "1-1.2"
}

// Scan finds the serial devices on USB, in the order of their keys. Sys is where sysfs is mounted: "/sys".
func Scan(sys string) ([]Modem, error) {
	names, err := os.ReadDir(filepath.Join(sys, "class", "tty"))
	if err != nil {
		return nil, fmt.Errorf("usb: %w", err)
	}
	var found []Modem
	for _, n := range names {
		if m, ok := look(sys, n.Name()); ok {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b Modem) int { return cmp.Compare(a.Key, b.Key) })
	return found, nil
}

// usbInterface is the name of an interface of a device: bus, ports, configuration, interface.
var usbInterface = regexp.MustCompile(`^(\d+-\d+(?:\.\d+)*):(\d+\.\d+)$`)

// look tells whether a terminal is a serial device on USB. A device that goes while it is looked at is none.
func look(sys, tty string) (Modem, bool) {
	dir, err := filepath.EvalSymlinks(filepath.Join(sys, "class", "tty", tty, "device"))
	if err != nil {
		return Modem{}, false // a console, or a pseudo terminal
	}
	// ttyACM0's device is the interface; ttyUSB0's is a port beneath it.
	for range 2 {
		if parts := usbInterface.FindStringSubmatch(filepath.Base(dir)); parts != nil {
			return describe(dir, tty, parts[1], parts[2])
		}
		dir = filepath.Dir(dir)
	}
	return Modem{}, false
}

// describe reads what the kernel tells of an interface.
func describe(dir, tty, socket, number string) (Modem, bool) {
	device := filepath.Dir(dir)
	vendor, product := attribute(device, "idVendor"), attribute(device, "idProduct")
	if !hex4.MatchString(vendor) || !hex4.MatchString(product) {
		return Modem{}, false
	}
	id := vendor + ":" + product
	return Modem{
		Key:     strings.Join([]string{"usb", socket, number, id, attribute(device, "serial")}, ":"),
		Path:    "/dev/" + tty,
		ID:      id,
		Product: strings.TrimSpace(attribute(device, "manufacturer") + " " + attribute(device, "product")),
		Certain: slices.Contains(makers, vendor) && modemInterface(dir),
		Socket:  socket,
	}, true
}

var hex4 = regexp.MustCompile(`^[0-9a-f]{4}$`)

// makers are vendors of modems. What an interface says is not enough: microcontrollers with a serial console say the same,
// and are reset when they are opened.
var makers = []string{
	"0572", // Conexant, inside the modems of many brands
	"06e0", // Multi-Tech
	"0803", // Zoom
	"0baf", // U.S. Robotics
}

// modemInterface tells whether an interface speaks AT commands over the abstract control model: class 02, subclass 02,
// protocol 01 (CDC 1.2, tables 2 to 4 of PSTN 1.2).
func modemInterface(dir string) bool {
	return attribute(dir, "bInterfaceClass") == "02" && attribute(dir, "bInterfaceSubClass") == "02" && attribute(dir, "bInterfaceProtocol") == "01"
}

// longest is how much is read of an attribute: the kernel's page, less than which a USB string is.
const longest = 256

// attribute is an attribute of a device, empty if it has none. A device may put anything into its strings.
func attribute(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	text := make([]byte, longest)
	n, err := f.Read(text)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(string(text[:n]), "")))
}

func printable(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return ' '
	case r < ' ', r == 0x7F:
		return -1
	}
	return r
}
