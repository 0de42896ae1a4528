package client

import (
	"context"
	"fmt"
	"net/http"

	"faxbox/fax"
)

// Mail asks how mail is sent.
func (s *Server) Mail(ctx context.Context) (m fax.MailResource, err error) {
	err = s.get(ctx, "/mail", &m)
	return m, err
}

// SetMail changes how mail is sent: all that the patch names, or nothing.
func (s *Server) SetMail(ctx context.Context, p fax.MailPatch) (m fax.MailResource, err error) {
	err = s.Do(ctx, http.MethodPatch, "/mail", p, &m)
	return m, err
}

// TestMail sends a test mail. What came of it is the verdict; the error is that it could not be asked for.
func (s *Server) TestMail(ctx context.Context, to string) (v fax.Verdict, err error) {
	err = s.Do(ctx, http.MethodPost, "/mail/test", fax.MailTest{To: to}, &v)
	return v, err
}

// MailMessage has a fax sent on by mail. It is queued when this returns; what came of it stands with the message.
func (s *Server) MailMessage(ctx context.Context, id fax.MessageID, o fax.MailOrder) (m fax.Message, err error) {
	err = s.Do(ctx, http.MethodPost, fmt.Sprintf("/messages/%d/mail", id), o, &m)
	return m, err
}
