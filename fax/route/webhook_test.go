package route

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/route/nettest"
)

const hookURL = "http://hook.example.com/fax?x=1"

// hook is a receiver of webhooks.
type hook struct {
	*nettest.Listener
	mu     sync.Mutex
	answer func(http.ResponseWriter, *http.Request)
	got    []request
}

type request struct {
	*http.Request
	body []byte
}

// hooked runs a test with a receiver in virtual time.
func hooked(t *testing.T, f func(t *testing.T, w *Webhook, h *hook)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hook{Listener: nettest.Listen()}
		server := http.Server{Handler: h}
		go server.Serve(h)
		defer server.Close()
		f(t, &Webhook{Secret: func(url string) ([]byte, error) { return []byte("secret of " + url), nil }, Dial: h.Dial}, h)
	})
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.got = append(h.got, request{r, body})
	h.mu.Unlock()
	if h.answer != nil {
		h.answer(w, r)
	}
}

// genuine checks a request as a receiver does.
func (r request) genuine(t *testing.T) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte("secret of "+hookURL))
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), r.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("Webhook-Signature") != want {
		t.Errorf("signature %s, want %s", r.Header.Get("Webhook-Signature"), want)
	}
	if stamp := r.Header.Get("Webhook-Timestamp"); stamp != fmt.Sprint(time.Now().Unix()) {
		t.Errorf("timestamp %s", stamp)
	}
}

func TestWebhook(t *testing.T) {
	f := scanned(t)
	f.Message.Note, f.Message.Outcomes = "our own", []fax.RoutingOutcome{{Guid: "x"}}
	hooked(t, func(t *testing.T, w *Webhook, h *hook) {
		for _, c := range []struct {
			format fax.FileFormat
			media  string
			begins string
		}{{"", "application/pdf", "%PDF-"}, {fax.PDF, "application/pdf", "%PDF-"}, {fax.TIFF, "image/tiff", "II*\x00"}, {fax.Link, "", ""}} {
			h.got = nil
			done, err := w.Route(t.Context(), fax.RoutingMethod{Setting: hookURL, Format: c.format}, f)
			if err != nil || done.Result != "200 OK" || len(h.got) != 1 {
				t.Fatalf("%v, %+v", err, done)
			}
			r := h.got[0]
			r.genuine(t)
			media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
			if err != nil || r.Method != http.MethodPost || r.URL.RequestURI() != "/fax?x=1" || r.ContentLength != int64(len(r.body)) {
				t.Errorf("%v, %s %s of %d octets", err, r.Method, r.URL, r.ContentLength)
			}
			message := r.body
			if c.format != fax.Link {
				form, err := multipart.NewReader(bytes.NewReader(r.body), params["boundary"]).ReadForm(1 << 20)
				if err != nil || len(form.File["file"]) != 1 || len(form.Value["message"]) != 1 {
					t.Fatalf("%v, %+v", err, form)
				}
				file := form.File["file"][0]
				content, err := file.Open()
				if err != nil {
					t.Fatal(err)
				}
				data, err := io.ReadAll(content)
				if err != nil || !strings.HasPrefix(string(data), c.begins) || file.Header.Get("Content-Type") != c.media || file.Filename == "" {
					t.Errorf("%v, %.10q, %+v", err, data, file.Header)
				}
				message = []byte(form.Value["message"][0])
			} else if media != "application/json" {
				t.Errorf("%s", media)
			}
			var m fax.Message
			if err := json.Unmarshal(message, &m); err != nil || m.ID != f.Message.ID || m.CallerID != f.Message.CallerID || m.Note != "" || m.Outcomes != nil {
				t.Errorf("%v, %s", err, message)
			}
		}
	})
}

// A receiver knows a second attempt by its id, and its body is the same; only the time is another.
func TestWebhookAgain(t *testing.T) {
	f := scanned(t)
	hooked(t, func(t *testing.T, w *Webhook, h *hook) {
		h.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		for n := range 2 {
			if _, err := w.Route(t.Context(), fax.RoutingMethod{Setting: hookURL}, f); err == nil || IsFinal(err) {
				t.Fatal(err)
			}
			h.got[n].genuine(t)
			f.Message.Outcomes, f.Message.Read, f.Outcome.Attempts = []fax.RoutingOutcome{{Attempts: n}}, true, n
			time.Sleep(time.Minute)
		}
		a, b := h.got[0], h.got[1]
		if a.Header.Get("Webhook-Id") != b.Header.Get("Webhook-Id") || !bytes.Equal(a.body, b.body) || a.Header.Get("Webhook-Timestamp") == b.Header.Get("Webhook-Timestamp") {
			t.Errorf("%v\n%v", a.Header, b.Header)
		}
	})
}

