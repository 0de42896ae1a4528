package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"path"
	"strconv"
	"strings"

	"faxbox/fax/server"
)

//go:embed asset
var assetFiles embed.FS

// asset is a file that pages refer to.
type asset struct {
	kind   string
	plain  []byte
	packed []byte // gzip
}

// assets are served under names that hold a hash of their content, so a browser may keep them for ever and yet never has
// an old one.
type assets struct {
	files map[string]asset
	names map[string]string // "style.css" -> "style.0123456789abcdef.css"
}

func openAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}, names: map[string]string{}}
	packer, err := gzip.NewWriterLevel(nil, gzip.BestCompression) // one for all: each takes a megabyte
	if err != nil {
		return nil, err
	}
	return a, fs.WalkDir(assetFiles, "asset", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(assetFiles, name)
		if err != nil {
			return err
		}
		packed, err := pack(packer, content)
		if err != nil {
			return err
		}
		base, ext := path.Base(name), path.Ext(name)
		sum := sha256.Sum256(content)
		hashed := fmt.Sprintf("%s.%s%s", strings.TrimSuffix(base, ext), hex.EncodeToString(sum[:8]), ext)
		a.names[base] = hashed
		a.files[hashed] = asset{kind: kindOf(ext), plain: content, packed: packed}
		return nil
	})
}

// kindOf is a file's media type; the system's tables, which differ, are not asked.
func kindOf(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

func pack(z *gzip.Writer, content []byte) ([]byte, error) {
	var b bytes.Buffer
	z.Reset(&b)
	_, err := z.Write(content)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

// path is where a file is served; an error if there is none, so that a template cannot name one.
func (a *assets) path(name string) (string, error) {
	hashed, ok := a.names[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return "/asset/" + hashed, nil
}

func (s *site) asset(v *visit) error {
	f, ok := s.assets.files[v.PathValue("name")]
	if !ok {
		return server.ErrNotFound
	}
	h := v.w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	return v.serve(f)
}

// favicon is what browsers ask for without being told.
func (s *site) favicon(v *visit) error {
	v.w.Header().Set("Cache-Control", "public, max-age=86400")
	return v.serve(s.assets.files[s.assets.names["favicon.svg"]])
}

func (v *visit) serve(f asset) error {
	h, body := v.w.Header(), f.plain
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(v.Request) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = io.Copy(v.w, bytes.NewReader(body)) // whoever asked has gone
	return nil
}
