// Package report makes the delivery report of a fax: what came of it in one sentence, its times and stations, the first page
// small, and a hash of what was sent.
package report
