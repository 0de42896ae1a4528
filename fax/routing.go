package fax

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// The routing methods that the peer was delivered with keep their ids, so that old scripts find them.
const (
	RouteMail   = "{6bbf7bfe-9af2-11d0-abf7-00c04fd91a4e}"
	RouteFolder = "{92041a90-9af2-11d0-abf7-00c04fd91a4e}"
	RoutePrint  = "{aec1b37c-9af2-11d0-abf7-00c04fd91a4e}"

	RouteWebhook = "{5d0c7a52-6f0e-4a39-9f0b-27b1a7f2c5e1}" // ours
)

// RoutingMethod is one thing done with a fax received on one port: the FaxRoutingMethod object.
type RoutingMethod struct {
	DeviceID      DeviceID `json:"deviceId"`
	DeviceName    string   `json:"deviceName"`
	Enable        bool     `json:"enable"`        // done with faxes received on this port
	ExtensionName string   `json:"extensionName"` // name of the module, for display
	FriendlyName  string   `json:"friendlyName"`  // name of the method, for display
	FunctionName  string   `json:"functionName"`  // its entry point: the short name in our program
	Guid          string   `json:"guid"`          // the key, in braces, lower case
	ImageName     string   `json:"imageName"`     // file name of the module
	RoutingData   string   `json:"routingData"`   // hint of the fax last routed, as Status.RoutingString

	Priority    int    `json:"priority"`    // order on the server, from 1
	Setting     string `json:"setting"`     // where to: an address, a folder, a printer, a URL
	NamePattern string `json:"namePattern"` // for files: what they are called

	Format FileFormat `json:"format"` // what is made of the fax; empty: what the method finds best
}

// RoutingMethodPatch is a change of a routing method.
type RoutingMethodPatch struct {
	Enable      *bool       `json:"enable,omitempty"`
	Priority    *int        `json:"priority,omitempty"`
	Setting     *string     `json:"setting,omitempty"`
	NamePattern *string     `json:"namePattern,omitempty"`
	Format      *FileFormat `json:"format,omitempty"`
}

// maxSetting is how long a Setting may be, in characters: MaxAddresses of them, or a URL.
const maxSetting = 2000

// Apply is the method with the patch's changes, or Invalid. What Setting and NamePattern must look like the method itself
// checks.
func (m RoutingMethod) Apply(p RoutingMethodPatch) (RoutingMethod, error) {
	next := m
	put(&next.Enable, p.Enable)
	put(&next.Priority, p.Priority)
	put(&next.Setting, p.Setting)
	put(&next.NamePattern, p.NamePattern)
	put(&next.Format, p.Format)
	var f faults
	f.whole("priority", next.Priority, 1, 99)
	f.text("setting", next.Setting, maxSetting, unicode.IsControl)
	f.line("namePattern", next.NamePattern)
	if next.Enable && strings.TrimSpace(next.Setting) == "" {
		f.add("setting", "is empty, so the method cannot be switched on", "Enter where to, first or with it.")
	}
	if err := f.err(); err != nil {
		return m, err
	}
	return next, nil
}

// SameGuid compares two ids of routing methods; braces and case do not count.
func SameGuid(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "{}"), strings.Trim(b, "{}"))
}

// RoutingOutcome is what became of one routing method for one message.
type RoutingOutcome struct {
	Guid         string    `json:"guid"`
	FriendlyName string    `json:"friendlyName"`
	Done         bool      `json:"done"`
	GivenUp      bool      `json:"givenUp"`        // tried too often
	Attempts     int       `json:"attempts"`       // so far
	At           time.Time `json:"at"`             // of the last attempt
	Next         time.Time `json:"next,omitzero"`  // of the next one
	Problem      string    `json:"problem"`        // what the last attempt failed of; empty if it did not
	Hint         string    `json:"hint,omitempty"` // what to do about it
	Result       string    `json:"result"`         // what was made: the file's path, the mail's id

	Order      *RoutingOrder `json:"order,omitempty"`      // somebody asked for it; absent: the port's settings did
	Deliveries []Delivery    `json:"deliveries,omitempty"` // mail: what became of it for each address
	Handle     string        `json:"handle,omitempty"`     // what the other side knows the last attempt by: the printer's job
}

// Key tells the outcomes of a message apart.
func (o RoutingOutcome) Key() string {
	if o.Order == nil {
		return strings.ToLower(strings.Trim(o.Guid, "{}"))
	}
	return o.Order.ID
}

// Open reports that something is still to be done.
func (o RoutingOutcome) Open() bool { return !o.Done && !o.GivenUp }

// RoutingOrder is something that somebody asked for, for one message.
type RoutingOrder struct {
	ID   string    `json:"id"` // the key among the message's outcomes
	By   string    `json:"by"` // account; empty: the box itself, for a delivery report
	At   time.Time `json:"at"`
	Mail MailOrder `json:"mail"`
}

// Delivery is what became of a mail for one address.
type Delivery struct {
	Address string `json:"address"`
	Done    bool   `json:"done"`              // the mail server took it
	GivenUp bool   `json:"givenUp"`           // and never will
	Problem string `json:"problem,omitempty"` // what the server said
}

// RoutingString is the routing hint of a call: the number, with the subaddress behind a vertical bar if there is one.
func RoutingString(number, subaddress string) string {
	if subaddress == "" {
		return number
	}
	return fmt.Sprintf("%s|%s", number, subaddress)
}
