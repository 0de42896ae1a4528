package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"faxbox/fax/wire"
)

// Update is what version the box runs, and what is known of an update.
func (s *Server) Update(ctx context.Context) (out wire.Update, err error) {
	err = s.get(ctx, "/update", &out)
	return out, err
}

// Install sends an update file. It returns when the box has checked it, and before it restarts with it.
func (s *Server) Install(ctx context.Context, file io.Reader, downgrade bool) (out wire.Update, err error) {
	fields := map[string]string{}
	if downgrade {
		fields["downgrade"] = "true"
	}
	err = s.upload(ctx, "/update", fields, "faxbox.update", file, &out)
	return out, err
}

// Backup is a copy of everything, encrypted with a passphrase in the format of age. The caller closes it.
func (s *Server) Backup(ctx context.Context, passphrase string) (io.ReadCloser, error) {
	data, err := json.Marshal(wire.NewBackup{Passphrase: passphrase})
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	answer, err := s.open(ctx, http.MethodPost, "/backup", http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Restore has the box put a backup in the place of everything. It returns when the box has checked it, and before it begins
// anew with it.
func (s *Server) Restore(ctx context.Context, passphrase string, file io.Reader) error {
	return s.upload(ctx, "/restore", map[string]string{"passphrase": passphrase}, "faxbox-backup.age", file, nil)
}

// Erase has the box erase everything and begin as on its first day.
func (s *Server) Erase(ctx context.Context) error {
	return s.Do(ctx, http.MethodPost, "/erase", wire.Erasure{Word: "erase"}, nil)
}

// upload sends a form: fields, and a file behind them.
func (s *Server) upload(ctx context.Context, path string, fields map[string]string, name string, file io.Reader, out any) error {
	return s.post(ctx, path, http.Header{}, func(parts *multipart.Writer) error {
		for field, value := range fields {
			if err := parts.WriteField(field, value); err != nil {
				return err
			}
		}
		w, err := parts.CreateFormFile("file", name)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, file)
		return err
	}, out)
}
