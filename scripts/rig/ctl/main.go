// Ctl gives a command to a running exchange (scripts/faxline) and prints the answer: ctl SOCKET COMMAND...
package main

import (
	"fmt"
	"os"
	"time"

	"faxbox/scripts/rig"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: ctl SOCKET COMMAND...")
		os.Exit(2)
	}
	answer, err := rig.Control(os.Args[1], time.Hour, os.Args[2:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(answer)
}
