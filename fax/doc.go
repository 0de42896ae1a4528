// Package fax is the vocabulary of the office: what a fax call ended with and why, station ids, and (as the server grows)
// servers, ports, jobs and messages. It holds words and their rules, does nothing, and imports nothing of ours.
package fax
