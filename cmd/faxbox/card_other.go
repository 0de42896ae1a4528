//go:build !linux

package main

import "errors"

// Boxes run Linux. Elsewhere there is no card.
func unlockBoot(string) (lock func() error, err error) { return nil, errors.ErrUnsupported }

func reboot() error { return errors.ErrUnsupported }
