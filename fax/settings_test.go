package fax

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// patch reads a patch as it comes from outside.
func patch[P any](t *testing.T, text string) (p P) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// fields are the names of the fields at fault.
func fields(err error) []string {
	var invalid Invalid
	if !errors.As(err, &invalid) {
		return nil
	}
	var names []string
	for _, f := range invalid {
		names = append(names, f.Field)
	}
	return names
}

func TestServerLimits(t *testing.T) {
	for _, c := range []struct{ patch, wrong string }{
		{`{}`, ""},
		{`{"retries":0}`, ""}, {`{"retries":99}`, ""}, {`{"retries":100}`, "retries"}, {`{"retries":-1}`, "retries"},
		{`{"retryDelay":0}`, ""}, {`{"retryDelay":10080}`, ""}, {`{"retryDelay":10081}`, "retryDelay"}, {`{"retryDelay":-1}`, "retryDelay"},
		{`{"dirtyDays":-1}`, ""}, {`{"dirtyDays":0}`, ""}, {`{"dirtyDays":-2}`, "dirtyDays"},
		{`{"discountRateStartHour":24}`, "discountRateStartHour"}, {`{"discountRateEndMinute":60}`, "discountRateEndMinute"},
		{`{"discountPeriod":{"start":"21:00","end":"07:00"}}`, ""},
		{`{"discountPeriod":{"start":"21:00","end":"07:00"},"discountRateStartHour":21}`, ""},
		{`{"discountPeriod":{"start":"21:00","end":"07:00"},"discountRateStartHour":20}`, "discountPeriod"},
		{`{"archiveOutboundFaxes":true}`, "archiveOutboundFaxes"},
		{`{"archiveOutboundFaxes":true,"archiveDirectory":"/data/sent"}`, ""},
		{`{"archiveDirectory":"sent"}`, "archiveDirectory"}, {`{"archiveDirectory":"/a\u0000b"}`, "archiveDirectory"},
		{`{"timeZone":"Europe/Berlin"}`, ""}, {`{"timeZone":"../../etc/passwd"}`, "timeZone"}, {`{"timeZone":"Berlin"}`, "timeZone"},
		{`{"blockedNumbers":[]}`, ""}, {`{"blockedNumbers":["0900*"]}`, ""}, {`{"blockedNumbers":["0900*"," "]}`, "blockedNumbers"},
		{`{"serverMapiProfile":"a\nb"}`, "serverMapiProfile"},
		{`{"retries":100,"retryDelay":-1,"dirtyDays":-5}`, "dirtyDays retries retryDelay"},
	} {
		before := NewServer()
		after, err := before.Apply(patch[ServerPatch](t, c.patch))
		if got := strings.Join(fields(err), " "); got != c.wrong {
			t.Errorf("%s: at fault %q, want %q", c.patch, got, c.wrong)
		}
		if err != nil && !reflect.DeepEqual(after, before) {
			t.Errorf("%s is refused, and changes %+v", c.patch, after)
		}
	}
	if err := NewServer().Check(); err != nil {
		t.Errorf("a new server: %v", err)
	}
}

// The period and the four settings are one thing seen twice.
func TestDiscountPeriodIsAView(t *testing.T) {
	s, err := NewServer().Apply(patch[ServerPatch](t, `{"discountPeriod":{"start":"21:30","end":"07:15"}}`))
	if err != nil || s.DiscountRateStartHour != 21 || s.DiscountRateStartMinute != 30 || s.DiscountRateEndHour != 7 || s.DiscountRateEndMinute != 15 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = s.Apply(patch[ServerPatch](t, `{"discountRateEndHour":6}`))
	if err != nil || s.Resource().DiscountPeriod != (Period{ClockAt(21, 30), ClockAt(6, 15)}) {
		t.Errorf("%+v, %v", s.Resource(), err)
	}
	text, err := json.Marshal(s.Resource())
	if err != nil || !strings.Contains(string(text), `"discountPeriod":{"start":"21:30","end":"06:15"}`) {
		t.Errorf("%s, %v", text, err)
	}
}

// Errors tell the field, the problem and what to do, and carry the old number.
func TestFieldErrorsSpeak(t *testing.T) {
	_, err := NewServer().Apply(patch[ServerPatch](t, `{"retries":120}`))
	var invalid Invalid
	if !errors.As(err, &invalid) || len(invalid) != 1 {
		t.Fatalf("%v", err)
	}
	want := FieldError{"retries", "is 120, more than 99", "Enter a number from 0 to 99.", ErrorInvalidParameter}
	if invalid[0] != want {
		t.Errorf("%+v, want %+v", invalid[0], want)
	}
}

