package slots

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// uboot runs image/boot.cmd itself: as much of U-Boot's shell as the script needs, before a card in memory.
type uboot struct {
	*testing.T
	card *plugged
	env  map[string]string
	mem  map[string][]byte // by address
	went Slot              // what was started
}

// boots is the slot that the card starts; None if there is none.
func boots(t *testing.T, card *plugged) Slot {
	t.Helper()
	lines, err := bootScript()
	if err != nil {
		t.Fatal(err)
	}
	u := &uboot{T: t, card: card, mem: map[string][]byte{}, env: map[string]string{
		"devtype": "mmc", "devnum": "0", "distro_bootpart": "1", "scriptaddr": "s", "kernel_addr_r": "k", "ramdisk_addr_r": "r", "fdt_addr": "f",
	}}
	u.run(lines)
	return u.went
}

// bootScript is the lines of boot.cmd.
var bootScript = sync.OnceValues(func() (lines []string, err error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "image", "boot.cmd"))
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, err
})

// run runs lines until something is started.
func (u *uboot) run(lines []string) {
	for i := 0; i < len(lines) && u.went == None; i++ {
		switch {
		case strings.HasPrefix(lines[i], "if "):
			end := u.block(lines, i, "if ", "fi")
			then, otherwise := u.branches(lines[i+1 : end])
			condition := strings.TrimSuffix(strings.TrimPrefix(lines[i], "if "), "; then")
			if u.command(condition) {
				u.run(then)
			} else {
				u.run(otherwise)
			}
			i = end
		case strings.HasPrefix(lines[i], "for "):
			end := u.block(lines, i, "for ", "done")
			words := u.words(strings.TrimSuffix(lines[i], "; do"))
			for _, value := range words[3:] {
				if u.went == None {
					u.env[words[1]] = value
					u.run(lines[i+1 : end])
				}
			}
			i = end
		default:
			u.command(lines[i])
		}
	}
}

// block is where what begins at a line ends.
func (u *uboot) block(lines []string, from int, opens, closes string) int {
	depth := 0
	for i := from; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], opens) {
			depth++
		}
		if lines[i] == closes {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	u.Fatalf("%s does not end", lines[from])
	return 0
}

// branches parts the inside of an if at its else.
func (u *uboot) branches(lines []string) (then, otherwise []string) {
	depth := 0
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "if "):
			depth++
		case line == "fi":
			depth--
		case line == "else" && depth == 0:
			return lines[:i], lines[i+1:]
		}
	}
	return lines, nil
}

// words expands variables. Those in quotes are one word, others as many as they hold.
func (u *uboot) words(line string) []string {
	var all []string
	for line != "" {
		var w string
		quoted := line[0] == '"'
		if quoted {
			w, line, _ = strings.Cut(line[1:], `"`)
			line = strings.TrimPrefix(line, " ")
		} else {
			w, line, _ = strings.Cut(line, " ")
		}
		text := os.Expand(w, func(name string) string { return u.env[name] })
		if quoted {
			all = append(all, text)
		} else {
			all = append(all, strings.Fields(text)...)
		}
	}
	return all
}

// command does one thing, and reports whether it went well.
func (u *uboot) command(line string) bool {
	w := u.words(line)
	switch w[0] {
	case "echo", "sleep", "reset":
		return true
	case "setenv":
		delete(u.env, w[1])
		if len(w) > 2 {
			u.env[w[1]] = strings.Join(w[2:], " ")
		}
		return true
	case "test":
		return u.test(w[1:])
	case "setexpr": // left ${left} - 1
		n, err := strconv.ParseInt(w[2], 16, 32)
		u.env[w[1]] = strconv.FormatInt(n-1, 16)
		return err == nil && w[3] == "-" && w[4] == "1"
	case "load": // mmc 0:1 address file
		data, ok := u.card.has(w[4])
		u.mem[w[3]] = data
		u.env["filesize"] = strconv.FormatInt(int64(len(data)), 16)
		return ok
	case "fatwrite": // mmc 0:1 address file size
		return u.card.overwrite(w[4], u.mem[w[3]])
	case "env":
		return u.environment(w[1:])
	case "booti":
		u.went = Slot(u.env["s"])
		if want := "fax.slot=" + u.env["s"]; !strings.HasSuffix(u.env["bootargs"], want) {
			u.Fatalf("slot %s is started with %q", u.went, u.env["bootargs"])
		}
		return true
	}
	u.Fatalf("boot.cmd: %q is nothing that this shell knows", line)
	return false
}

func (u *uboot) test(w []string) bool {
	switch {
	case w[0] == "-n":
		return w[1] != ""
	case w[0] == "-z":
		return w[1] == ""
	case w[1] == "=":
		return w[0] == w[2]
	case w[1] == "-gt":
		n, err := strconv.ParseInt(strings.TrimPrefix(w[0], "0x"), 16, 32)
		return err == nil && fmt.Sprint(n) > w[2]
	}
	u.Fatalf("boot.cmd: test %q", w)
	return false
}

// environment is env import -t address size names, and env export -t -s size address names.
func (u *uboot) environment(w []string) bool {
	switch {
	case w[0] == "import" && w[1] == "-t":
		names := w[4:]
		for _, name := range names {
			delete(u.env, name)
		}
		text, _, _ := strings.Cut(string(u.mem[w[2]]), "\x00")
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			if slices.Contains(names, name) && value != "" {
				u.env[name] = value
			}
		}
		return true
	case w[0] == "export" && w[1] == "-t" && w[2] == "-s":
		size, err := strconv.ParseInt(w[3], 16, 32)
		text := ""
		for _, name := range slices.Sorted(slices.Values(w[5:])) {
			if value, ok := u.env[name]; ok {
				text += name + "=" + value + "\n"
			}
		}
		u.mem[w[4]] = append([]byte(text), make([]byte, int(size)-len(text))...)
		return err == nil
	}
	u.Fatalf("boot.cmd: env %q", w)
	return false
}
