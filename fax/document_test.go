package fax

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestDocumentCheck(t *testing.T) {
	good := Document{FileName: "page.tif", FaxNumber: "102"}
	onlyServers := NewServer()
	onlyServers.ServerCoverpage = true
	for _, c := range []struct {
		name   string
		change func(*Document)
		server Server
		wrong  string
	}{
		{"as it should be", func(*Document) {}, NewServer(), ""},
		{"nothing", func(d *Document) { *d = Document{} }, NewServer(), "faxNumber fileName"},
		{"no number", func(d *Document) { d.FaxNumber = "Anna" }, NewServer(), "faxNumber"},
		{"emergency", func(d *Document) { d.FaxNumber = "112" }, NewServer(), "faxNumber"},
		{"only others", func(d *Document) { d.FaxNumber, d.Recipients = "", []Recipient{{"101", "A"}, {"102", "B"}} }, NewServer(), ""},
		{"one of several", func(d *Document) { d.Recipients = []Recipient{{"101", "A"}, {"x", "B"}} }, NewServer(), "recipients[1].faxNumber"},
		{"one name of several", func(d *Document) { d.Recipients = []Recipient{{"101", "A\n"}} }, NewServer(), "recipients[0].recipientName"},
		{"too many", func(d *Document) { d.Recipients = make([]Recipient, MaxRecipients) }, NewServer(), "recipients"},
		{"cover page without a name", func(d *Document) { d.SendCoverpage = true }, NewServer(), "coverpageName"},
		{"only a cover page", func(d *Document) { d.FileName, d.SendCoverpage, d.CoverpageName = "", true, "plain" }, NewServer(), ""},
		{"a personal cover page", func(d *Document) { d.SendCoverpage, d.CoverpageName = true, "mine" }, onlyServers, "coverpageName"},
		{"the server's", func(d *Document) { d.SendCoverpage, d.ServerCoverpage, d.CoverpageName = true, true, "plain" }, onlyServers, ""},
		{"a note of two lines", func(d *Document) { d.CoverpageNote = "a\nb" }, NewServer(), ""},
		{"a subject of two lines", func(d *Document) { d.CoverpageSubject = "a\nb" }, NewServer(), "coverpageSubject"},
		{"a long name", func(d *Document) { d.SenderName = strings.Repeat("ä", 256) }, NewServer(), "senderName"},
		{"just not too long", func(d *Document) { d.SenderName = strings.Repeat("ä", 255) }, NewServer(), ""},
		{"not UTF-8", func(d *Document) { d.BillingCode = "\xff" }, NewServer(), "billingCode"},
		{"mail", func(d *Document) { d.EmailAddress = "anna@example.com" }, NewServer(), ""},
		{"no mail", func(d *Document) { d.EmailAddress = "anna" }, NewServer(), "emailAddress"},
		{"later", func(d *Document) { d.Schedule, d.SendTime = SendAt, noon }, NewServer(), ""},
		{"when?", func(d *Document) { d.Schedule = SendAt }, NewServer(), "sendTime"},
		{"never", func(d *Document) { d.Schedule = "never" }, NewServer(), "schedule"},
		{"cheap and at once", func(d *Document) { d.DiscountSend, d.Schedule = true, SendNow }, NewServer(), "discountSend"},
		{"urgent", func(d *Document) { d.Priority = "asap" }, NewServer(), "priority"},
		{"finely, in dots, on Letter", func(d *Document) { d.Resolution, d.Rendering, d.Paper = Superfine, RenderPhoto, Letter }, NewServer(), ""},
		{"as nobody can", func(d *Document) { d.Resolution, d.Rendering, d.Paper = "600", "nice", "a3" }, NewServer(), "resolution paper rendering"},
		{"with a report", func(d *Document) { d.Confirmation = ConfirmInbox }, NewServer(), ""},
		{"with a report by mail, to nobody", func(d *Document) { d.Confirmation = ConfirmMail }, NewServer(), "emailAddress"},
		{"with a report by mail", func(d *Document) { d.Confirmation, d.EmailAddress = ConfirmMail, "a@example.com, b@example.com" }, NewServer(), ""},
		{"with a report of failure", func(d *Document) { d.Confirmation, d.EmailAddress = ConfirmFailure, "a@example.com" }, NewServer(), ""},
		{"with a report by pigeon", func(d *Document) { d.Confirmation = "pigeon" }, NewServer(), "confirmation"},
	} {
		d := good
		c.change(&d)
		if got := strings.Join(fields(d.Check(c.server)), " "); got != c.wrong {
			t.Errorf("%s: at fault %q, want %q", c.name, got, c.wrong)
		}
	}
}

