package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// eraseLimit is how long it may take from the command until the box begins as on its first day.
const eraseLimit = time.Minute

// erases is the scene of a box that is given away. What is on the card then is looked at on this computer: nobody gets in.
func erases(s *stage) {
	s.give(`administrator_code = "4R5D-2G81"`, `hostname = "secret-name"`)
	s.on()
	s.in("head -c 50000 /dev/urandom >/run/page; cd /data/state/messages && mkdir $(seq 100000 109999) && " +
		"for n in $(seq 100000 500 109999); do tee $(seq -f %.0f/1.tiff $n $((n + 499))) </run/page >/dev/null || exit; done; chown -R faxbox:faxbox .; sync")
	fmt.Printf("    %s\n", s.in("echo $(ls /data/state/messages | wc -l) folders of faxes, $(du -sm /data | cut -f1) MiB"))
	began := time.Now()
	fmt.Printf("    %s\n", s.in("faxbox erase --yes; true"))
	s.must(s.switchedOff(s.patience))
	erased := time.Since(began)
	s.must(s.switchOn())
	took, err := s.ready(s.patience)
	s.must(err)
	s.check(time.Since(began) < eraseLimit, "erased after %.1f s, ready again %.1f s after that", erased.Seconds(), took.Seconds())
	answer, err := browser.Get(s.url("/"))
	s.must(err)
	answer.Body.Close()
	s.check(answer.StatusCode == http.StatusSeeOther && answer.Header.Get("Location") == "/start", "the page: %s %s", answer.Status, answer.Header.Get("Location"))
	time.Sleep(5 * time.Second) // the code is told on the card
	s.pullPlug()

	code, err := exec.Command("mtype", "-i", s.card+"@@4M", "::faxbox-code.txt").Output()
	s.check(err == nil && strings.Contains(string(code), "-") && !strings.Contains(string(code), "4R5D-2G81"), "a new code: %s", strings.Join(strings.Fields(string(code)), " "))
	data, err := s.dataPartition(s.card)
	s.must(err)
	for _, folder := range []string{"/state/messages", "/etc"} {
		list, err := exec.Command("debugfs", "-R", "ls -p "+folder, data).Output()
		s.must(err)
		left := 0
		for line := range strings.Lines(string(list)) {
			if name := strings.Split(line, "/"); len(name) > 5 && name[5] != "." && name[5] != ".." && name[5] != "" {
				left++
			}
		}
		s.check(left == 0, "%s holds %d files", folder, left)
	}
}