func TestWebhookAnswers(t *testing.T) {
	f := scanned(t)
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   string // of the error; empty: none
		final  bool
	}{
		{"accepted", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, "", false},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, "410 Gone", true},
		{"not found", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, "404 Not Found", false},
		{"error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "500", false},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example.com/", http.StatusFound)
		}, "302 Found", false},
		{"permanent redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusPermanentRedirect)
		}, "308", false},
		{"broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot be reached", false},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "cannot be reached", false},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			hooked(t, func(t *testing.T, w *Webhook, h *hook) {
				h.answer = c.answer
				begun := time.Now()
				_, err := w.Route(t.Context(), fax.RoutingMethod{Setting: hookURL}, f)
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || Hint(err) == "") || IsFinal(err) != c.final {
					t.Errorf("%v", err)
				}
				h.mu.Lock()
				if len(h.got) != 1 {
					t.Errorf("%d requests", len(h.got))
				}
				h.mu.Unlock()
				if d := time.Since(begun); d > webhookPatience+time.Second {
					t.Errorf("it took %v", d)
				}
				synctest.Wait()
			})
		})
	}
}

// A receiver that takes nothing is left when the attempt's time is over; a fax that cannot be read is not posted in part.
func TestWebhookEnds(t *testing.T) {
	f := scanned(t)
	synctest.Test(t, func(t *testing.T) {
		hole := nettest.Listen()
		defer hole.Close()
		go hole.Accept() // and nothing more
		w := &Webhook{Secret: func(string) ([]byte, error) { return nil, nil }, Dial: hole.Dial}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.Route(ctx, fax.RoutingMethod{Setting: hookURL}, f); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		broken := f
		broken.Open = func() (File, error) { return nil, errors.New("it is gone") }
		if _, err := w.Route(t.Context(), fax.RoutingMethod{Setting: hookURL}, broken); err == nil || !strings.Contains(err.Error(), "it is gone") {
			t.Errorf("%v", err)
		}
	})
}

func TestURLs(t *testing.T) {
	for setting, wrong := range map[string]bool{
		"": false, "https://example.com/x": false, "http://10.0.0.1:8080": false, "ftp://example.com": true, "file:///etc/passwd": true,
		"javascript:alert(1)": true, "example.com": true, "https://": true, "https://user:secret@example.com": true, "https://e.com/#x": true,
		"https:example.com": true, "http://:80/": true, "http://a b/": true, "ipp://p/": true,
	} {
		err := new(Webhook).Check(fax.RoutingMethod{Setting: setting})
		if list, ok := errors.AsType[fax.Invalid](err); (err != nil) != wrong || wrong && (!ok || list[0].Field != "setting") {
			t.Errorf("webhook %q: %v", setting, err)
		}
	}
	for _, c := range []struct {
		setting string
		format  fax.FileFormat
		field   string
	}{
		{"ipp://p", "", ""}, {"ipps://p:443/ipp/print", fax.PDF, ""}, {"ipp://p/x", fax.PWG, ""}, {"ipp://p/x", fax.PCL, "format"},
		{"socket://p", fax.PCL, ""}, {"socket://p:9100", fax.PDF, ""}, {"socket://p:9100", fax.PWG, "format"}, {"socket://p/x", "", "setting"},
		{"lpd://p/q", "", "setting"}, {"http://p", "", "setting"}, {"", fax.TIFF, "format"}, {"", "", ""},
	} {
		err := new(Print).Check(fax.RoutingMethod{Setting: c.setting, Format: c.format})
		list, _ := errors.AsType[fax.Invalid](err)
		if got := list; c.field == "" && err != nil || c.field != "" && (len(got) == 0 || got[0].Field != c.field || got[0].Hint == "") {
			t.Errorf("print %q %s: %v", c.setting, c.format, err)
		}
	}
}
