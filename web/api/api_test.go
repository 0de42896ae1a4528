package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/auth"
)

var serverBoss = server.Who{Caller: fax.Caller{User: "anna", Rights: fax.AllRights}}

// resources are the schemas that carry the objects of the members' list, and where each is got.
var resources = map[string]struct{ schema, list, get string }{
	"Server":        {"ServerResource", "", Root + "/server"},
	"Port":          {"Port", "ListPort", Root + "/ports/1"},
	"Status":        {"Status", "ListStatus", Root + "/ports/1/status"},
	"RoutingMethod": {"RoutingMethod", "ListRoutingMethod", Root + "/ports/1/routing-methods/" + fax.RouteFolder},
	"Job":           {"Job", "ListJob", Root + "/jobs/1"},
	"Document":      {"Document", "", ""},
	"Message":       {"Message", "ListMessage", Root + "/messages/1"},
}

// Each of the 128 members is carried by a resource, or is an operation; and each that is read is in the answer, but for
// those that are documented to be absent when there is nothing to tell.
func TestEveryMemberIsCarriedByAResource(t *testing.T) {
	text, err := os.ReadFile("../../fax/testdata/members.txt")
	if err != nil {
		t.Fatal(err)
	}
	inBox(t, func(b *box) {
		b.job(fax.Sender, "102")
		time.Sleep(5 * time.Minute)
		answers := map[string]map[string]any{}
		for name, r := range resources {
			if r.get != "" {
				answers[name] = as[map[string]any](b.do(fax.Viewer, "GET", strings.NewReplacer("{", "%7B", "}", "%7D").Replace(r.get), nil).want(200))
			}
		}
		members := 0
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			member, place, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok {
				continue
			}
			members++
			b.checkMember(member, strings.TrimSpace(place), answers)
		}
		if members != 128 {
			b.Errorf("%d members are listed, want 128", members)
		}
	})
}

func (b *box) checkMember(member, place string, answers map[string]map[string]any) {
	b.Helper()
	schemas := b.api.huma.OpenAPI().Components.Schemas.Map()
	if method, path, ok := strings.Cut(place, " /"); ok {
		item := b.api.huma.OpenAPI().Paths["/"+path]
		if item == nil || operations(item)[method] == nil {
			b.Errorf("%s: there is no operation %s", member, place)
		}
		return
	}
	if place == "client" || place == "never" {
		return
	}
	name, isList := strings.CutPrefix(place, "list ")
	name, field, _ := strings.Cut(name, ".")
	r := resources[name]
	schema := r.schema
	if isList {
		schema = r.list
	}
	s := schemas[schema]
	if s == nil || s.Properties[field] == nil {
		b.Errorf("%s: no resource carries %s", member, place)
		return
	}
	if !isList && answers[name] != nil && slices.Contains(s.Required, field) {
		if _, there := answers[name][field]; !there {
			b.Errorf("%s: %s is not in the answer %v", member, place, answers[name])
		}
	}
}

func TestOneFaxFromLineToLine(t *testing.T) {
	inBox(t, func(b *box) {
		sent := b.Page()
		r := b.form("faxNumber", "102", "displayName", "A white page", "senderName", "Anna", "@file", string(sent))
		r.Header.Set("Idempotency-Key", "one")
		first := b.send(fax.Sender, r).want(http.StatusCreated)
		submitted := as[wire.Submitted](first)
		if submitted.JobID != 1 || submitted.Count != 1 || first.Header().Get("Location") != Root+"/jobs/1" {
			b.Errorf("submitted: %+v, location %q", submitted, first.Header().Get("Location"))
		}
		again := b.form("faxNumber", "102", "displayName", "A white page", "senderName", "Anna", "@file", string(sent))
		again.Header.Set("Idempotency-Key", "one")
		if s := as[wire.Submitted](b.send(fax.Sender, again).want(http.StatusOK)); s.JobID != 1 {
			b.Errorf("the same key made another job: %+v", s)
		}
		time.Sleep(20 * time.Second)
		if s := as[fax.Status](b.do(fax.Viewer, "GET", Root+"/ports/1/status", nil)); !s.Send || s.Address != "102" || s.SenderName != "Anna" || s.JobID != 1 {
			b.Errorf("while sending: %+v", s)
		}
		time.Sleep(5 * time.Minute)
		job := as[fax.Job](b.do(fax.Viewer, "GET", Root+"/jobs/1", nil))
		if job.State != fax.Finished || job.ConfirmedPages != 1 {
			b.Errorf("the job: %+v", job)
		}
		list := as[wire.List[fax.Message]](b.do(fax.Viewer, "GET", Root+"/messages?direction=in", nil))
		if list.Count != 1 || list.Items[0].Pages != 1 || list.Items[0].Read {
			b.Fatalf("received: %+v", list)
		}
		b.checkFiles(list.Items[0].ID)
		b.checkCalls()
	})
}

