// Command boot switches the built image on in QEMU and tries it as its owner would, and as bad luck would: scene by scene,
// each on a new card.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// scene is one story of a box.
type scene struct {
	name, about string
	long        bool // not among the quick ones
	play        func(*stage)
}

var scenes = []scene{
	{"start", "boots, answers, has taken over faxbox.toml, grows its card, is confined, goes off", false, start},
	{"fax", "a modem is plugged in, a fax comes in and one goes out, and somebody calls while the box starts", false, faxes},
	{"audio", "the same over real modem audio, with a machine that has nothing of ours", true, audio},
	{"unplug", "a modem is pulled out in mid-call, and comes back", false, unplug},
	{"faults", "the program is killed, stopped, hangs; the card is full, or read-only; the clock is wrong", true, faults},
	{"update", "an update is put into the other slot, tried and chosen; one that does not start falls back", true, updates},
	{"wedged", "an update that starts and does not work falls back", true, wedged},
	{"update-cuts", "the plug is pulled while an update is written and tried: the box always starts", true, updateCuts},
	{"erase", "a box is erased, with many faxes in it, and begins as on its first day", true, erases},
	{"render", "a PDF becomes pages at once: what turns it into them is compiled", false, renders},
	{"watchdog", "a dead kernel is reset, and an emergency restarts", true, watchdog},
	{"idle", "what a box with nothing to do writes and needs", true, idle},
	{"plug-pulled", "the plug is pulled again and again while faxes arrive", false, cuts},
}

func main() {
	log.SetFlags(0)
	image := flag.String("image", "image/build/faxbox.img", "the image; the files that QEMU boots lie beside it")
	patience := flag.Duration("patience", 5*time.Minute, "how long one start may take")
	often := flag.Int("cuts", 0, "how often the plug is pulled (default 3; with full 100)")
	shell := flag.Bool("shell", false, "leave the box on after the scenes, and tell how to get in, until Enter is pressed; without a scene it only starts")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "scripts/boot [-image FILE] [SCENE...|full]")
		for _, s := range scenes {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-10s %s\n", s.name, s.about)
		}
	}
	flag.Parse()
	failed := false
	list := chosen(flag.Args())
	if *often == 0 {
		*often = 3
		if slices.Equal(flag.Args(), []string{"full"}) {
			*often = 100
		}
	}
	if *shell && flag.NArg() == 0 {
		list = []scene{{name: "shell", play: func(s *stage) { s.give(); s.on() }}}
	}
	for _, s := range list {
		fmt.Printf("=== %s\n", s.name)
		if err := onStage(stage{image: *image, patience: *patience, shell: *shell, cuts: *often}, s); err != nil {
			fmt.Printf("!!! %s: %v\n", s.name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// chosen are the scenes of these names.
func chosen(names []string) []scene {
	if slices.Equal(names, []string{"full"}) {
		return scenes
	}
	if len(names) == 0 {
		return slices.DeleteFunc(slices.Clone(scenes), func(s scene) bool { return s.long })
	}
	var list []scene
	for _, name := range names {
		i := slices.IndexFunc(scenes, func(s scene) bool { return s.name == name })
		if i < 0 {
			log.Fatalf("there is no scene %q; scripts/boot -help tells them", name)
		}
		list = append(list, scenes[i])
	}
	return list
}

// stage is where a scene plays: a board with a card of its own.
type stage struct {
	*machine
	image    string
	patience time.Duration // how long one start may take
	shell    bool          // leave the box on at the end
	cuts     int           // how often the plug is pulled
	failures int
}

// stop is what a scene panics with when it cannot go on.
type stop struct{ error }

// onStage plays a scene and tells whether all of it was as it should be.
func onStage(st stage, s scene) (err error) {
	dir, err := os.MkdirTemp("", "faxbox-boot-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	st.machine = &machine{dir: dir, base: strings.TrimSuffix(st.image, ".img"), card: filepath.Join(dir, "card.img")}
	defer func() {
		if st.cmd != nil && st.shell {
			fmt.Printf("ssh -i %s -p %d root@127.0.0.1   %s\n", st.file("key"), st.ssh, st.url("/"))
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // or its end
		}
		if st.cmd != nil && st.cmd.Process != nil {
			st.pullPlug()
		}
		if s, ok := recover().(stop); ok {
			err = fmt.Errorf("%w\n%s", s, st.console())
		}
	}()
	st.must(exec.Command("cp", "--sparse=always", st.image, st.card).Run())
	st.must(os.Truncate(st.card, 2<<30)) // a card of 2 GiB
	s.play(&st)
	if st.failures > 0 {
		return fmt.Errorf("%d things are not as they should be", st.failures)
	}
	return nil
}

func (s *stage) must(err error) {
	if err != nil {
		panic(stop{err})
	}
}

// check says what was found, and notes it if it is wrong.
func (s *stage) check(ok bool, format string, args ...any) {
	mark := "    "
	if !ok {
		mark = "!!! "
		s.failures++
	}
	fmt.Printf("%s%s\n", mark, fmt.Sprintf(format, args...))
}

// give puts faxbox.toml with these lines, and a key for SSH, on the boot partition, as whoever writes the card would.
func (s *stage) give(lines ...string) {
	s.must(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.file("key")).Run())
	key, err := os.ReadFile(s.file("key.pub"))
	s.must(err)
	lines = append(lines, fmt.Sprintf("ssh_key = %q", strings.TrimSpace(string(key))))
	s.must(os.WriteFile(s.file("faxbox.toml"), []byte(strings.Join(lines, "\r\n")+"\r\n"), 0o600))
	s.must(exec.Command("mcopy", "-o", "-i", s.card+"@@4M", s.file("faxbox.toml"), "::faxbox.toml").Run())
}

// on switches the board on and waits for the box.
func (s *stage) on() {
	s.must(s.switchOn())
	took, err := s.ready(s.patience)
	s.must(err)
	fmt.Printf("    ready %.1f s after power-on, for which QEMU took %.1f s of processor time\n", took.Seconds(), s.work().Seconds())
}

// in runs a command in the box and yields what it printed.
func (s *stage) in(command string) string {
	out, err := s.run(command)
	if err != nil && out == "" {
		s.must(fmt.Errorf("%s: %w", command, err))
	}
	return out
}

// powerOff has the box switch itself off.
func (s *stage) powerOff() {
	began := time.Now()
	_, _ = s.run("systemctl poweroff") // the connection ends with it
	err := s.switchedOff(s.patience)
	s.check(err == nil, "goes off in %.1f s", time.Since(began).Seconds())
}

// sinceKernel is how long after the kernel's start the service said that it is ready, in seconds.
func (s *stage) sinceKernel() float64 {
	var microseconds float64
	fmt.Sscan(s.in("systemctl show faxbox --value -p ActiveEnterTimestampMonotonic"), &microseconds)
	return microseconds / 1e6
}
