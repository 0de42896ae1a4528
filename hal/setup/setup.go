// Package setup reads faxbox.toml, in which whoever writes the SD card may say how the box begins: its name, its network, the
// code that makes the first administrator, and which GPIO lines its parts hang on. Of TOML it takes what such a file needs:
// lines KEY = "VALUE", remarks, and nothing else. A parser of all of TOML gives the file up at its first error; here one line
// that is wrong leaves the Wi-Fi of the next one standing, and is told in words for who has never seen such a file.
package setup

import (
	"bytes"
	"cmp"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"faxbox/hal"
)

// Settings are what the file says. What it does not say is zero.
type Settings struct {
	Hostname          string
	Timezone          string // of the IANA table: "Europe/Berlin"
	SSHKey            string // a line of authorized_keys
	AdministratorCode string
	WiFi              WiFi

	LineRelay, PowerRelay, RingDetector hal.Line // of the first telephone line
	Light, Button                       hal.Line
}

// WiFi is a network to join.
type WiFi struct {
	SSID, Password string
	Country        string // two capital letters: which channels are allowed
}

// Problem is a line that was not understood and is left out.
type Problem struct {
	Line int // from 1; 0: of the file as a whole
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// Limits of the file: what is longer was not written by a person.
const (
	longestFile  = 64 << 10
	mostProblems = 20
)

// Read reads the file, in UTF-8 or UTF-16. A line that is wrong is left out and told; it does not keep the others from counting. The error is
// that of the reader.
func Read(r io.Reader) (s Settings, problems []Problem, err error) {
	data, err := io.ReadAll(io.LimitReader(r, longestFile))
	if err != nil {
		return s, nil, err
	}
	keys, set, n := s.keys(), map[string]bool{}, 0
	for line := range strings.Lines(decode(data)) {
		n++
		if wrong := take(strings.TrimSpace(line), keys, set); wrong != "" {
			problems = append(problems, Problem{n, wrong})
		}
		if len(problems) == mostProblems {
			break
		}
	}
	if s.WiFi.Password != "" && s.WiFi.SSID == "" {
		problems = append(problems, Problem{0, "wifi_password is of no use without wifi_ssid"})
	}
	if s.WiFi.SSID != "" && s.WiFi.Country == "" {
		problems = append(problems, Problem{0, "wifi_country is missing: without it not all channels may be used"})
	}
	return s, problems, nil
}

// take takes a line, and says what is wrong with it; empty: nothing. Set are the keys that were there.
func take(line string, keys map[string]func(string) error, set map[string]bool) (wrong string) {
	if line == "" || line[0] == '#' {
		return ""
	}
	parts := assignment.FindStringSubmatch(line)
	if parts == nil || !utf8.ValidString(line) {
		return misread(line)
	}
	key, value := parts[1], unescape.Replace(parts[2])
	accept, known := keys[key]
	switch {
	case !known:
		return fmt.Sprintf("there is no setting %s; there are %s", key, strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
	case set[key]:
		return key + " is there twice; the first one counts"
	}
	set[key] = true
	if value == "" {
		return "" // as if it were not there
	}
	if err := accept(value); err != nil {
		return fmt.Sprintf("%s: %v", key, err)
	}
	return ""
}

// decode is the file in UTF-8, whichever way the editor of Windows saved it.
func decode(data []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return strings.TrimPrefix(string(data), "\ufeff")
	}
	var units []uint16
	for pair := range slices.Chunk(data[2:len(data)&^1], 2) {
		units = append(units, order.Uint16(pair))
	}
	return string(utf16.Decode(units))
}

// misread is what to do about a line that is no assignment.
func misread(line string) string {
	switch {
	case !utf8.ValidString(line):
		return "a letter cannot be read: save the file as UTF-8"
	case strings.ContainsAny(line, "“”„‟«»"):
		return `write straight quotes, as in key = "value"`
	case quoted.MatchString(line):
		return `within the quotes write \\ for \ and \" for "`
	}
	return `write it as key = "value", the value between two quotes`
}

// quoted is an assignment but for what stands between its quotes.
var quoted = regexp.MustCompile(`^[A-Za-z0-9_-]+\s*=\s*".*\\.*"\s*(?:#.*)?$`)

// assignment is a key and a basic string of TOML, perhaps with a remark behind it.
var assignment = regexp.MustCompile(`^([A-Za-z0-9_-]+)\s*=\s*"((?:[^"\\]|\\["\\])*)"\s*(?:#.*)?$`)

// unescape undoes the two escapes that assignment lets through.
var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// keys are what can be said, and what takes it.
func (s *Settings) keys() map[string]func(string) error {
	text := func(to *string, must *regexp.Regexp, else_ string) func(string) error {
		return func(value string) error {
			if !must.MatchString(value) {
				return fmt.Errorf("%q %s", value, else_)
			}
			*to = value
			return nil
		}
	}
	line := func(to *hal.Line) func(string) error {
		return func(value string) error { return to.UnmarshalText([]byte(value)) }
	}
	return map[string]func(string) error{
		"hostname":           text(&s.Hostname, hostname, "is no name of a computer: 1 to 63 letters, digits and dashes"),
		"timezone":           s.takeTimezone,
		"ssh_key":            s.takeKey,
		"administrator_code": s.takeCode,
		"wifi_ssid":          text(&s.WiFi.SSID, ssid, "is no name of a network: 1 to 32 octets"),
		"wifi_password":      s.takePassword,
		"wifi_country":       text(&s.WiFi.Country, country, "is no country: two capital letters, such as DE"),
		"line_relay":         line(&s.LineRelay),
		"power_relay":        line(&s.PowerRelay),
		"ring_detector":      line(&s.RingDetector),
		"light":              line(&s.Light),
		"button":             line(&s.Button),
	}
}

var (
	hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	ssid     = regexp.MustCompile(`^(?s:[^\x00\n]{1,32})$`)
	country  = regexp.MustCompile(`^[A-Z]{2}$`)
	wpa      = regexp.MustCompile(`^[ -~]{8,63}$`)
	code     = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)
	sshKind  = regexp.MustCompile(`^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com)$`)
)

