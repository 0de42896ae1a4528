package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Messages are the faxes received and sent, newest first, fetched page by page as they are asked for. The filter holds
// parameters of GET /messages and may be nil.
func (s *Server) Messages(ctx context.Context, filter url.Values) iter.Seq2[fax.Message, error] {
	return pages[fax.Message](ctx, s, "/messages", filter)
}

// Message asks for one of them.
func (s *Server) Message(ctx context.Context, id fax.MessageID) (m fax.Message, err error) {
	err = s.get(ctx, fmt.Sprintf("/messages/%d", id), &m)
	return m, err
}

// UpdateMessage marks a message as read, or notes something on it.
func (s *Server) UpdateMessage(ctx context.Context, id fax.MessageID, p fax.MessagePatch) (m fax.Message, err error) {
	err = s.Do(ctx, http.MethodPatch, fmt.Sprintf("/messages/%d", id), p, &m)
	return m, err
}

// DeleteMessage puts a message into the bin.
func (s *Server) DeleteMessage(ctx context.Context, id fax.MessageID) error {
	return s.Do(ctx, http.MethodDelete, fmt.Sprintf("/messages/%d", id), nil, nil)
}

// RestoreMessage brings a message back from the bin.
func (s *Server) RestoreMessage(ctx context.Context, id fax.MessageID) (m fax.Message, err error) {
	err = s.Do(ctx, http.MethodPost, fmt.Sprintf("/messages/%d/restore", id), nil, &m)
	return m, err
}

// PurgeMessage removes a message and its pages for good.
func (s *Server) PurgeMessage(ctx context.Context, id fax.MessageID) error {
	return s.Do(ctx, http.MethodDelete, fmt.Sprintf("/messages/%d?final=true", id), nil, nil)
}

// OpenTIFF opens the pages of a message as a TIFF file. The caller closes it.
func (s *Server) OpenTIFF(ctx context.Context, id fax.MessageID) (io.ReadCloser, error) {
	return s.Open(ctx, fmt.Sprintf("/messages/%d/file.tiff", id))
}

// Calls are the journal, newest first. The filter holds parameters of GET /calls and may be nil.
func (s *Server) Calls(ctx context.Context, filter url.Values) iter.Seq2[fax.Call, error] {
	return pages[fax.Call](ctx, s, "/calls", filter)
}

// OpenTrace opens the record of a call, which trace.Read reads. The caller closes it.
func (s *Server) OpenTrace(ctx context.Context, id fax.CallID) (io.ReadCloser, error) {
	return s.Open(ctx, fmt.Sprintf("/calls/%d/trace", id))
}

// pages walks a long listing.
func pages[T any](ctx context.Context, s *Server, path string, filter url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := url.Values{}
		for name, values := range filter {
			query[name] = values
		}
		for {
			var list wire.List[T]
			if err := s.get(ctx, path+"?"+query.Encode(), &list); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range list.Items {
				if !yield(item, nil) {
					return
				}
			}
			if list.Next == "" {
				return
			}
			query.Set("cursor", list.Next)
		}
	}
}
