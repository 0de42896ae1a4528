package route

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/fax/route/printer"
)

// Webhook posts the fax to a URL: multipart/form-data with the message resource as JSON in the field message and the file in
// the field file; with the format link, the JSON alone.
//
// Each request has three headers (standardwebhooks.com): Webhook-Id, the same at each attempt for one fax, by which a
// receiver knows what he has already; Webhook-Timestamp, when this attempt was made, in seconds since 1970; and
// Webhook-Signature, "v1," and the base64 of HMAC-SHA256(secret, id + "." + timestamp + "." + body). Each URL has a secret of
// its own. A receiver should refuse what is older than some minutes.
//
// Any answer of 2xx within a minute is a success; 410 ends the attempts; everything else, redirects too, is tried again.
// What is in the answer is not looked at.
type Webhook struct {
	// Secret is the secret that requests to a URL are signed with.
	Secret func(url string) ([]byte, error)
	// Dial connects; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// About tells the method's names.
func (*Webhook) About() fax.RoutingMethod {
	return fax.RoutingMethod{
		Guid: fax.RouteWebhook, FriendlyName: "Post to a URL", FunctionName: "webhook",
		ExtensionName: "faxbox", ImageName: "faxbox", Priority: 4, NamePattern: defaultPattern, Format: fax.PDF,
	}
}

// Check wants a URL of http or https.
func (*Webhook) Check(m fax.RoutingMethod) error {
	var wrong error
	if m.Setting != "" {
		wrong = checkURL(m.Setting, "https://example.com/fax", "https", "http")
	}
	return faults(wrong, checkPattern(m.NamePattern), checkFormat(m.Format, fax.PDF, fax.TIFF, fax.Link))
}

// checkURL says what is wrong with a URL in setting, which must have a host and one of these schemes.
func checkURL(text, example string, schemes ...string) error {
	hint := "Enter a URL such as " + example + "."
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return invalid("setting", "is no URL", hint)
	case u.User != nil:
		return invalid("setting", "holds a user or a password, which everybody who sees the settings could read", "Leave them out.")
	case u.Fragment != "":
		return invalid("setting", "holds a fragment, which no server is told", hint)
	}
	for _, s := range schemes {
		if u.Scheme == s {
			return nil
		}
	}
	return invalid("setting", fmt.Sprintf("begins with %q", u.Scheme+":"), hint)
}

const (
	webhookPatience = time.Minute // for the answer, once everything is sent
	connectPatience = 30 * time.Second
)

// Route posts it; the result is the answer's status.
func (w *Webhook) Route(ctx context.Context, m fax.RoutingMethod, f Fax) (Done, error) {
	secret, err := w.Secret(m.Setting)
	if err != nil {
		return Done{}, err
	}
	body := posted{fax: f, format: m.Format, pattern: m.NamePattern, id: f.eventID()}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	signed, size, err := body.sign(secret, stamp)
	if err != nil {
		return Done{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Setting, nil)
	if err != nil {
		return Done{}, Final(fmt.Errorf("the URL: %w", err))
	}
	pipe, into := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() { into.CloseWithError(body.write(into)) }) // ends when the pipe is closed
	defer writing.Wait()
	defer pipe.Close()
	r.Body, r.ContentLength = pipe, size
	r.Header.Set("Content-Type", body.contentType())
	r.Header.Set("User-Agent", "faxbox")
	r.Header.Set("Webhook-Id", body.id)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(signed))
	status, err := w.post(r)
	return Done{Result: status}, err
}

// post makes the request, and says what was answered.
func (w *Webhook) post(r *http.Request) (string, error) {
	dial := w.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectPatience}).DialContext
	}
	transport := &http.Transport{
		DialContext: dial, DisableKeepAlives: true, TLSHandshakeTimeout: connectPatience, ResponseHeaderTimeout: webhookPatience,
		MaxResponseHeaderBytes: 64 << 10,
	}
	answer, err := transport.RoundTrip(r) // which follows no redirect
	if err != nil {
		return "", hinted{fmt.Errorf("%s cannot be reached: %w", r.URL.Host, printer.Unreachable(err)), "Check the URL, and the network between the box and it."}
	}
	answer.Body.Close()
	switch code := answer.StatusCode; {
	case code/100 == 2:
		return answer.Status, nil
	case code == http.StatusGone:
		return "", Final(hinted{fmt.Errorf("%s answers %s", r.URL.Host, status(code)), "It wants no more faxes: enter another URL, or switch the method off."})
	case code/100 == 3:
		return "", hinted{fmt.Errorf("%s answers %s", r.URL.Host, status(code)), "Enter the URL that it leads to: faxes are not sent where an answer points."}
	default:
		return "", hinted{fmt.Errorf("%s answers %s", r.URL.Host, status(code)), "Check the URL, and what its owner finds in his log."}
	}
}

// status is an answer in our words: theirs may be any.
func status(code int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// eventID is what the event is known by, the same at each attempt.
func (f Fax) eventID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", f.Message.ID, f.Message.RawReceiveTime.UTC().Format(time.RFC3339Nano), f.Outcome.Key()))
	return fmt.Sprintf("fax-%d-%s", f.Message.ID, hex.EncodeToString(sum[:8]))
}

// posted is the body of a request, the same octets each time it is written.
type posted struct {
	fax     Fax
	format  fax.FileFormat
	pattern string
	id      string
}

func (p posted) boundary() string { return "faxbox-" + p.id }

func (p posted) contentType() string {
	if p.format == fax.Link {
		return "application/json"
	}
	return "multipart/form-data; boundary=" + p.boundary()
}

// message is what the receiver is told of the fax: nothing that changes from one attempt to the next, or that is the
// office's own.
func (p posted) message() ([]byte, error) {
	m := p.fax.Message
	m.Outcomes, m.Note, m.Read = nil, "", false
	return json.Marshal(m)
}

func (p posted) write(to io.Writer) error {
	message, err := p.message()
	if err != nil {
		return err
	}
	if p.format == fax.Link {
		_, err := to.Write(message)
		return err
	}
	w := multipart.NewWriter(to)
	if err := w.SetBoundary(p.boundary()); err != nil {
		return err
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="message"`}, "Content-Type": {"application/json"},
	})
	if err != nil {
		return err
	}
	if _, err := part.Write(message); err != nil {
		return err
	}
	media, _ := fileType(p.format)
	name := p.fax.fileName(p.pattern, p.format)
	part, err = w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": name})}, "Content-Type": {media},
	})
	if err != nil {
		return err
	}
	if err := p.fax.write(part, p.format); err != nil {
		return err
	}
	return w.Close()
}

// sign is the signature of the body, and the body's length.
func (p posted) sign(secret []byte, stamp string) ([]byte, int64, error) {
	h := &measured{Hash: hmac.New(sha256.New, secret)}
	if _, err := fmt.Fprintf(h.Hash, "%s.%s.", p.id, stamp); err != nil {
		return nil, 0, err
	}
	err := p.write(h)
	return h.Sum(nil), h.n, err
}

// measured counts what is hashed.
type measured struct {
	hash.Hash
	n int64
}

func (m *measured) Write(p []byte) (int, error) {
	m.n += int64(len(p))
	return m.Hash.Write(p)
}
