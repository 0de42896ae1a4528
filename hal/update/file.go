package update

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"

	"faxbox/hal/slots"
)

// Names and limits within the file.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	maxManifest   = 64 << 10 // octets
	maxParts      = 256
	format        = 1
)

// File is an update file whose manifest is signed by whom it should be.
type File struct {
	Manifest
	tar *tar.Reader
}

// Open reads the beginning of an update file, as far as the first part. Errors are ErrNoUpdate, ErrSignature, ErrCut,
// ErrFormat, ErrDamaged, and those of r.
func Open(r io.Reader, key ed25519.PublicKey) (*File, error) {
	f := &File{tar: tar.NewReader(r)}
	text, err := f.small(manifestName, maxManifest)
	if err != nil {
		return nil, err
	}
	signature, err := f.small(signatureName, ed25519.SignatureSize)
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(key, text, signature) {
		return nil, ErrSignature
	}
	if err := json.Unmarshal(text, &f.Manifest); err != nil {
		return nil, fmt.Errorf("%w: its manifest: %v", ErrDamaged, err)
	}
	return f, f.check()
}

// small reads a file of the head.
func (f *File) small(name string, most int64) ([]byte, error) {
	header, err := f.tar.Next()
	switch {
	case errors.Is(err, tar.ErrHeader), name == manifestName && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return nil, ErrNoUpdate
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, ErrCut
	case err != nil:
		return nil, err
	case header.Name != name || header.Typeflag != tar.TypeReg || header.Size > most:
		return nil, ErrNoUpdate
	}
	data, err := io.ReadAll(f.tar)
	return data, cut(err)
}

// cut makes ErrCut of an end that comes too soon.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}

var partName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,60}(/[A-Za-z0-9][A-Za-z0-9._-]{0,60})?$`)

// check looks at what the manifest says. It is signed: what is wrong here its maker has done, or a later one.
func (m Manifest) check() error {
	if m.Format != format {
		return ErrFormat
	}
	if _, err := parseVersion(m.Version); err != nil {
		return err
	}
	if missing := slots.Missing(m.Parts); missing != "" {
		return fmt.Errorf("%w: it has no %s", ErrDamaged, missing)
	}
	seen := map[string]bool{}
	for i, p := range m.Parts {
		sum, err := hex.DecodeString(p.SHA256)
		switch {
		case i >= maxParts, seen[p.Name], p.Size <= 0, err != nil, len(sum) != sha256.Size, !partName.MatchString(p.Name):
			return fmt.Errorf("%w: part %q", ErrFormat, p.Name)
		case p.Name == slots.KernelPart && i != len(m.Parts)-1:
			return fmt.Errorf("%w: the kernel is not its last part", ErrFormat)
		}
		seen[p.Name] = true
	}
	return nil
}

// Each hands out the parts, in their order. A reader ends with io.EOF only if its part is what the manifest says; else with
// ErrCut or ErrDamaged. What do leaves unread is read. It may be called once.
func (f *File) Each(do func(slots.Part, io.Reader) error) error {
	for _, p := range f.Parts {
		header, err := f.tar.Next()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return ErrCut
		case errors.Is(err, tar.ErrHeader):
			return fmt.Errorf("%w before its part %s", ErrDamaged, p.Name)
		case err != nil:
			return err
		case header.Name != p.Name || header.Size != p.Size || header.Typeflag != tar.TypeReg:
			return fmt.Errorf("%w: where its part %s should be, there is %q", ErrDamaged, p.Name, header.Name)
		}
		r := &checked{r: f.tar, sum: sha256.New(), part: p}
		if err := do(p, r); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
	}
	switch _, err := f.tar.Next(); {
	case err == nil:
		return fmt.Errorf("%w: there is more in it than it says", ErrDamaged)
	case !errors.Is(err, io.EOF):
		return cut(err)
	}
	return nil
}

// checked reads a part, and knows at its end whether it was the right one.
type checked struct {
	r    io.Reader
	sum  hash.Hash
	part slots.Part
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.sum.Sum(nil)) != c.part.SHA256 {
		return n, fmt.Errorf("%w: its part %s", ErrDamaged, c.part.Name)
	}
	return n, cut(err)
}

// Check reads a whole update file, and reports what is wrong with it, or with putting it onto this box.
func Check(r io.Reader, key ed25519.PublicKey, b Box, downgrade bool) (Manifest, error) {
	f, err := Open(r, key)
	if err != nil {
		return Manifest{}, err
	}
	if err := f.Fits(b, downgrade); err != nil {
		return f.Manifest, err
	}
	return f.Manifest, f.Each(func(slots.Part, io.Reader) error { return nil })
}

// Pack writes an update file. The manifest's parts are those of open, which reads each; their sizes and sums are found here,
// so every part is read twice.
func Pack(w io.Writer, m Manifest, key ed25519.PrivateKey, names []string, open func(name string) (io.ReadCloser, error)) error {
	m.Format, m.Parts = format, nil
	for _, name := range names {
		sum := sha256.New()
		size, err := copyPart(sum, name, open)
		if err != nil {
			return err
		}
		m.Parts = append(m.Parts, slots.Part{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	if err := m.check(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	put := func(name string, size int64, from func(io.Writer) error) error {
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, ModTime: m.Made, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		return from(out)
	}
	whole := func(data []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.Copy(w, bytes.NewReader(data)); return err }
	}
	signature := ed25519.Sign(key, text)
	err = errors.Join(put(manifestName, int64(len(text)), whole(text)), put(signatureName, int64(len(signature)), whole(signature)))
	for _, p := range m.Parts {
		if err == nil {
			err = put(p.Name, p.Size, func(w io.Writer) error { _, err := copyPart(w, p.Name, open); return err })
		}
	}
	return errors.Join(err, out.Close())
}

func copyPart(w io.Writer, name string, open func(string) (io.ReadCloser, error)) (int64, error) {
	r, err := open(name)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, r)
	return n, errors.Join(err, r.Close())
}
