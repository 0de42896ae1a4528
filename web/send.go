package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/api"
)

// sendPage is the form for a fax.
type sendPage struct {
	frame
	Key      string // makes sending it twice one fax
	Number   string // of the recipient
	Name     string // of the recipient
	Company  string // of the recipient
	More     string // further recipients, one on each line
	People   []proposed
	Mail     bool // reports can go by mail
	Covers   []fax.CoverPage
	Message  *fax.Message // whose pages are sent
	Sender   string
	Settings fax.Server
	Ports    []fax.Port
}

// Cover is a cover page as the form says it.
func (sendPage) Cover(c fax.CoverPage) string {
	if c.Kind == fax.PersonalCover {
		return "own:" + c.Name
	}
	return "server:" + c.Name
}

func (s *site) sendForm(v *visit) error {
	page := sendPage{frame: v.frame("send", "send"), Key: newKey(), Number: v.field("number"), Name: v.field("name"),
		Settings: s.Server.Settings(), Ports: s.Server.Ports(v.who())}
	page.Wide = true
	if id, err := strconv.ParseInt(v.field("message"), 10, 64); err == nil {
		m, err := s.Server.Message(fax.MessageID(id))
		if err != nil {
			return err
		}
		page.Message = &m
		if m.Direction == fax.Out && page.Number == "" {
			page.Number, page.Name = string(m.RecipientNumber), string(m.RecipientName)
		}
	}
	var err error
	if page.Covers, err = s.Server.CoverPages(v.who()); err != nil {
		return err
	}
	if page.People, err = s.propose(v, ""); err != nil {
		return err
	}
	page.Mail = s.Server.Mail().Ready
	if err := page.address(v, s.Server); err != nil {
		return err
	}
	page.Sender = cmp.Or(v.fullName(), v.id.User)
	return v.show(http.StatusOK, "send", page)
}

// address fills in the contacts that were chosen in the address book. Those without a number, and those that have gone since,
// are left out.
func (p *sendPage) address(v *visit, box *server.Server) error {
	var more []string
	for _, text := range v.URL.Query()["contact"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return server.ErrNotFound
		}
		c, err := box.Contact(fax.ContactID(id))
		switch {
		case errors.Is(err, server.ErrNotFound) || c.FaxNumber == "":
		case err != nil:
			return err
		case p.Number == "":
			p.Number, p.Name, p.Company = c.FaxNumber, cmp.Or(c.Name, c.Company), c.Company
		default:
			more = append(more, strings.TrimSuffix(c.FaxNumber+", "+cmp.Or(c.Name, c.Company), ", "))
		}
	}
	p.More = strings.Join(more, "\n")
	return nil
}

// dials tells what each line would dial for a number.
func (s *site) dials(v *visit) error {
	number := v.field("number")
	var answers []string
	if err := fax.CheckNumber("faxNumber", number); err != nil {
		var invalid fax.Invalid
		if errors.As(err, &invalid) {
			answers = append(answers, v.fault(invalid[0]))
		}
		return v.json(answers)
	}
	if s.Server.Settings().Forbids(number) {
		return v.json([]string{v.lang.Say("send.blocked")})
	}
	for _, p := range s.Server.Ports(v.who()) {
		if dialled, err := p.Dial(number); err == nil && p.Send {
			answers = append(answers, v.lang.Say("send.dials", "line", p.Name, "number", dialled))
		}
	}
	return v.json(slices.Compact(answers))
}

func (v *visit) json(value any) error { return v.answer(http.StatusOK, value) }

// answer writes JSON.
func (v *visit) answer(status int, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.write(status, data)
	return nil
}

// uploadTime is how long an upload may take.
const uploadTime = 15 * time.Minute

// send sends a fax: the office's form becomes the API's, on the way and without being kept, and the API does it.
func (s *site) send(v *visit) error {
	answer, err := s.submit(v, api.Root+"/documents")
	if err != nil {
		return s.refused(v, err)
	}
	var sent wire.Submitted
	if err := json.Unmarshal(answer, &sent); err != nil {
		return err
	}
	to := "/jobs?done=sent"
	if len(sent.Items) == 1 {
		to = fmt.Sprintf("/jobs/%d?done=sent", sent.JobID)
	}
	if v.scripted() {
		return v.json(map[string]string{"to": to})
	}
	return v.redirect(to)
}

// preview makes the pages of a fax for a script to show.
func (s *site) preview(v *visit) error {
	answer, err := s.submit(v, api.Root+"/documents/preview")
	if err != nil {
		return s.refused(v, err)
	}
	var made wire.Preview
	if err := json.Unmarshal(answer, &made); err != nil {
		return err
	}
	for i, remark := range made.Remarks {
		made.Remarks[i] = v.lang.Said(remark)
	}
	return v.json(made)
}

// scripted reports that a script asks, which shows what it is told in the page that is there.
func (v *visit) scripted() bool { return v.Header.Get("Accept") == "application/json" }

