package client

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// CoverPages are the cover pages that can be used: those that came with the server's program, the server's, one's own.
func (s *Server) CoverPages(ctx context.Context) ([]fax.CoverPage, error) {
	var list wire.List[fax.CoverPage]
	err := s.get(ctx, "/cover-pages", &list)
	return list.Items, err
}

// AddCoverPage stores a PDF with form fields as a cover page: one's own, or one for all.
func (s *Server) AddCoverPage(ctx context.Context, name, path string, forAll bool) (out wire.CoverAdded, err error) {
	err = s.post(ctx, "/cover-pages", http.Header{}, func(parts *multipart.Writer) error {
		if err := parts.WriteField("name", name); err != nil {
			return err
		}
		if forAll {
			if err := parts.WriteField("server", "true"); err != nil {
				return err
			}
		}
		return writeFile(parts, path)
	}, &out)
	return out, err
}

// OpenCoverPage opens a cover page as a PDF: one of the server's, or one's own if there is one of this name. The caller
// closes it.
func (s *Server) OpenCoverPage(ctx context.Context, name string, ofServer bool) (io.ReadCloser, error) {
	return s.Open(ctx, coverPath(name, "/file.pdf", ofServer))
}

// RemoveCoverPage removes one's own cover page, or one of the server's.
func (s *Server) RemoveCoverPage(ctx context.Context, name string, ofServer bool) error {
	return s.Do(ctx, http.MethodDelete, coverPath(name, "", ofServer), nil, nil)
}

func coverPath(name, what string, ofServer bool) string {
	path := "/cover-pages/" + url.PathEscape(name) + what
	if ofServer {
		path += "?server=true"
	}
	return path
}