// Every text of a document is checked: a control character in any of them is found.
func TestDocumentChecksEveryText(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Document]()) {
		if f.Type != reflect.TypeFor[string]() {
			continue
		}
		d := Document{FileName: "page.tif", FaxNumber: "102"}
		reflect.ValueOf(&d).Elem().FieldByIndex(f.Index).SetString("1\x00@1")
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if got := fields(d.Check(NewServer())); !slices.Contains(got, name) {
			t.Errorf("%s may hold anything: %v", name, got)
		}
	}
}

func TestDocumentJobs(t *testing.T) {
	d := Document{
		FileName: "page.tif", FaxNumber: "102", RecipientName: "Anna", SenderName: "Bert", SenderCompany: "C", SenderDepartment: "D",
		BillingCode: "7", DiscountSend: true, Tsid: "me", Recipients: []Recipient{{"101", ""}, {"104", "Carl"}}, DeviceID: 2,
	}
	jobs := d.Jobs(noon, "bert", "s1")
	var got []string
	for _, j := range jobs {
		got = append(got, j.FaxNumber+" "+j.RecipientName)
		if j.SubmissionID != "s1" || j.UserName != "bert" || j.Type != JobSend || j.State != Pending || !j.SubmittedTime.Equal(noon) ||
			j.Schedule != SendDiscount || !j.DiscountSend || j.Priority != Normal || j.DisplayName != "page.tif" || j.SenderDept != "D" ||
			j.DocumentTsid != "me" || j.OnlyDevice != 2 {
			t.Errorf("%+v", j)
		}
	}
	if want := []string{"102 Anna", "101 ", "104 Carl"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLook: what is not said is the server's, or the usual.
func TestLook(t *testing.T) {
	letter := NewServer()
	letter.Paper = Letter
	for _, c := range []struct {
		d     Document
		s     Server
		want  string
		plain bool
	}{
		{Document{}, NewServer(), "fine a4 auto", true},
		{Document{}, Server{}, "fine a4 auto", true}, // stored before there was a choice
		{Document{}, letter, "fine letter auto", true},
		{Document{Paper: A4}, letter, "fine a4 auto", false},
		{Document{Resolution: Inch400, Rendering: RenderText}, letter, "400 letter text", false},
	} {
		resolution, paper, rendering := c.d.Look(c.s)
		if got := fmt.Sprintf("%s %s %s", resolution, paper, rendering); got != c.want || c.d.Plain() != c.plain {
			t.Errorf("%+v: %s, plain %v", c.d, got, c.d.Plain())
		}
	}
	if _, err := NewServer().Apply(ServerPatch{Paper: new(Paper)}); err != nil {
		t.Error(err)
	}
	a3 := Paper("a3")
	if _, err := NewServer().Apply(ServerPatch{Paper: &a3}); !slices.Contains(fields(err), "paper") {
		t.Errorf("A3: %v", err)
	}
}

func TestSendingID(t *testing.T) {
	port := Port{Tsid: "port"}
	for _, c := range []struct {
		device bool
		own    StationID
		want   StationID
	}{{true, "own", "port"}, {false, "own", "own"}, {false, "", "port"}, {true, "", "port"}} {
		if got := (Job{DocumentTsid: c.own}).SendingID(Server{UseDeviceTsid: c.device}, port); got != c.want {
			t.Errorf("device's %v, document's %q: %q", c.device, c.own, got)
		}
	}
}

func TestOperations(t *testing.T) {
	boss := Caller{"boss", AllRights}
	for _, c := range []struct {
		job    Job
		caller Caller
		want   string
	}{
		{Job{Type: JobSend, State: Pending}, boss, "[view pause cancel]"},
		{Job{Type: JobSend, State: Pending, Held: true}, boss, "[view resume cancel]"},
		{Job{Type: JobSend, State: Retrying, NextAttempt: time.Unix(1, 0)}, boss, "[view restart pause cancel]"},
		{Job{Type: JobSend, State: Retrying, NextAttempt: time.Unix(1, 0), Held: true}, boss, "[view resume cancel]"},
		{Job{Type: JobSend, State: InProgress}, boss, "[view pause cancel]"},
		{Job{Type: JobSend, State: RetriesExceeded}, boss, "[view restart cancel]"},
		{Job{Type: JobSend, State: Failed}, boss, "[view restart cancel]"},
		{Job{Type: JobSend, State: Deleting}, boss, "[view]"},
		{Job{Type: JobSend, State: Finished}, boss, "[view]"},
		{Job{Type: JobReceive, State: InProgress}, boss, "[view cancel]"},
		{Job{Type: JobRouting, State: BeingRouted}, boss, "[view]"},
		{Job{Type: JobSend, State: Pending, UserName: "anna"}, Caller{"bert", Sender.Rights()}, "[view]"},
		{Job{Type: JobSend, State: Pending, UserName: "anna"}, Caller{"anna", Sender.Rights()}, "[view pause cancel]"},
		{Job{Type: JobSend, State: Pending, UserName: "anna"}, Caller{"anna", 0}, "[view pause cancel]"},
		{Job{Type: JobSend, State: Pending}, Caller{"", 0}, "[]"},
	} {
		if got := fmt.Sprint(c.job.Operations(c.caller)); got != c.want {
			t.Errorf("%s of %q for %+v: %s, want %s", c.job.State, c.job.UserName, c.caller, got, c.want)
		}
	}
	for c, want := range map[JobCommand][2]Operation{
		CommandDelete: {CancelJob, CancelJob}, CommandPause: {PauseJob, PauseJob}, CommandResume: {ResumeJob, RestartJob}, 0: {}, 4: {},
	} {
		waiting, ok := c.Operation(Job{State: Pending})
		failed, _ := c.Operation(Job{State: RetriesExceeded})
		if waiting != want[0] || failed != want[1] || ok != (want[0] != "") {
			t.Errorf("command %d is %q, and %q after the retries", c, waiting, failed)
		}
	}
}

func TestStatusAt(t *testing.T) {
	s := Status{State: Sending, StartTime: noon}.At(noon.Add(90 * time.Second))
	if s.ElapsedTime != 90 || s.AsOf != noon.Add(90*time.Second) {
		t.Errorf("%v elapsed, as of %v", s.ElapsedTime, s.AsOf)
	}
	if s = s.At(noon.Add(-time.Hour)); s.ElapsedTime != 0 {
		t.Errorf("%v elapsed after the clock was put back", s.ElapsedTime)
	}
	if s = (Status{State: Available}).At(noon); s.ElapsedTime != 0 || !s.Idle() {
		t.Errorf("idle: %+v", s)
	}
}

func TestRoutingString(t *testing.T) {
	if a, b := RoutingString("+49301", ""), RoutingString("+49301", "42"); a != "+49301" || b != "+49301|42" {
		t.Errorf("%q, %q", a, b)
	}
	if got := LocalTime(noon, time.FixedZone("", 3600)); got != "2026-11-20@13:00:00" {
		t.Errorf("%q", got)
	}
	if got := LocalTime(time.Time{}, time.UTC); got != "" {
		t.Errorf("no time is %q", got)
	}
}