// checkFiles fetches what was received in every form.
func (b *box) checkFiles(id fax.MessageID) {
	b.Helper()
	at := fmt.Sprintf("%s/messages/%d", Root, id)
	file := b.do(fax.Viewer, "GET", at+"/file.tiff", nil).want(200)
	if !bytes.HasPrefix(file.Body.Bytes(), []byte("II*\x00")) {
		b.Errorf("file.tiff begins with %q", file.Body.Bytes()[:4])
	}
	part := httptest.NewRequest("GET", at+"/file.tiff", nil)
	part.Header.Set("Range", "bytes=0-3")
	w := httptest.NewRecorder()
	part.Header.Set("Authorization", "Bearer "+b.tokens[fax.Viewer])
	b.handler.ServeHTTP(w, part)
	if w.Code != http.StatusPartialContent || w.Body.Len() != 4 {
		b.Errorf("a range: status %d, %d octets", w.Code, w.Body.Len())
	}
	picture, err := png.Decode(b.do(fax.Viewer, "GET", at+"/pages/1.png", nil).want(200).Body)
	b.Must(err)
	if size := picture.Bounds().Size(); size.X != 1728 || size.Y < 2200 {
		b.Errorf("the page is %v", size)
	}
	b.do(fax.Viewer, "GET", at+"/pages/2.png", nil).want(404)
	b.do(fax.Viewer, "GET", at+"/pages/0.png", nil).want(422)
	if file := b.do(fax.Viewer, "GET", at+"/file.pdf", nil).want(200); !strings.HasPrefix(file.Body.String(), "%PDF-") {
		b.Errorf("file.pdf begins with %q", file.Body.Bytes()[:8])
	}
	b.checkSmall(at + "/pages/1.png")
	b.do(fax.Viewer, "GET", at+"/report.pdf", nil).want(404)
	tags := as[fax.Message](b.do(fax.Viewer, "GET", at+"?tags=true", nil).want(200)).TiffTagString
	if tags["259"] != "4" || tags["256"] != "1728" {
		b.Errorf("tags: %v", tags)
	}
	m := as[fax.Message](b.do(fax.Viewer, "PATCH", at, map[string]any{"read": true, "note": "for Bob"}).want(200))
	if !m.Read || m.Note != "for Bob" {
		b.Errorf("patched: %+v", m)
	}
	b.do(fax.Operator, "DELETE", at, nil).want(204)
	b.do(fax.Viewer, "GET", at, nil).want(404)
}

// checkSmall fetches a small picture, and does not fetch it again.
func (b *box) checkSmall(at string) {
	b.Helper()
	small := b.do(fax.Viewer, "GET", at+"?width=200", nil).want(200)
	tag := small.Header().Get("ETag")
	if cache := small.Header().Get("Cache-Control"); !strings.Contains(cache, "immutable") || !strings.Contains(cache, "private") || tag == "" {
		b.Errorf("Cache-Control %q, ETag %q", cache, tag)
	}
	picture, err := png.Decode(small.Body)
	b.Must(err)
	if size := picture.Bounds().Size(); size.X != 200 || size.Y < 250 || size.Y > 320 {
		b.Errorf("the small picture is %v", size)
	}
	r := httptest.NewRequest("GET", at+"?width=200", nil)
	r.Header.Set("If-None-Match", tag)
	b.send(fax.Viewer, r).want(304)
	r = httptest.NewRequest("GET", at+"?width=300", nil)
	r.Header.Set("If-None-Match", tag)
	b.send(fax.Viewer, r).want(200)
	for _, width := range []string{"0", "15", "2501", "x"} {
		b.do(fax.Viewer, "GET", at+"?width="+width, nil).want(422)
	}
}