// refused tells what is wrong with a fax: a script as JSON, in the visitor's language, anybody else as a page.
func (s *site) refused(v *visit, err error) error {
	if !v.scripted() {
		return err
	}
	p := s.API.Explain(v.Context(), err)
	faults := []saidFault{}
	for _, e := range p.Errors {
		field := e.Field
		if strings.HasPrefix(field, "recipients[") {
			field = "more"
		}
		faults = append(faults, saidFault{Field: field, Text: v.fault(e)})
	}
	if len(faults) == 0 {
		faults = append(faults, saidFault{Text: v.sentence(p)})
	}
	return v.tell(http.StatusOK, faults)
}

// saidFault is what is wrong, in words, as a script is told.
type saidFault struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
	To    string `json:"to,omitempty"`   // a page that helps
	Link  string `json:"link,omitempty"` // what it is called
}

// tell tells a script what is wrong.
func (v *visit) tell(status int, faults []saidFault) error {
	return v.answer(status, map[string]any{"faults": faults})
}

// submit has the API take the form, and returns what it answers. What it refuses is an error.
func (s *site) submit(v *visit, path string) ([]byte, error) {
	// Not every writer has deadlines; that of http.Server does.
	_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(uploadTime))
	parts, err := v.MultipartReader()
	if err != nil {
		return nil, errNoForm
	}
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	translated := make(chan struct{})
	go func() {
		defer close(translated)
		err := v.translate(parts, form)
		if err == nil { // a form that was cut off must not seem whole
			err = form.Close()
		}
		writer.CloseWithError(err) // nil: the end
	}()
	r := v.Clone(v.Context())
	u := *v.URL
	u.Path, u.RawQuery = path, ""
	r.URL, r.RequestURI, r.Body, r.ContentLength = &u, path, reader, -1
	r.MultipartForm = nil // the clone's body is another one
	r.Header.Set("Content-Type", form.FormDataContentType())
	if key := v.URL.Query().Get("key"); key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := &recorder{header: http.Header{}}
	s.API.Handler().ServeHTTP(w, r)
	reader.CloseWithError(io.ErrClosedPipe) // whatever was not read
	<-translated
	if w.status >= http.StatusBadRequest {
		p := &wire.Problem{}
		if err := json.Unmarshal(w.body.Bytes(), p); err != nil {
			return nil, err
		}
		return nil, p
	}
	return w.body.Bytes(), nil
}

// recorder keeps an answer of the API's, which is short.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// maxText is the length of a field that is no file, in octets.
const maxText = 64 << 10

// translate writes the fields of the office's form as those of a document. What was left empty is not sent.
func (v *visit) translate(parts *multipart.Reader, form *multipart.Writer) error {
	schedule, report := fax.SendNow, fax.Confirmation("")
	for {
		part, err := parts.NextPart()
		if err == io.EOF { // exactly: an upload that was cut off wraps it
			return nil
		}
		if err != nil {
			return err
		}
		name := part.FormName()
		if part.FileName() != "" {
			if err := copyFile(form, part.FileName(), part); err != nil {
				return err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, maxText))
		if err != nil {
			return err
		}
		value := strings.TrimSpace(string(text))
		switch name { // what it decides comes behind it in the form
		case "schedule":
			schedule = fax.Schedule(value)
		case "confirmation":
			report = fax.Confirmation(value)
		}
		if value == "" || name == "sendTime" && schedule != fax.SendAt || name == "emailAddress" && report != fax.ConfirmMail && report != fax.ConfirmFailure {
			continue
		}
		if err := v.translateField(form, name, value); err != nil {
			return err
		}
	}
}

func (v *visit) translateField(form *multipart.Writer, name, value string) error {
	write := func(name, value string) error { return form.WriteField(name, value) }
	switch name {
	case "more":
		list, err := json.Marshal(recipients(value))
		return errors.Join(err, write("recipients", string(list)))
	case "cover":
		whose, cover, _ := strings.Cut(value, ":")
		return errors.Join(write("sendCoverpage", "true"), write("coverpageName", cover),
			write("serverCoverpage", strconv.FormatBool(whose == "server")))
	case "sendTime":
		if t, err := time.ParseInLocation("2006-01-02T15:04", value, v.voice.zone); err == nil {
			value = t.Format(time.RFC3339)
		}
		return write(name, value)
	case "message":
		return v.site.attach(form, value)
	}
	return write(name, value)
}

// recipients are those of a text with one on each line: the number, and behind a comma or the like the name.
func recipients(text string) []fax.Recipient {
	var list []fax.Recipient
	for _, line := range split(text) {
		number, name := line, ""
		if at := strings.IndexAny(line, ",;\t"); at >= 0 {
			number, name = strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])
		}
		list = append(list, fax.Recipient{FaxNumber: number, RecipientName: name})
	}
	return list
}

// attach puts the pages of a fax into the form.
func (s *site) attach(form *multipart.Writer, id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return server.ErrNotFound
	}
	file, _, err := s.Server.MessageTIFF(fax.MessageID(n))
	if err != nil {
		return err
	}
	defer file.Close() // only read
	return copyFile(form, fmt.Sprintf("fax-%d.tiff", n), file)
}

func copyFile(form *multipart.Writer, name string, content io.Reader) error {
	w, err := form.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}
