//go:build !linux

package usb

import "context"

// Events wakes nobody here: devices are looked at now and then.
func Events(context.Context) (<-chan struct{}, error) { return nil, nil }