func TestPortLimits(t *testing.T) {
	for _, c := range []struct{ patch, wrong string }{
		{`{}`, ""}, {`{"rings":1}`, ""}, {`{"rings":99}`, ""}, {`{"rings":0}`, "rings"}, {`{"rings":100}`, "rings"},
		{`{"maxRate":2400}`, ""}, {`{"maxRate":14400}`, ""}, {`{"maxRate":14401}`, "maxRate"}, {`{"maxRate":16800}`, "maxRate"}, {`{"maxRate":0}`, "maxRate"},
		{`{"country":"DE"}`, ""}, {`{"country":"Germany"}`, "country"}, {`{"country":"de"}`, "country"},
		{`{"init":["+VCID=1","S10=30"]}`, ""}, {`{"init":["X3\rDT0900"]}`, "init"}, {`{"init":[""]}`, "init"},
		{`{"blocked":"drop"}`, ""}, {`{"blocked":"shout"}`, "blocked"},
		{`{"outsideLine":"0,"}`, ""}, {`{"outsideLine":"0;H"}`, "outsideLine"}, {`{"countryCode":"+49"}`, "countryCode"},
		{`{"distinctive":["A","D"]}`, ""}, {`{"distinctive":["E"]}`, "distinctive"}, {`{"distinctive":["AB"]}`, "distinctive"},
		{`{"block":["0900*"]}`, ""}, {`{"block":[""]}`, "block"}, {`{"name":"a\u0007"}`, "name"},
		{`{"rings":0,"maxRate":1,"blocked":"x"}`, "rings maxRate blocked"},
	} {
		before := NewPort(1, "usb-1")
		after, err := before.Apply(patch[PortPatch](t, c.patch))
		if got := strings.Join(fields(err), " "); got != c.wrong {
			t.Errorf("%s: at fault %q, want %q", c.patch, got, c.wrong)
		}
		if err != nil && !reflect.DeepEqual(after, before) {
			t.Errorf("%s is refused, and changes %+v", c.patch, after)
		}
	}
}

// A patch shares no memory with the port it was applied to, nor with itself.
func TestAppliedPortIsItsOwn(t *testing.T) {
	list := []string{"0900*"}
	p, err := NewPort(1, "k").Apply(PortPatch{Block: &list})
	if err != nil {
		t.Fatal(err)
	}
	q, _ := p.Apply(PortPatch{})
	list[0], p.Block[0] = "1", "2"
	if q.Block[0] != "0900*" {
		t.Errorf("the port's list became %v", q.Block)
	}
}

func ports(n int) []Port {
	list := make([]Port, n)
	for i := range list {
		list[i] = NewPort(DeviceID(i+1), "k")
	}
	Rank(list)
	return list
}

func ranks(list []Port) (r []int) {
	for _, p := range list {
		r = append(r, p.Priority)
	}
	return r
}

func TestPriorityShiftsTheOthers(t *testing.T) {
	for _, c := range []struct {
		id   DeviceID
		rank int
		want []int
	}{
		{1, 1, []int{1, 2, 3, 4}}, {4, 1, []int{2, 3, 4, 1}}, {1, 4, []int{4, 1, 2, 3}}, {2, 3, []int{1, 3, 2, 4}},
	} {
		before := ports(4)
		after, err := ApplyToPort(before, c.id, PortPatch{Priority: &c.rank})
		if err != nil || !slices.Equal(ranks(after), c.want) || !slices.Equal(ranks(before), []int{1, 2, 3, 4}) {
			t.Errorf("port %d to rank %d: %v, want %v (%v)", c.id, c.rank, ranks(after), c.want, err)
		}
	}
	for rank, wrong := range map[int]string{0: "priority", 5: "priority", -1: "priority"} {
		if _, err := ApplyToPort(ports(4), 1, PortPatch{Priority: &rank}); strings.Join(fields(err), " ") != wrong {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
	rings, rank := 0, 9
	if _, err := ApplyToPort(ports(4), 1, PortPatch{Priority: &rank, Rings: &rings}); len(fields(err)) != 2 {
		t.Errorf("two faults: %v", err)
	}
	if _, err := ApplyToPort(ports(4), 9, PortPatch{}); !slices.Equal(fields(err), []string{"deviceId"}) {
		t.Errorf("no such port: %v", err)
	}
}

// Ranks stay a permutation, the port gets the rank asked for, and the others keep their order.
func TestRanksArePermutations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := ports(rapid.IntRange(1, 16).Draw(t, "ports"))
		for range rapid.IntRange(1, 10).Draw(t, "changes") {
			at := rapid.IntRange(0, len(list)-1).Draw(t, "port")
			rank := rapid.IntRange(1, len(list)).Draw(t, "rank")
			after, err := ApplyToPort(list, list[at].DeviceID, PortPatch{Priority: &rank})
			if err != nil || after[at].Priority != rank {
				t.Fatalf("%v, %v", ranks(after), err)
			}
			sorted := slices.Sorted(slices.Values(ranks(after)))
			for i, r := range sorted {
				if r != i+1 {
					t.Fatalf("%v is no permutation", ranks(after))
				}
			}
			for i := range list {
				for j := range list {
					if i != at && j != at && (list[i].Priority < list[j].Priority) != (after[i].Priority < after[j].Priority) && i != j {
						t.Fatalf("%v became %v: ports %d and %d changed places", ranks(list), ranks(after), i, j)
					}
				}
			}
			list = after
		}
	})
}

