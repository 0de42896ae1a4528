package main

import (
	"fmt"
	"log"
	"os"

	"faxbox/scripts/rig"
)

func main() {
	dir, _ := os.MkdirTemp("", "rig")
	os.Chmod(dir, 0o755)
	doc := os.Args[1]
	args := append(rig.HylaFAXModem("hyla", "101"), rig.Machine(dir, "ref", "201")...)
	args = append(args, rig.Machine(dir, "tx", "202")...)
	x, err := rig.Start(dir, args...)
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	h, err := x.StartHylaFAX("hyla", "101")
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	e, err := h.Send(doc, "201")
	show(x, e, err)
	e, f, err := h.Receive("tx", "101", doc)
	fmt.Println(f)
	show(x, e, err)
}

func show(x *rig.Exchange, e rig.Event, err error) {
	if err != nil {
		log.Fatal(err)
	}
	c, err := x.Call(e.Call)
	if err != nil {
		log.Fatal(err)
	}
	last := 0.0
	for _, s := range c.Signals {
		fmt.Printf("%+6.2f %v\n", s.Start-last, s)
		last = s.End
	}
	fmt.Println(c.End.Connected, c.End.By, c.Late)
}
