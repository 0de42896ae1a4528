package fax

import (
	"encoding/json"
	"testing"
	"time"
)

// The numbers and texts of the object model, as old programs compare them.
func TestDeviceStatusTexts(t *testing.T) {
	for code, text := range map[uint32]string{
		0x20000001: "Dialing", 0x20000002: "Sending", 0x20000004: "Receiving", 0x20000008: "Completed", 0x20000010: "Handled",
		0x20000020: "Unavailable", 0x20000040: "Busy", 0x20000080: "No Answer", 0x20000100: "Bad Address", 0x20000200: "No Dial Tone",
		0x20000400: "Disconnected", 0x20000800: "Fatal Error", 0x20001000: "Not a Fax Call", 0x20002000: "Call Delayed",
		0x20004000: "Call Blacklisted", 0x20008000: "Initializing", 0x20010000: "Offline", 0x20020000: "Ringing",
		0x20100000: "Available", 0x20200000: "Aborting", 0x20400000: "Routing", 0x20800000: "Answered",
		0: "Unknown", 1: "Unknown", 0x20000003: "Unknown",
	} {
		if got := DeviceStatus(code).String(); got != text {
			t.Errorf("%#x is %q, want %q", code, got, text)
		}
	}
	if len(deviceStatusTexts) != 23 {
		t.Errorf("%d texts, want the 22 of the object model and Unknown", len(deviceStatusTexts))
	}
}

func TestQueueStatusTexts(t *testing.T) {
	for _, c := range []struct {
		status QueueStatus
		json   string
	}{
		{Pending, `{"code":0,"extendedCode":1,"text":"Pending"}`},
		{InProgress, `{"code":1,"extendedCode":2,"text":"In Progress"}`},
		{Deleting, `{"code":2,"extendedCode":1024,"text":"Deleting"}`},
		{Failed, `{"code":4,"extendedCode":8,"text":"Failed"}`},
		{Paused, `{"code":8,"extendedCode":16,"text":"Paused"}`},
		{NoLine, `{"code":16,"extendedCode":32,"text":"No Line"}`},
		{Retrying, `{"code":32,"extendedCode":64,"text":"Retrying"}`},
		{RetriesExceeded, `{"code":64,"extendedCode":128,"text":"Retries Exceeded"}`},
		{Finished, `{"code":null,"extendedCode":256,"text":"Completed"}`},
		{Aborted, `{"code":null,"extendedCode":512,"text":"Cancelled"}`},
		{BeingRouted, `{"code":null,"extendedCode":2048,"text":"Routing"}`},
		{4, `{"code":null,"extendedCode":4,"text":"Unknown"}`},
	} {
		got, err := json.Marshal(c.status)
		if err != nil || string(got) != c.json {
			t.Errorf("%s, want %s (%v)", got, c.json, err)
		}
		var back QueueStatus
		if err := json.Unmarshal(got, &back); err != nil || back != c.status {
			t.Errorf("%s comes back as %v, %v", got, back, err)
		}
	}
	for s := range queueStatuses {
		if s.Left() && !s.Final() {
			t.Errorf("%s has left, and is not final", s)
		}
	}
}

// Every cause shows on a port as something that is not "Unknown", and those with a status of their own have it.
func TestCauseDeviceStatus(t *testing.T) {
	for _, c := range Causes() {
		if c.DeviceStatus().String() == "Unknown" {
			t.Errorf("%s shows as nothing", c)
		}
	}
	for c, want := range map[Cause]string{
		OK: "Completed", Busy: "Busy", NoAnswer: "No Answer", NoDialTone: "No Dial Tone", NoFax: "Not a Fax Call", Delayed: "Call Delayed",
		Blacklisted: "Call Blacklisted", BadNumber: "Bad Address", RemoteHungUp: "Disconnected", ProtocolError: "Fatal Error", Unknown: "Available",
	} {
		if got := c.DeviceStatus().String(); got != want {
			t.Errorf("%s shows as %q, want %q", c, got, want)
		}
	}
}

func TestCodesInJSON(t *testing.T) {
	type all struct {
		D DeviceStatus
		C Cause
		T Text
		S Seconds
		R Role
	}
	in := all{Available, NoAnswer, "x", SecondsOf(1500 * time.Millisecond), Operator}
	const want = `{"D":{"code":537919488,"text":"Available"},"C":"no-answer","T":"x","S":1.5,"R":"operator"}`
	got, err := json.Marshal(in)
	if err != nil || string(got) != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
	var back all
	if err := json.Unmarshal(got, &back); err != nil || back != in {
		t.Errorf("%+v, want %+v (%v)", back, in, err)
	}
	if in.S.Duration() != 1500*time.Millisecond {
		t.Errorf("%v", in.S.Duration())
	}
	if got, _ := json.Marshal(Text("")); string(got) != "null" {
		t.Errorf("text that is not known is %s", got)
	}
	var unknown Text
	if err := json.Unmarshal([]byte("null"), &unknown); err != nil || unknown != "" {
		t.Errorf("null is %q, %v", unknown, err)
	}
	for _, bad := range []string{`{"C":"never"}`, `{"R":"god"}`, `{"D":"Dialing"}`, `{"D":[]}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestHRESULT(t *testing.T) {
	for code, want := range map[ErrorCode]uint32{
		ErrorAccessDenied: 0x80070005, ErrorInvalidParameter: 0x80070057, ErrorInvalidOperation: 0x800710DD,
		ErrorOutOfMemory: 0x80041B59, ErrorTooManyRecipient: 0x80041B65,
	} {
		if got := code.HRESULT(); got != want {
			t.Errorf("%d is %#x, want %#x", code, got, want)
		}
	}
}

func TestRolesGrow(t *testing.T) {
	before := Right(0)
	for _, r := range Roles() {
		if !r.Rights().Has(before) || r.Rights() == before {
			t.Errorf("%s may do %#x, the role before it %#x", r, r.Rights(), before)
		}
		before = r.Rights()
	}
	if before != AllRights || AllRights != 0x7F {
		t.Errorf("an administrator has %#x of %#x", before, AllRights)
	}
	if ReadRights != 0x02+0x04+0x10 || Role("nobody").Rights() != 0 {
		t.Error("the bundles of rights are not the object model's")
	}
}
