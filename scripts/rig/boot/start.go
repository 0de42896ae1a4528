package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"faxbox/fax/exchange"
)

// start is the first scene: an ordinary start.
func start(s *stage) {
	s.give("# as a person would write it", `hostname = "fax-test"  # of the second floor`, `timezone = "Europe/Berlin"`,
		`administrator_code = "4R5D-2G81"`, `wifi_ssid = "Office"`, `wifi_password = "quiet zebra 77"`, `wifi_country = "DE"`,
		fmt.Sprintf(`light = "%s:6"`, chip), fmt.Sprintf(`line_relay = "%s:1"`, chip), fmt.Sprintf(`ring_detector = "%s:0"`, chip), `colour = "beige"`)
	s.on()
	answer, err := browser.Get(fmt.Sprintf("http://127.0.0.1:%d/inbox?page=2", s.http))
	s.must(err)
	answer.Body.Close()
	s.check(answer.StatusCode == http.StatusPermanentRedirect && answer.Header.Get("Location") == "https://127.0.0.1/inbox?page=2",
		"http leads to https: %s %s", answer.Status, answer.Header.Get("Location"))
	answer, err = browser.Get(s.url("/"))
	s.must(err)
	answer.Body.Close()
	s.check(answer.StatusCode < 400, "the page over https: %s", answer.Status)

	s.check(s.in("hostname") == "fax-test", "host name of faxbox.toml")
	s.check(strings.HasPrefix(s.in("date +%Z"), "CE"), "time zone of faxbox.toml: %s", s.in("date +%Z"))
	s.takenOver()
	var mib int
	err = until(context.Background(), time.Minute, func() (bool, error) { // it grows while the box works
		fmt.Sscan(s.in("df -m --output=size /data | tail -1"), &mib)
		return mib > 1000, nil
	})
	s.check(err == nil, "the data partition has grown to %d MiB", mib)
	s.check(s.in("systemctl --failed --no-legend --plain") == "", "no unit failed %s", s.in("systemctl --failed --no-legend --plain"))
	exposure := s.in("systemd-analyze security --no-pager faxbox.service | tail -1")
	var figure float64
	if _, after, ok := strings.Cut(exposure, "faxbox.service: "); ok {
		fmt.Sscan(after, &figure)
	}
	s.check(figure > 0 && figure <= 1.5, "exposure %.1f, 1.5 at most", figure)
	fmt.Printf("    %s\n", strings.ReplaceAll(s.in("systemd-analyze; systemctl show faxbox -p MemoryCurrent -p NRestarts; free -m | head -2; FAXBOX_SOCKET=/run/faxbox/faxbox.sock faxbox version"), "\n", "\n    "))
	s.powerOff()
}

// takenOver checks what has become of faxbox.toml.
func (s *stage) takenOver() {
	files := strings.Fields(s.in("ls /boot"))
	s.check(!slices.Contains(files, "faxbox.toml") && slices.Contains(files, "faxbox.toml.example"), "faxbox.toml is gone from the boot partition, its example is there")
	told := s.in("cat /boot/faxbox-errors.txt")
	s.check(strings.Contains(told, "there is no setting colour"), "faxbox-errors.txt: %s", strings.TrimSpace(told))
	s.check(s.in("journalctl -b -u faxbox-setup -o cat --no-pager | grep -c 'no setting colour'") == "1", "the journal tells it, too")
	s.check(s.in("journalctl -b -u faxbox -o cat --no-pager | grep -c 'code to make one is 4R5D-2G81'") == "1", "the administrator is made with the code of faxbox.toml")
	tells := func(text string) bool {
		return until(context.Background(), time.Minute, func() (bool, error) { return strings.Contains(s.in("cat /boot/faxbox-code.txt"), text), nil }) == nil
	}
	s.check(tells("    4R5D-2G81\r\n"), "faxbox-code.txt tells the code")
	where := s.in("grep -rl 'quiet zebra 77' /data /etc /run/faxbox* /boot; . /run/faxbox-slot.env; grep -lF 'quiet zebra 77' $BOOTDEV; true")
	s.check(where == "", "the password of the Wi-Fi is nowhere any more: %s", where)
	s.check(s.in("grep -c psk=[0-9a-f] /etc/wpa_supplicant/wpa_supplicant-wlan0.conf") == "1", "the Wi-Fi has a key")
	ctx := context.Background()
	o := s.enter(ctx)
	l := newLine(exchange.New(exchange.Options{}), 1)
	s.must(l.plugIn(s.machine))
	list, err := o.ports(ctx, s.patience, 1)
	s.must(err)
	s.must(until(ctx, time.Minute, func() (bool, error) {
		list, err = o.ports(ctx, s.patience, 1)
		return err == nil && list[0].RingDetector != "", err
	}))
	s.check(list[0].LineRelay == chip+":1" && list[0].RingDetector == chip+":0", "the first modem has the GPIO lines of faxbox.toml: %s, %s", list[0].LineRelay, list[0].RingDetector)
	s.in("echo a password of some length | faxbox password")
	s.check(tells("has an administrator"), "faxbox-code.txt: %s", strings.Join(strings.Fields(s.in("cat /boot/faxbox-code.txt")), " "))
	light := s.gpio.changes(6, time.Time{})
	s.check(len(light) > 0, "the light is lit: it has changed %d times", len(light))
}
