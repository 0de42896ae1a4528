package setup

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"faxbox/hal"
)

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeKeyFakeKeyFakeKeyFakeKeyFakeKeyFakeKeyF me@desk"

func TestRead(t *testing.T) {
	file := "\ufeff# of the second floor\r\nhostname = \"fax-2\" # a remark\r\n\r\n  timezone=\"Europe/Berlin\"\r\n" +
		`ssh_key = "` + key + `"
administrator_code = "2PBL-88KD"
wifi_ssid = "Büro \"2\""
wifi_password = "with \\ and # in it"
wifi_country = "DE"
line_relay = "pinctrl-bcm2835:27,low"
ring_detector = "pinctrl-bcm2835:17"
light = ""
`
	got, problems, err := Read(strings.NewReader(file))
	if err != nil || problems != nil {
		t.Fatal(problems, err)
	}
	want := Settings{
		Hostname: "fax-2", Timezone: "Europe/Berlin", SSHKey: key, AdministratorCode: "2PBL-88KD",
		WiFi:         WiFi{SSID: `Büro "2"`, Password: `with \ and # in it`, Country: "DE"},
		LineRelay:    hal.Line{Chip: "pinctrl-bcm2835", Offset: 27, ActiveLow: true},
		RingDetector: hal.Line{Chip: "pinctrl-bcm2835", Offset: 17},
	}
	if got != want {
		t.Errorf("%+v", got)
	}
	const environment = "FAXBOX_LINE_RELAY=pinctrl-bcm2835:27,low\nFAXBOX_RING_DETECTOR=pinctrl-bcm2835:17\n"
	if got.Environment() != environment {
		t.Errorf("%q", got.Environment())
	}
}

// The editor of Windows saves a file as UTF-16 if it is asked for "Unicode".
func TestReadUTF16(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		var file []byte
		for _, unit := range utf16.Encode([]rune("\ufeffhostname = \"fax-2\"\r\nwifi_ssid = \"Büro 📠\"\r\nwifi_country = \"DE\"\r\nwhat\r\n")) {
			file = order.AppendUint16(file, unit)
		}
		got, problems, err := Read(bytes.NewReader(append(file, 0))) // and half a unit
		if err != nil || len(problems) == 0 || problems[0].Line != 4 || got.Hostname != "fax-2" || got.WiFi.SSID != "Büro 📠" {
			t.Errorf("%s: %+v, %v, %v", name, got, problems, err)
		}
	}
}

// Each of these is left out and told by its line; the others count.
func TestProblems(t *testing.T) {
	for file, says := range map[string]string{
		`hostname = fax`:                       `line 1: write it as key = "value"`,
		`hostname = "fax" more`:                `line 1: write it as`,
		`hostname = 'fax'`:                     `line 1: write it as`,
		"hostname = “fax”":                     `line 1: write straight quotes`,
		"hostname = „fax“":                     `line 1: write straight quotes`,
		`wifi_password = "C:\Users"`:           `line 1: within the quotes write \\ for \`,
		"\nwifi_ssid = \"B\xfcro\"":            `line 2: a letter cannot be read: save the file as UTF-8`,
		`[wifi]`:                               `line 1: write it as`,
		"\n\nhostnam = \"fax\"":                `line 3: there is no setting hostnam; there are administrator_code, button, hostname`,
		`hostname = "two words"`:               `line 1: hostname: "two words" is no name`,
		"hostname = \"a\"\nhostname = \"b\"":   `line 2: hostname is there twice`,
		`timezone = "Mars/Phobos"`:             `no time zone`,
		`timezone = "../../etc/passwd"`:        `no time zone`,
		`timezone = "Local"`:                   `no time zone`,
		`wifi_country = "de"`:                  `two capital letters`,
		`wifi_password = "geheimer"`:           `without wifi_ssid`,
		`wifi_ssid = "x"`:                      `wifi_country is missing`,
		`line_relay = "GPIO27"`:                `is no GPIO line`,
		`administrator_code = "1234"`:          `the code has 8`,
		`ssh_key = "ssh-ed25519 AAAA"`:         `not the whole`,
		`ssh_key = "id_ed25519.pub"`:           `no public key`,
		`ssh_key = "command=\"x\" ssh-rsa AA"`: `no public key`,
	} {
		_, problems, err := Read(strings.NewReader(file))
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0].String(), says) {
			t.Errorf("%q: %v, %v", file, problems, err)
		}
	}
}

// What is secret is not repeated in what is told.
func TestProblemsKeepSecrets(t *testing.T) {
	_, problems, err := Read(strings.NewReader("wifi_password = \"geheim\"\nadministrator_code = \"geheim\""))
	if err != nil || len(problems) != 2 {
		t.Fatal(problems, err)
	}
	for _, p := range problems {
		if strings.Contains(p.String(), "geheim") {
			t.Error(p)
		}
	}
}

// The example that comes with the image has every setting, and once its remarks are taken away it is right.
func TestExample(t *testing.T) {
	text, err := os.ReadFile("../../image/faxbox.toml.example")
	if err != nil {
		t.Fatal(err)
	}
	var plain strings.Builder
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "#"); ok && strings.Contains(line, `= "`) {
			line = rest
		}
		plain.WriteString(line)
	}
	s, problems, err := Read(strings.NewReader(plain.String()))
	if err != nil || problems != nil {
		t.Error(problems, err)
	}
	for name := range s.keys() {
		if !strings.Contains(plain.String(), "\n"+name+" = ") {
			t.Errorf("%s is not in the example", name)
		}
	}
}

// The test vector of IEEE 802.11, annex J.4.
func TestWPASupplicant(t *testing.T) {
	text, err := WiFi{SSID: "IEEE", Password: "password", Country: "US"}.WPASupplicant()
	const psk = "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n"
	if err != nil || !strings.Contains(text, psk) || strings.Contains(text, "password") || !strings.Contains(text, "ssid=49454545\n") {
		t.Error(text, err)
	}
	if text, err := (WiFi{SSID: "open"}).WPASupplicant(); err != nil || !strings.Contains(text, "key_mgmt=NONE") {
		t.Error(text, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("hostname = \"fax\"\nwifi_ssid = \"a\\\"b\"")
	f.Add("\xff\xfea\x00 \x00=\x00")
	f.Fuzz(func(t *testing.T, file string) {
		s, problems, err := Read(strings.NewReader(file))
		if err == nil && len(problems) > mostProblems+2 {
			t.Errorf("%d problems", len(problems))
		}
		for _, value := range []string{s.Hostname, s.Timezone, s.SSHKey, s.WiFi.SSID, s.Environment()} {
			if strings.ContainsAny(strings.TrimSuffix(value, "\n"), "\x00\r") {
				t.Errorf("%q", value)
			}
		}
	})
}
