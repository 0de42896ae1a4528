package fax

import "fmt"

// Cause says why a call, or an attempt at one, ended as it did. The set is closed: every end of every call is one of
// these, each with a sentence for the office and a hint what to do.
type Cause uint8

// The causes. Busy to Glare arise before the distant station has answered as a fax; the others in the call itself.
const (
	Unknown Cause = iota // no call was made yet
	OK                   // every page was confirmed, or everything offered was received

	Busy
	NoAnswer
	NoDialTone
	NoFax       // answered or not, but no fax signal was heard within T0 or T1
	Blacklisted // the modem or the network forbids this number
	Delayed     // the modem or the network forbids another try for now
	Glare       // a call came in while we dialled
	BadNumber   // nothing that can be dialled

	CannotReceive  // the distant station cannot receive (DIS bit 10)
	NothingToPoll  // the distant station offers no document (DIS bit 9)
	Incompatible   // no common page format or coding
	Refused        // DCN instead of an answer in phase B
	WrongPassword  // refused for PWD or SID
	WrongAddress   // refused for SUB, SEP or PSA
	CannotTrain    // training failed at every rate
	NoResponse     // three commands without an answer
	NoCommand      // T2 or T1 ran out while waiting for a command
	PageRejected   // RTN or PIN until the tries ran out
	NotConfirmed   // DCN or silence in place of the confirmation of a page
	TooManyErrors  // ECM could not repair a block
	NotReady       // RNR until T5 ran out
	ProtocolError  // answers that make no sense, three times
	RemoteHungUp   // DCN in mid-call
	LineDropped    // carrier or loop current gone
	NothingSent    // the caller said goodbye without sending anything
	StorageFailed  // a page could not be made durable, so it was not confirmed
	DocumentFailed // a page to be sent could not be read or coded
	Cancelled      // ended by us on request
	ModemFailed    // the modem answered nonsense or nothing
	TooLong        // the call reached its ceiling
	ModemGone      // the modem was pulled out, or lost its power
)

// Remark is something in words: what happened, and what can be done about it.
type Remark struct{ Sentence, Hint string }

var causes = [...]struct {
	name string
	Remark
}{
	Unknown:        {"unknown", Remark{"No call was made yet.", "Wait."}},
	OK:             {"ok", Remark{"The fax was transmitted completely.", "Nothing needs to be done."}},
	Busy:           {"busy", Remark{"The number was busy.", "Try again in a few minutes."}},
	NoAnswer:       {"no-answer", Remark{"Nobody answered.", "Check the number, or try again later."}},
	NoDialTone:     {"no-dial-tone", Remark{"The telephone line gave no dial tone.", "Check the cable between the modem and the telephone socket."}},
	NoFax:          {"no-fax", Remark{"No fax machine answered.", "Check the number: a person or an answering machine may have picked up."}},
	Blacklisted:    {"blacklisted", Remark{"The number is blocked.", "Check the number; the modem or the telephone network refuses to dial it."}},
	Delayed:        {"delayed", Remark{"The number may not be dialled again yet.", "Wait some minutes: the modem limits repeated calls to one number."}},
	Glare:          {"glare", Remark{"A call came in while dialling.", "Nothing needs to be done; the fax is sent after the call."}},
	BadNumber:      {"bad-number", Remark{"The number cannot be dialled.", "Enter a number made of digits."}},
	CannotReceive:  {"cannot-receive", Remark{"The distant machine cannot receive at the moment.", "Try again later; its memory or paper may have run out."}},
	NothingToPoll:  {"nothing-to-poll", Remark{"The distant machine has no document to fetch.", "Ask the other side to put the document ready for polling."}},
	Incompatible:   {"incompatible", Remark{"The distant machine cannot take this kind of page.", "Send the page at a lower resolution or a smaller size."}},
	Refused:        {"refused", Remark{"The distant machine refused the fax.", "Ask the other side whether it accepts faxes from this number."}},
	WrongPassword:  {"wrong-password", Remark{"The password was not accepted.", "Check the password."}},
	WrongAddress:   {"wrong-address", Remark{"The sub-address was not accepted.", "Check the sub-address."}},
	CannotTrain:    {"cannot-train", Remark{"The line is too bad for fax, even at the lowest speed.", "Try again later, or from another line."}},
	NoResponse:     {"no-response", Remark{"The distant machine stopped answering.", "Try again; if it happens again, ask the other side to check the machine."}},
	NoCommand:      {"no-command", Remark{"The distant machine fell silent.", "Ask the sender to send the missing pages again."}},
	PageRejected:   {"page-rejected", Remark{"The distant machine rejected a page as unreadable.", "Try again, or send at a lower speed."}},
	NotConfirmed:   {"not-confirmed", Remark{"The distant machine hung up without confirming a page.", "Ask whether the last page arrived before sending it again."}},
	TooManyErrors:  {"too-many-errors", Remark{"Too many transmission errors.", "Try again later, or at a lower speed."}},
	NotReady:       {"not-ready", Remark{"The distant machine stayed busy with an earlier page.", "Try again later; it may be out of paper."}},
	ProtocolError:  {"protocol-error", Remark{"The machines did not understand each other.", "Try again; if it happens again, keep the call's trace for support."}},
	RemoteHungUp:   {"remote-hung-up", Remark{"The distant machine ended the call.", "Try again, or ask the other side."}},
	LineDropped:    {"line-dropped", Remark{"The connection was lost.", "Try again."}},
	NothingSent:    {"nothing-sent", Remark{"The caller hung up without sending a page.", "Nothing needs to be done."}},
	StorageFailed:  {"storage-failed", Remark{"A page could not be saved, so it was not confirmed.", "Make room on the disk or check it, then ask for the fax again."}},
	DocumentFailed: {"document-failed", Remark{"A page of the document could not be read.", "Check the file and submit it again."}},
	Cancelled:      {"cancelled", Remark{"The call was cancelled.", "Nothing needs to be done."}},
	ModemFailed:    {"modem-failed", Remark{"The modem does not respond properly.", "Unplug the modem, wait ten seconds and plug it in again."}},
	TooLong:        {"too-long", Remark{"The call took too long and was ended.", "Send fewer pages at a time."}},
	ModemGone:      {"modem-gone", Remark{"The modem was pulled out, or has no power.", "Plug the modem in again."}},
}

// Causes are all of them.
func Causes() []Cause {
	all := make([]Cause, len(causes))
	for i := range all {
		all[i] = Cause(i)
	}
	return all
}

// String is the cause's short name, fixed for programs: "no-answer".
func (c Cause) String() string { return causes[c.known()].name }

// Sentence says in plain words what happened.
func (c Cause) Sentence() string { return c.In("en").Sentence }

// Hint says in plain words what can be done about it.
func (c Cause) Hint() string { return c.In("en").Hint }

// In is the cause in the words of one of Languages; of any other, in English.
func (c Cause) In(language string) Remark {
	if language == "de" {
		return germanCauses[c.known()]
	}
	return causes[c.known()].Remark
}

func (c Cause) known() Cause {
	if int(c) >= len(causes) {
		return Unknown
	}
	return c
}

// MarshalText writes the cause's name.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a cause's name.
func (c *Cause) UnmarshalText(text []byte) error {
	for i, row := range causes {
		if row.name == string(text) {
			*c = Cause(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no cause", text)
}