func (s *Settings) takeTimezone(value string) error {
	if _, err := time.LoadLocation(value); err != nil || value == "Local" {
		return fmt.Errorf("%q is no time zone: write one such as Europe/Berlin", value)
	}
	s.Timezone = value
	return nil
}

// takePassword does not repeat what was written: the problem is told where others can read it. So does takeCode.
func (s *Settings) takePassword(value string) error {
	if !wpa.MatchString(value) {
		return fmt.Errorf("a password of a Wi-Fi has 8 to 63 letters, digits and signs of ASCII")
	}
	s.WiFi.Password = value
	return nil
}

func (s *Settings) takeCode(value string) error {
	if !code.MatchString(value) {
		return fmt.Errorf("the code has 8 to 64 letters, digits and dashes")
	}
	s.AdministratorCode = value
	return nil
}

func (s *Settings) takeKey(value string) error {
	fields := strings.Fields(value)
	if len(fields) < 2 || !sshKind.MatchString(fields[0]) || strings.ContainsAny(value, "\n\r") {
		return fmt.Errorf("this is no public key: copy the line of a file such as id_ed25519.pub")
	}
	if blob, err := base64.StdEncoding.DecodeString(fields[1]); err != nil || len(blob) < 32 {
		return fmt.Errorf("this is not the whole of a public key: copy the line of a file such as id_ed25519.pub")
	}
	s.SSHKey = value
	return nil
}

// WPASupplicant is the configuration of wpa_supplicant. The password is not in it, but the key that is made of it and the
// network's name (IEEE 802.11, annex J.4): it opens this network and no other. Without a password the network is open.
func (w WiFi) WPASupplicant() (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "ctrl_interface=/run/wpa_supplicant\ncountry=%s\nnetwork={\n\tssid=%s\n", cmp.Or(w.Country, "00"), hex.EncodeToString([]byte(w.SSID)))
	if w.Password == "" {
		b.WriteString("\tkey_mgmt=NONE\n}\n")
		return b.String(), nil
	}
	const rounds, octets = 4096, 32
	key, err := pbkdf2.Key(sha1.New, w.Password, []byte(w.SSID), rounds, octets)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "\tpsk=%x\n}\n", key)
	return b.String(), nil
}

// Environment are the settings that the server takes from its environment, a line NAME=VALUE for each.
func (s Settings) Environment() string {
	var b strings.Builder
	for _, e := range []struct {
		name string
		line hal.Line
	}{
		{"FAXBOX_LINE_RELAY", s.LineRelay}, {"FAXBOX_POWER_RELAY", s.PowerRelay}, {"FAXBOX_RING_DETECTOR", s.RingDetector},
		{"FAXBOX_LIGHT", s.Light}, {"FAXBOX_BUTTON", s.Button},
	} {
		if e.line != (hal.Line{}) {
			fmt.Fprintf(&b, "%s=%s\n", e.name, e.line)
		}
	}
	return b.String()
}
