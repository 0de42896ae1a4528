package exchange

import "strings"

// command is one command of a command line.
type command struct {
	name string // upper case: "E", "&F", "+FTM"; "" when the line has ended
	op   op
	arg  string
}

type op uint8

const (
	opPlain op = iota // the argument, if any, follows the name
	opSet             // =
	opRead            // ?
	opTest            // =?
)

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// nextCommand cuts the first command off an upper-case line; false if it is no command.
func nextCommand(line string) (c command, rest string, ok bool) {
	line = strings.TrimLeft(line, " ;")
	if line == "" {
		return command{}, "", true
	}
	switch first := line[0]; {
	case strings.IndexByte("+#%*-!", first) >= 0:
		body, after, _ := strings.Cut(line, ";")
		return extended(body), after, true
	case first == 'D':
		return command{name: "D", arg: line[1:]}, "", true
	case first == '&' || first == '\\':
		if len(line) < 2 {
			return command{}, "", false
		}
		return basic(line, 2)
	case first == 'S':
		return register(line)
	case strings.IndexByte(letters, first) >= 0:
		return basic(line, 1)
	}
	return command{}, "", false
}

// span is how many characters of s, from the first on, are among set.
func span(s, set string) int { return len(s) - len(strings.TrimLeft(s, set)) }

func basic(line string, name int) (command, string, bool) {
	n := name + span(line[name:], digits)
	return command{name: line[:name], arg: line[name:n]}, line[n:], true
}

// register is S7=60 or S7?. The name of the command is S, its argument "7=60" or "7".
func register(line string) (command, string, bool) {
	n := 1 + span(line[1:], digits)
	number := line[1:n]
	switch {
	case strings.HasPrefix(line[n:], "?"):
		return command{"S", opRead, number}, line[n+1:], number != ""
	case strings.HasPrefix(line[n:], "="):
		v := span(line[n+1:], digits)
		return command{"S", opSet, line[1 : n+1+v]}, line[n+1+v:], number != "" && v > 0
	}
	return command{}, "", false
}

func extended(body string) command {
	n := 1 + span(body[1:], letters+digits)
	c := command{name: body[:n]}
	switch tail := strings.TrimSpace(body[n:]); {
	case tail == "?":
		c.op = opRead
	case tail == "=?":
		c.op = opTest
	case strings.HasPrefix(tail, "="):
		c.op, c.arg = opSet, strings.TrimSpace(tail[1:])
	case tail != "":
		c.name = "" // not a command: perform does not know it
	}
	if c.name == "" {
		c.name = "?"
	}
	return c
}
