package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/store"
)

// Limits of previews. What is in the way of a new one is forgotten, the oldest first: of the same user, then of all.
const (
	previewLife    = 15 * time.Minute
	userPreviews   = 8
	userPreviewed  = 64 << 20 // octets on the disk
	allPreviews    = 64
	allPreviewed   = 256 << 20
	previewIDField = "previewId"
)

// Preview is what would be sent: made, kept for a while, and not queued.
type Preview struct {
	ID      string
	Expires time.Time
	Pages   []PreviewPage // for the first recipient: a cover page names others to others
	Remarks []string      // sentences for whoever sends
}

// PreviewPage is how large a page is.
type PreviewPage struct {
	Width, Height int // pels, lines
	Resolution    raster.Resolution
}

// preview is a draft that waits.
type preview struct {
	Preview
	user string
	as   string // what showed of the document when it was made
	name string // of its first file
	size int64

	mu    sync.Mutex // held while the draft is used
	draft *store.Draft
	gone  bool
}

// previews are those there are, the oldest first.
type previews struct {
	mu  sync.Mutex
	all []*preview
}

// PreviewDocument makes the pages of a document, exactly those that would be sent, and queues nothing. Needs fax.JobSubmit.
// Only who made a preview may see it; it is forgotten after 15 minutes, or when there are too many. Errors are those of
// Submit.
func (s *Server) PreviewDocument(ctx context.Context, who Who, sub Submission) (Preview, error) {
	if !who.Rights.Has(fax.JobSubmit) {
		return Preview{}, fax.ErrDenied
	}
	if sub.Document.FileName == "" && len(sub.Files) > 0 {
		sub.Document.FileName = sub.Files[0].Name
	}
	// A number is not needed to look at pages, and is checked when they are sent.
	checked := sub.Document
	if checked.FaxNumber == "" && len(checked.Recipients) == 0 {
		checked.FaxNumber = "1"
	}
	if err := s.checkDocument(checked, len(sub.Files)); err != nil {
		return Preview{}, err
	}
	p := &preview{user: who.User, name: sub.Document.FileName, as: shows(sub.Document)}
	p.ID, p.Expires = rand.Text(), time.Now().Add(previewLife).UTC()
	draft, err := s.store.Draft()
	if err != nil {
		return Preview{}, err
	}
	p.draft = draft
	if err := s.fillPreview(ctx, who, p, sub); err != nil {
		s.closeDraft(draft)
		return Preview{}, err
	}
	s.forget(s.previews.add(p))
	return p.Preview, nil
}

// fillPreview makes the pages and measures them.
func (s *Server) fillPreview(ctx context.Context, who Who, p *preview, sub Submission) (err error) {
	if p.Remarks, err = s.makePages(ctx, who, p.draft, sub); err != nil {
		return err
	}
	if p.size, err = p.draft.Size(); err != nil {
		return err
	}
	if p.size > userPreviewed {
		return fault("files", fmt.Sprintf("take %d MB as fax pages, too much for a preview", p.size>>20), "Send them without one.")
	}
	p.Pages, err = p.draftPages()
	return err
}

// draftPages measures the pages for the first recipient.
func (p *preview) draftPages() ([]PreviewPage, error) {
	infos, err := p.draft.Infos(0)
	if err != nil {
		return nil, err
	}
	pages := make([]PreviewPage, len(infos))
	for i, info := range infos {
		pages[i] = PreviewPage{info.Width, info.Height, info.Resolution}
	}
	return pages, nil
}

// PreviewPage is page n of a preview, counted from 1, or ErrNotFound.
func (s *Server) PreviewPage(who Who, id string, n int) (page *raster.Page, err error) {
	err = s.previews.use(who, id, func(p *preview) (err error) {
		if n < 1 || n > len(p.Pages) {
			return ErrNotFound
		}
		page, err = p.draft.Page(0, n-1)
		return err
	})
	return page, err
}

// submitPreview queues the pages of a preview. Its fields may be others than those that it was made with, as far as they do
// not show on the pages.
func (s *Server) submitPreview(who Who, sub Submission, once store.Once) (jobs []fax.Job, err error) {
	if len(sub.Files) > 0 {
		return nil, fault(previewIDField, "comes with files", "Send either of them.")
	}
	err = s.previews.use(who, sub.Preview, func(p *preview) error {
		d := sub.Document
		d.FileName = cmp.Or(d.FileName, p.name)
		if err := s.checkDocument(d, 1); err != nil {
			return err
		}
		if shows(d) != p.as {
			return fault(previewIDField, "was made with other fields, and its pages show them", "Make a preview again, or send the files.")
		}
		jobs, err = s.queueDraft(who, p.draft, d, once)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = fault(previewIDField, "is not known any more", "Make a preview again, or send the files.")
	}
	return jobs, err
}

// shows is what of a document shows on its pages.
func shows(d fax.Document) string {
	seen := fax.Document{Resolution: d.Resolution, Paper: d.Paper, Rendering: d.Rendering}
	if d.SendCoverpage {
		seen = d
		seen.FileName, seen.DisplayName, seen.BillingCode, seen.EmailAddress, seen.Tsid = "", "", "", "", ""
		seen.DiscountSend, seen.Priority, seen.DeviceID, seen.Confirmation = false, "", 0, ""
	}
	text, err := json.Marshal(seen)
	if err != nil {
		return fmt.Sprint(seen) // a time of the year 10000
	}
	return string(text)
}

// add adds a preview, and answers with those that have to go.
func (l *previews) add(p *preview) (gone []*preview) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, p)
	own := func(q *preview) bool { return q.user == p.user }
	gone = l.shrink(own, userPreviews, userPreviewed)
	return append(gone, l.shrink(func(*preview) bool { return true }, allPreviews, allPreviewed)...)
}

// shrink takes away the oldest of some, until so many are left and so many octets. The newest of all stays.
func (l *previews) shrink(of func(*preview) bool, count int, octets int64) (gone []*preview) {
	for _, p := range slices.Backward(l.all) {
		if !of(p) {
			continue
		}
		count--
		if octets -= p.size; count < 0 || octets < 0 {
			gone = append(gone, p)
		}
	}
	if last := l.all[len(l.all)-1]; slices.Contains(gone, last) {
		gone = slices.DeleteFunc(gone, func(p *preview) bool { return p == last })
	}
	l.all = slices.DeleteFunc(l.all, func(p *preview) bool { return slices.Contains(gone, p) })
	return gone
}

// use does something with a preview of the caller's, or fails with ErrNotFound.
func (l *previews) use(who Who, id string, do func(*preview) error) error {
	l.mu.Lock()
	i := slices.IndexFunc(l.all, func(p *preview) bool { return p.ID == id && p.user == who.User && time.Now().Before(p.Expires) })
	var p *preview
	if i >= 0 {
		p = l.all[i]
	}
	l.mu.Unlock()
	if p == nil {
		return ErrNotFound
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return ErrNotFound
	}
	return do(p)
}

// expired takes away those whose time is over.
func (l *previews) expired(now time.Time) (gone []*preview) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(p *preview) bool {
		over := !now.Before(p.Expires) || p.Expires.Sub(now) > previewLife // by a clock that was set back
		if over {
			gone = append(gone, p)
		}
		return over
	})
	return gone
}

// forget removes the pages of previews.
func (s *Server) forget(list []*preview) {
	for _, p := range list {
		p.mu.Lock()
		p.gone = true
		s.closeDraft(p.draft)
		p.mu.Unlock()
	}
}

// endPreviews forgets all.
func (s *Server) endPreviews() { s.forget(s.previews.expired(time.Now().Add(2 * previewLife))) }