func (b *box) checkCalls() {
	b.Helper()
	calls := as[wire.List[fax.Call]](b.do(fax.Viewer, "GET", Root+"/calls?limit=1", nil).want(200))
	if calls.Count != 1 || calls.Next == "" {
		b.Fatalf("the newest call: %+v", calls)
	}
	rest := as[wire.List[fax.Call]](b.do(fax.Viewer, "GET", Root+"/calls?cursor="+calls.Next, nil).want(200))
	if rest.Count != 1 || rest.Next != "" {
		b.Errorf("the other call: %+v", rest)
	}
	trace := b.do(fax.Viewer, "GET", fmt.Sprintf("%s/calls/%d/trace", Root, calls.Items[0].ID), nil).want(200)
	if !strings.Contains(trace.Body.String(), "MCF") {
		b.Errorf("no MCF in the trace:\n%s", trace.Body)
	}
	b.Must(b.Store.Learn(fax.Fact{Number: "102", Name: fax.NoV17, Value: "true", Expires: time.Now().Add(time.Hour)}))
	known := func(number string) int {
		return as[wire.List[fax.Fact]](b.do(fax.Viewer, "GET", Root+"/learned?number="+number, nil).want(200)).Count
	}
	if known("102") != 1 || known("103") != 0 || known("") != 1 {
		b.Error("what calls have taught of 102 is not told")
	}
	b.do(fax.Administrator, "DELETE", Root+"/learned/102", nil).want(204)
	if known("") != 0 {
		b.Error("it is not forgotten")
	}
	table := b.do(fax.Viewer, "GET", Root+"/calls.csv", nil).want(200).Body.String()
	if lines := strings.Count(table, "\n"); lines != 3 {
		b.Errorf("the table has %d lines, want 3:\n%s", lines, table)
	}
}

func TestSubmissionsThatAreRefused(t *testing.T) {
	inBox(t, func(b *box) {
		page := string(b.Page())
		for _, c := range []struct {
			name   string
			fields []string
			status int
			field  string
		}{
			{"no number", []string{"@file", page}, 422, "faxNumber"},
			{"a bad number", []string{"faxNumber", "call me", "@file", page}, 422, "faxNumber"},
			{"an emergency number", []string{"faxNumber", "112", "@file", page}, 422, "faxNumber"},
			{"no file", []string{"faxNumber", "102"}, 422, "fileName"},
			{"a file of another kind", []string{"faxNumber", "102", "@file", rendertest.Refuse + "notSupported is a Word document"}, 422, "files[0]"},
			{"an unknown field", []string{"faxNumber", "102", "faxNumbr", "1", "@file", page}, 422, "faxNumbr"},
			{"a field twice", []string{"faxNumber", "102", "senderName", "a", "senderName", "b", "@file", page}, 422, "senderName"},
			{"a boolean that is none", []string{"faxNumber", "102", "discountSend", "maybe", "@file", page}, 422, "discountSend"},
			{"recipients that are no JSON", []string{"recipients", "[{", "@file", page}, 422, "recipients"},
			{"a document that is no JSON", []string{"document", "{", "@file", page}, 422, "document"},
			{"a document with an unknown member", []string{"document", `{"faxNumbr":"1"}`, "@file", page}, 422, "document"},
			{"a port that is none", []string{"faxNumber", "102", "deviceId", "77", "@file", page}, 422, "deviceId"},
			{"a field too long", []string{"faxNumber", "102", "coverpageNote", strings.Repeat("x", maxField+1), "@file", page}, 413, ""},
		} {
			r := b.send(fax.Sender, b.form(c.fields...))
			if r.Code != c.status {
				b.Errorf("%s: status %d, want %d: %s", c.name, r.Code, c.status, r.Body)
				continue
			}
			p := as[wire.Problem](r)
			if c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field || p.Code == 0) {
				b.Errorf("%s: %s, want the field %s and a code", c.name, r.Body, c.field)
			}
		}
		plain := httptest.NewRequest("POST", Root+"/documents", strings.NewReader("x"))
		b.send(fax.Sender, plain).want(http.StatusUnsupportedMediaType)
		cut := b.form("faxNumber", "102", "@file", page)
		cut.Body = http.NoBody
		b.send(fax.Sender, cut).want(http.StatusBadRequest)
		if jobs := as[wire.List[fax.Job]](b.do(fax.Viewer, "GET", Root+"/jobs?all=true", nil)); jobs.Count != 0 {
			b.Errorf("something was queued: %+v", jobs)
		}
	})
}

