package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
)

// Whatever a server sends as events, reading it ends.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("retry: 2000\n\nid: 7\nevent: job\ndata: {\"seq\":7,\"job\":{\"jobId\":1}}\n\n:\n\n"))
	f.Add([]byte("data: {\n\nevent: x\r\ndata: null\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := eventReader{lines: bufio.NewScanner(bytes.NewReader(data))}
		for range bytes.Count(data, []byte("\n")) + 2 {
			if _, err := r.next(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				return // the stream is opened anew
			}
		}
		t.Error("more events than lines")
	})
}
