package slots

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"strings"
)

// plugged is a card in memory whose plug can be pulled. Then of what was not synced each file and each name is there or not,
// and a file that was being written is anything between.
type plugged struct {
	live, durable map[string]*content // by path; folders are not kept
	room          int64               // on the boot partition
	at            int                 // the step at which the plug is pulled; 0: never
	steps         []string
	lies          string // a path that does not hold what is written to it
}

type content struct{ now, synced []byte }

var errPlug = errors.New("the plug was pulled")

func newPlugged() *plugged {
	return &plugged{live: map[string]*content{}, durable: map[string]*content{}, room: 10 << 20}
}

func (p *plugged) step(what string) error {
	p.steps = append(p.steps, what)
	if p.at > 0 && len(p.steps) >= p.at {
		return errPlug
	}
	return nil
}

// set is what was there from the beginning.
func (p *plugged) set(name string, data []byte) {
	c := &content{now: bytes.Clone(data), synced: bytes.Clone(data)}
	p.live[name], p.durable[name] = c, c
}

// pull is the card as it is found after the plug was pulled.
func (p *plugged) pull(r *rand.Rand) *plugged {
	after := newPlugged()
	names := maps.Clone(p.durable)
	maps.Copy(names, p.live)
	for name := range names {
		c := p.live[name]
		if p.durable[name] != c && r.IntN(2) == 0 {
			c = p.durable[name]
		}
		if c != nil {
			after.set(name, c.torn(r))
		}
	}
	return after
}

// torn is what is found of a file.
func (c *content) torn(r *rand.Rand) []byte {
	if bytes.Equal(c.now, c.synced) {
		return c.now
	}
	switch r.IntN(4) {
	case 0:
		return c.now
	case 1:
		return c.synced
	case 2: // cut off
		return c.now[:r.IntN(len(c.now)+1)]
	}
	half := bytes.Clone(c.synced)
	copy(half, c.now[:r.IntN(len(c.now)+1)])
	return half
}

// has is a file that U-Boot reads from the boot partition.
func (p *plugged) has(name string) ([]byte, bool) {
	c, ok := p.live["/boot/"+name]
	if !ok {
		return nil, false
	}
	return bytes.Clone(c.now), true
}

// overwrite is U-Boot writing one.
func (p *plugged) overwrite(name string, data []byte) bool {
	f, err := p.Overwrite("/boot/" + name)
	if err != nil {
		return false
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync()) == nil
}

// writing is a file being written.
type writing struct {
	card *plugged
	path string
	c    *content
	at   int
}

// Write writes blocks, each a step.
func (w *writing) Write(data []byte) (int, error) {
	const block = 512
	for done := 0; done < len(data); {
		n := min(block, len(data)-done)
		if err := w.card.step("write " + w.path); err != nil {
			return done, err
		}
		if short := w.at + n - len(w.c.now); short > 0 {
			w.c.now = append(w.c.now, make([]byte, short)...)
		}
		copy(w.c.now[w.at:], data[done:done+n])
		if w.path == w.card.lies {
			w.c.now[w.at] ^= 1
		}
		w.at, done = w.at+n, done+n
	}
	return len(data), nil
}

func (w *writing) Sync() error {
	if err := w.card.step("sync " + w.path); err != nil {
		return err
	}
	w.c.synced = bytes.Clone(w.c.now)
	return nil
}

func (w *writing) Close() error { return nil }

func (p *plugged) Overwrite(name string) (file, error) {
	c, ok := p.live[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return &writing{card: p, path: name, c: c}, p.step("open " + name)
}

func (p *plugged) Create(name string) (file, error) {
	if err := p.step("create " + name); err != nil {
		return nil, err
	}
	c := &content{}
	p.live[name] = c
	return &writing{card: p, path: name, c: c}, nil
}

func (p *plugged) Read(name string) (io.ReadCloser, error) {
	c, ok := p.live[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(c.now)), nil
}

func (p *plugged) Size(name string) (int64, error) {
	c, ok := p.live[name]
	if !ok {
		return 0, fs.ErrNotExist
	}
	return int64(len(c.now)), nil
}

func (p *plugged) Free(string) (int64, error) { return p.room, nil }

func (p *plugged) List(dir string) ([]string, error) {
	names := map[string]bool{}
	for name := range p.live {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names[first] = true
		}
	}
	var list []string
	for name := range names {
		list = append(list, name)
	}
	return list, nil
}

func (p *plugged) MakeDir(name string) error { return p.step("mkdir " + name) }

func (p *plugged) Rename(from, to string) error {
	if err := p.step("rename " + to); err != nil {
		return err
	}
	p.live[to] = p.live[from]
	delete(p.live, from)
	return nil
}

func (p *plugged) Remove(name string) error {
	if err := p.step("remove " + name); err != nil {
		return err
	}
	maps.DeleteFunc(p.live, func(n string, _ *content) bool { return n == name || strings.HasPrefix(n, name+"/") })
	return nil
}

func (p *plugged) SyncDir(dir string) error {
	if err := p.step("sync " + dir); err != nil {
		return err
	}
	in := func(n string, _ *content) bool { return path.Dir(n) == dir }
	maps.DeleteFunc(p.durable, in)
	for name, c := range p.live {
		if in(name, c) {
			p.durable[name] = c
		}
	}
	return nil
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
