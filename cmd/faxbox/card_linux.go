package main

import (
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// unlockBoot makes the boot partition writable until lock. What is no mounted partition of its own is left as it is.
func unlockBoot(path string) (lock func() error, err error) {
	stay, err := os.Open(path) // nobody unmounts it meanwhile
	if err != nil {
		return nil, err
	}
	err = unix.Mount("", path, "", unix.MS_REMOUNT, "")
	if errors.Is(err, unix.EINVAL) {
		return stay.Close, nil
	}
	if err != nil {
		return nil, errors.Join(&os.PathError{Op: "make writable", Path: path, Err: err}, stay.Close())
	}
	return func() error {
		unix.Sync()
		err := stay.Close()
		return errors.Join(err, unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	}, nil
}

// reboot has the system restart; it returns before that.
func reboot() error { return exec.Command("systemctl", "--no-block", "reboot").Run() }
