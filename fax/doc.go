// Package fax is the vocabulary of the office: the objects of the fax service object model as plain types (Server, Port,
// Status, RoutingMethod, Job, Document, Message, Call), the rules and limits of each of their fields, the codes and texts
// that old programs know (DeviceStatus, QueueStatus, ErrorCode, Right), and what a call ended with and why (Cause).
//
// It holds words and their rules, does nothing, and imports nothing of ours. A value is changed by a patch, whose fields
// are pointers so that "absent" differs from "zero": Apply answers with the changed value, or with Invalid, which names
// every field at fault at once and leaves the value as it was.
//
// JSON names are the members' own in lower camel case. Times are RFC 3339, durations are seconds (Seconds). Fields marked
// "computed" are not stored: whoever shows the value fills them in.
//
// testdata/members.txt lists the 128 members of the object model and where each is found.
package fax