func TestSeveralRecipients(t *testing.T) {
	inBox(t, func(b *box) {
		b.Must(pause(b))
		for _, fields := range [][]string{
			{"faxNumber", "201", "faxNumber", "202", "faxNumber", "203"},
			{"recipients", "201", "recipients", "202", "recipients", "203"},
			{"recipients", `[{"faxNumber":"201"},{"faxNumber":"202","recipientName":"Bob"},{"faxNumber":"203"}]`},
			{"document", `{"faxNumber":"201","recipients":[{"faxNumber":"202"},{"faxNumber":"203"}]}`},
		} {
			s := as[wire.Submitted](b.send(fax.Sender, b.form(append(fields, "@any", string(b.Page()))...)).want(201))
			var numbers []string
			for _, j := range s.Items {
				numbers = append(numbers, j.FaxNumber)
				if j.SubmissionID != s.SubmissionID {
					b.Errorf("%v: job %d is of another submission", fields, j.JobID)
				}
			}
			if !slices.Equal(numbers, []string{"201", "202", "203"}) {
				b.Errorf("%v: jobs to %v", fields, numbers)
			}
		}
	})
}

// One's own jobs one may manage without the right to manage.
func TestOnesOwnJobs(t *testing.T) {
	inBox(t, func(b *box) {
		b.Must(pause(b))
		for name, role := range map[string]fax.Role{"sam": fax.Sender, "sue": fax.Sender} {
			_, err := b.Accounts.Create(auth.Identity{}, fax.User{Name: name, Role: role}, "12345678")
			b.Must(err)
			_, secret, err := b.Accounts.NewToken(auth.Identity{Caller: fax.Caller{User: name, Rights: role.Rights()}}, "x", role, time.Time{})
			b.Must(err)
			b.tokens[fax.Role(name)] = secret
		}
		job := fmt.Sprintf("%s/jobs/%d", Root, b.job("sam", "103"))
		b.do("sue", "POST", job+"/pause", nil).want(403)
		if j := as[fax.Job](b.do("sam", "POST", job+"/pause", nil).want(200)); j.QueueStatus != fax.Paused {
			b.Errorf("paused: %+v", j)
		}
		b.do("sam", "POST", job+"/pause", nil).want(200) // it is held already
		p := as[wire.Problem](b.do("sam", "POST", job+"/restart", nil).want(409))
		if p.Code != fax.ErrorInvalidOperation || !strings.Contains(p.Detail, "Paused") {
			b.Errorf("restart of a paused job: %+v", p)
		}
		b.do("sam", "POST", job+"/resume", nil).want(200)
		b.do("sam", "POST", job+"/cancel", nil).want(200)
		if l := as[wire.List[fax.Job]](b.do("sam", "GET", Root+"/jobs", nil)); l.Count != 0 {
			b.Errorf("still in the queue: %+v", l)
		}
	})
}

