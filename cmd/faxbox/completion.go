package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string   `arg:"" help:"bash, zsh or fish: print what makes it complete faxbox's commands. words: print what can follow." enum:"bash,zsh,fish,words"`
	Words []string `arg:"" optional:"" passthrough:"" hidden:"" help:"The words so far."`
}

// Each script asks faxbox itself what can follow, so it never grows old.
var completionScripts = map[string]string{
	"bash": `_faxbox() {
	local IFS=$'\n'
	COMPREPLY=($(faxbox completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
	[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _faxbox faxbox
`,
	"zsh": `#compdef faxbox
_faxbox() {
	local -a found
	found=("${(@f)$(faxbox completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if [ -n "$found[1]" ]; then compadd -a found; else _files; fi
}
compdef _faxbox faxbox
`,
	"fish": `complete -c faxbox -a '(faxbox completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

// Run prints a shell's script, or the words that can follow.
func (c completionCommand) Run(con console) error {
	if script, ok := completionScripts[c.Shell]; ok {
		fmt.Fprint(con.out, script)
		return nil
	}
	for _, word := range following(con.parser.Model.Node, c.Words) {
		fmt.Fprintln(con.out, word)
	}
	return nil
}

// following are the commands and flags that can stand for the last word, given those before it.
func following(node *kong.Node, words []string) []string {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	flags := node.Flags
	for _, word := range words {
		if next := child(node, word); next != nil {
			node = next
			flags = append(flags, node.Flags...)
		}
	}
	var found []string
	add := func(word string) {
		if strings.HasPrefix(word, last) {
			found = append(found, word)
		}
	}
	for _, c := range node.Children {
		if !c.Hidden {
			add(c.Name)
		}
	}
	if strings.HasPrefix(last, "-") {
		for _, f := range flags {
			if !f.Hidden {
				add("--" + f.Name)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func child(node *kong.Node, name string) *kong.Node {
	for _, c := range node.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}