func TestRankTakesNewPortsLast(t *testing.T) {
	list := append(ports(3)[1:], NewPort(7, "new"), NewPort(8, "newer"))
	list[0].Priority, list[1].Priority = 9, 4
	Rank(list)
	if !slices.Equal(ranks(list), []int{2, 1, 3, 4}) {
		t.Errorf("%v", ranks(list))
	}
}

func TestAnswers(t *testing.T) {
	base := NewPort(1, "k")
	with := func(change func(*Port)) Port { p := base; change(&p); return p }
	for _, c := range []struct {
		name     string
		port     Port
		number   string
		withheld bool
		ring     RingPattern
		want     bool
	}{
		{"a stranger", base, "0301234567", false, "", true},
		{"nobody knows who", base, "", false, "", true},
		{"the port does not receive", with(func(p *Port) { p.Receive = false }), "0301234567", false, "", false},
		{"hidden", with(func(p *Port) { p.BlockWithheld = true }), "", true, "", false},
		{"not told is not hidden", with(func(p *Port) { p.BlockWithheld = true }), "", false, "", true},
		{"blocked", with(func(p *Port) { p.Block = []string{"0900*"} }), "0900 1", false, "", false},
		{"allowed", with(func(p *Port) { p.Allow = []string{"030*"} }), "0301", false, "", true},
		{"not allowed", with(func(p *Port) { p.Allow = []string{"030*"} }), "0401", false, "", false},
		{"unknown where only some are allowed", with(func(p *Port) { p.Allow = []string{"030*"} }), "", false, "", false},
		{"blocked although allowed", with(func(p *Port) { p.Allow, p.Block = []string{"030*"}, []string{"0301"} }), "0301", false, "", false},
		{"the right ring", with(func(p *Port) { p.Distinctive = []RingPattern{"B"} }), "", false, "B", true},
		{"the wrong ring", with(func(p *Port) { p.Distinctive = []RingPattern{"B"} }), "", false, "A", false},
		{"a ring that tells nothing", with(func(p *Port) { p.Distinctive = []RingPattern{"B"} }), "", false, "", true},
	} {
		ok, why := c.port.Answers(c.number, c.withheld, c.ring)
		if ok != c.want || ok == (why != "") {
			t.Errorf("%s: answered %v, %q", c.name, ok, why)
		}
	}
	if p := with(func(p *Port) { p.Quarantine = []string{"*SPAM*"} }); !p.Quarantines("best spam ltd") || p.Quarantines("Mller") {
		t.Error("the quarantine takes the wrong ones")
	}
}

func TestRoutingMethodLimits(t *testing.T) {
	for _, c := range []struct{ patch, wrong string }{
		{`{}`, ""}, {`{"enable":true}`, "setting"}, {`{"enable":true,"setting":"/data/in"}`, ""},
		{`{"priority":0}`, "priority"}, {`{"setting":"a\u0000"}`, "setting"},
	} {
		_, err := RoutingMethod{Guid: RouteFolder, Priority: 1}.Apply(patch[RoutingMethodPatch](t, c.patch))
		if got := strings.Join(fields(err), " "); got != c.wrong {
			t.Errorf("%s: at fault %q, want %q", c.patch, got, c.wrong)
		}
	}
	if !SameGuid(RouteFolder, strings.ToUpper(strings.Trim(RouteFolder, "{}"))) || SameGuid(RouteFolder, RouteMail) {
		t.Error("ids of routing methods are compared wrongly")
	}
}

func TestMessagePatch(t *testing.T) {
	yes, no, note := true, false, "for Anna\nby noon"
	m, err := Message{Quarantine: true}.Apply(MessagePatch{Read: &yes, Note: &note, Quarantine: &no})
	if err != nil || !m.Read || m.Note != note || m.Quarantine {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := m.Apply(MessagePatch{Quarantine: &yes}); !slices.Equal(fields(err), []string{"quarantine"}) {
		t.Errorf("put into quarantine by hand: %v", err)
	}
}