func TestPatchesNameTheFieldAtFault(t *testing.T) {
	inBox(t, func(b *box) {
		for _, c := range []struct{ path, body, field string }{
			{"/server", `{"retries":100}`, "retries"},
			{"/server", `{"retries":"many"}`, "retries"},
			{"/server", `{"retrys":1}`, "retrys"},
			{"/server", `{"archiveOutboundFaxes":true}`, "archiveOutboundFaxes"},
			{"/server", `{"discountPeriod":{"start":"25:00","end":"06:00"}}`, ""},
			{"/ports/1", `{"rings":0}`, "rings"},
			{"/ports/1", `{"priority":3}`, "priority"},
			{"/ports/1", `{"deviceId":3}`, "deviceId"},
			{"/ports/1/routing-methods/92041a90-9af2-11d0-abf7-00c04fd91a4e", `{"enable":true}`, "setting"},
		} {
			r := httptest.NewRequest("PATCH", Root+c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			p := as[wire.Problem](b.send(fax.Administrator, r).want(422))
			if len(p.Errors) == 0 || c.field != "" && p.Errors[0].Field != c.field || p.Code != fax.ErrorInvalidParameter {
				b.Errorf("PATCH %s %s: %+v", c.path, c.body, p)
			}
		}
		before := as[fax.ServerResource](b.do(fax.Viewer, "GET", Root+"/server", nil))
		b.do(fax.Administrator, "PATCH", Root+"/server", map[string]any{"retries": 7, "dirtyDays": 100000}).want(422)
		after := as[fax.ServerResource](b.do(fax.Viewer, "GET", Root+"/server", nil))
		if !reflect.DeepEqual(before, after) {
			b.Errorf("half a patch was taken:\n%+v\n%+v", before, after)
		}
	})
}

func TestPriorityShiftsTheOthers(t *testing.T) {
	inBox(t, func(b *box) {
		ports := as[wire.List[fax.Port]](b.do(fax.Operator, "PATCH", Root+"/ports/2", map[string]any{"priority": 1}).want(200))
		if len(ports.Items) != 2 || ports.Items[0].Priority != 2 || ports.Items[1].Priority != 1 {
			b.Errorf("ranks: %+v", ports)
		}
		if p := as[fax.Port](b.do(fax.Viewer, "GET", Root+"/ports/2", nil)); p.CanModify {
			b.Error("a viewer is told to be able to modify a port")
		}
		if p := as[fax.Port](b.do(fax.Operator, "GET", Root+"/ports/2", nil)); !p.CanModify {
			b.Error("an operator is told not to be able to modify a port")
		}
	})
}

func TestStatusHasAnETag(t *testing.T) {
	inBox(t, func(b *box) {
		get := func(tag string) reply {
			r := httptest.NewRequest("GET", Root+"/ports/1/status", nil)
			if tag != "" {
				r.Header.Set("If-None-Match", tag)
			}
			return b.send(fax.Viewer, r)
		}
		tag := get("").want(200).Header().Get("ETag")
		time.Sleep(time.Minute)
		if r := get(tag).want(304); r.Body.Len() != 0 || r.Header().Get("ETag") != tag {
			b.Errorf("304 with %d octets and tag %s", r.Body.Len(), r.Header().Get("ETag"))
		}
		get(`"other", ` + tag).want(304)
		get(`"other"`).want(200)
		b.job(fax.Sender, "103")
		time.Sleep(time.Second)
		get(tag).want(200)
	})
}

func TestHealthAndMetrics(t *testing.T) {
	inBox(t, func(b *box) {
		b.job(fax.Sender, "103")
		time.Sleep(30 * time.Second)
		if h := as[wire.Health](b.do(nobody, "GET", "/healthz", nil).want(200)); !h.OK || h.Findings != nil {
			b.Errorf("healthz: %+v", h)
		}
		if h := as[wire.Health](b.do(fax.Viewer, "GET", Root+"/health", nil).want(200)); len(h.Findings) == 0 {
			b.Errorf("health: %+v", h)
		}
		text := b.do(fax.Viewer, "GET", "/metrics", nil).want(200).Body.String()
		for _, want := range []string{`faxbox_calls_total{direction="out",cause="busy"} 1`, `faxbox_ports{status="Available"} `,
			`faxbox_jobs{status="Retrying"} 1`, "# TYPE faxbox_events_total counter"} {
			if !strings.Contains(text, want+"\n") && !strings.Contains(text, want) {
				b.Errorf("metrics lack %s:\n%s", want, text)
			}
		}
	})
}

func TestOpenAPIDocument(t *testing.T) {
	inBox(t, func(b *box) {
		var doc struct {
			OpenAPI string
			Paths   map[string]map[string]json.RawMessage
		}
		b.Must(json.Unmarshal(b.do(nobody, "GET", "/openapi.json", nil).want(200).Body.Bytes(), &doc))
		if doc.OpenAPI != "3.1.0" || len(doc.Paths) < 30 {
			b.Errorf("openapi %q with %d paths", doc.OpenAPI, len(doc.Paths))
		}
		b.do(nobody, "GET", "/docs", nil).want(404)
		if p := as[wire.Problem](b.do(nobody, "GET", "/api/v2/x", nil).want(404)); p.Hint == "" {
			b.Errorf("an unknown path: %+v", p)
		}
	})
}
