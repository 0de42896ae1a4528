package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"faxbox/fax"
	"faxbox/fax/server"
)

// binPage are the faxes that were deleted and can still be brought back.
type binPage struct {
	frame
	list
	Messages []fax.Message
	Days     int // how long they are kept
}

// MayRestore reports whether the visitor may bring a fax back.
func (p binPage) MayRestore(m fax.Message) bool { return server.MayDelete(p.caller, m) }

// MayPurge reports whether the visitor may delete one of them for good.
func (p binPage) MayPurge() bool {
	for _, m := range p.Messages {
		if server.MayPurge(p.caller, m) {
			return true
		}
	}
	return false
}

func (s *site) bin(v *visit) error {
	page := binPage{frame: v.frame("inbox", "bin"), Days: s.Server.Settings().BinDays}
	page.Live = "message,message-removed"
	l, at := v.list()
	page.list = l
	found, err := s.Server.Messages(server.MessageFilter{Bin: true, Paging: at})
	if err != nil {
		return err
	}
	page.Messages = found.Items
	page.goOn(v, found.Next)
	return v.show(http.StatusOK, "bin", page)
}

// changeBin brings back what was ticked, or deletes it for good.
func (s *site) changeBin(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	ids, err := messageIDs(v.PostForm["id"])
	if err != nil {
		return err
	}
	switch do := v.field("do"); do {
	case "restore":
		if _, err := s.Server.RestoreMessages(v.who(), ids); err != nil {
			return err
		}
		return v.done(v.back("back", "/bin"), "message.restore")
	case "purge":
		for _, id := range ids {
			if err := gone(s.Server.PurgeMessage(v.who(), id)); err != nil {
				return err
			}
		}
		return v.done("/bin", "message.purge")
	}
	return server.ErrNotFound
}

// messageIDs are the keys of faxes as forms have them.
func messageIDs(texts []string) ([]fax.MessageID, error) {
	ids := make([]fax.MessageID, 0, len(texts))
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, server.ErrNotFound
		}
		ids = append(ids, fax.MessageID(id))
	}
	return ids, nil
}

// deleted goes to another page and says there that faxes were deleted, with a button that brings them back.
func (v *visit) deleted(to string, ids []fax.MessageID) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(int64(id), 10)
	}
	q := u.Query()
	q.Set("undo", strings.Join(list, ","))
	u.RawQuery = q.Encode()
	return v.done(u.String(), "message.delete")
}

// undo are the faxes that a page says were deleted.
func (v *visit) undo() []string {
	list := strings.Split(v.URL.Query().Get("undo"), ",")
	if ids, err := messageIDs(list); err != nil || len(ids) > perPage {
		return nil
	}
	return list
}
