package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/tiff"
	"faxbox/fax/wire"
	"faxbox/scripts/rig/witness"
)

// office is somebody who uses the box over its network, with a token.
type office struct {
	*client.Server
	token string
	print string // of the box's certificate
}

// enter has a token made in the box, and connects with it.
func (s *stage) enter(ctx context.Context) *office {
	o := &office{token: s.in("faxbox token create --role administrator rig")}
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.https), &tls.Config{InsecureSkipVerify: true}) // it is known by its print from now on
	s.must(err)
	sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].Raw)
	c.Close()
	o.print = hex.EncodeToString(sum[:])
	s.must(o.connect(ctx, s.machine))
	return o
}

// connect connects again, to the same box.
func (o *office) connect(ctx context.Context, m *machine) (err error) {
	o.Server, err = client.Connect(ctx, m.url(""), client.Options{Token: o.token, Fingerprint: o.print})
	return err
}

// ports waits until so many ports are in service, and yields all.
func (o *office) ports(ctx context.Context, patience time.Duration, inService int) (list []*client.Port, err error) {
	err = until(ctx, patience, func() (bool, error) {
		ports, err := o.Ports(ctx)
		if err != nil {
			return false, err
		}
		list = list[:0]
		ready := 0
		for p := range ports.All() {
			list = append(list, p)
			status, err := p.Status(ctx)
			if err != nil {
				return false, err
			}
			if status.Status.State == fax.Available {
				ready++
			}
		}
		return ready >= inService, nil
	})
	return list, err
}

// received looks at the messages that came in and were not looked at before. It counts how often each page is there, and tells
// what is wrong.
func (o *office) received(ctx context.Context, before map[fax.MessageID]bool, pages map[witness.PageID]int) (wrong []string, err error) {
	for m, err := range o.Messages(ctx, url.Values{"direction": {"in"}}) {
		if err != nil {
			return nil, err
		}
		if before[m.ID] {
			continue
		}
		body, err := o.OpenTIFF(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		octets, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			return nil, err
		}
		before[m.ID] = true
		wrong = append(wrong, identify(m, octets, pages)...)
	}
	return wrong, nil
}

// identify counts the pages of a message. Only the last page of one that broke off may be no page that was sent.
func identify(m fax.Message, octets []byte, pages map[witness.PageID]int) (wrong []string) {
	file, err := tiff.Open(bytes.NewReader(octets), int64(len(octets)))
	if err != nil {
		return []string{fmt.Sprintf("message %d cannot be read: %v", m.ID, err)}
	}
	for n := range file.Pages() {
		page, err := file.Page(n)
		if err == nil {
			var id witness.PageID
			if id, err = witness.Identify(page); err == nil {
				pages[id]++
				continue
			}
		}
		if !m.Partial || n < file.Pages()-1 {
			wrong = append(wrong, fmt.Sprintf("message %d: page %d: %v", m.ID, n+1, err))
		}
	}
	return wrong
}

// health is what the box says of itself that is not as it should be, a line for each.
func (o *office) health(ctx context.Context) (string, error) {
	var all wire.Health
	if err := o.Do(ctx, http.MethodGet, "/health", nil, &all); err != nil {
		return "", err
	}
	var bad []string
	for _, f := range all.Findings {
		if !f.OK {
			bad = append(bad, fmt.Sprintf("%s: %s %s", f.Name, f.Sentence, f.Hint))
		}
	}
	return strings.Join(bad, "\n"), nil
}
