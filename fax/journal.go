package fax

import "time"

// Call is a line of the journal: one call, or one attempt, or one ring that nobody answered.
type Call struct {
	ID         CallID    `json:"id"`
	DeviceID   DeviceID  `json:"deviceId"`
	DeviceName string    `json:"deviceName"` // as it was then
	Direction  Direction `json:"direction"`
	Number     string    `json:"number"`            // out: dialled
	CallerID   string    `json:"callerId"`          // in: told by the network
	Withheld   bool      `json:"withheld"`          // in: the caller hides it
	StationID  string    `json:"stationId"`         // what the other side calls itself
	Start      time.Time `json:"start"`             // first ring, or dialling
	Answered   time.Time `json:"answered,omitzero"` // when the line connected
	Duration   Seconds   `json:"duration"`          // from Start to on hook
	Rings      int       `json:"rings"`             // in
	Result     Result    `json:"result"`
	Pages      int       `json:"pages"` // confirmed, either way
	Mode       string    `json:"mode"`
	JobID      JobID     `json:"jobId"`     // out
	MessageID  MessageID `json:"messageId"` // in: what it became; 0: nothing was received
	Attempt    int       `json:"attempt"`   // out: which of the job's, from 1
	Refused    string    `json:"refused"`   // in: why it was not answered; empty if nobody forbade it
	HasTrace   bool      `json:"hasTrace"`  // a trace is kept
}

// AuditEntry is one administrative change: who changed what, from which value to which.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	User    string    `json:"user"`   // who
	Remote  string    `json:"remote"` // from where; empty: the UNIX socket
	Object  string    `json:"object"` // "server", "ports/1", "jobs/7", "users/anna"
	Action  string    `json:"action"` // "change", "create", "delete", "cancel", ...
	Changes []Change  `json:"changes"`
}

// Change is one field that was changed. Values are JSON; secrets are never among them.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}
