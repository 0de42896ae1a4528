package main

import (
	"bytes"
	"compress/gzip"
	"io"
)

// unpacked is a body as text.
func unpacked(body []byte, coding string) (string, error) {
	if coding != "gzip" {
		return string(body), nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(z)
	return string(text), err
}
