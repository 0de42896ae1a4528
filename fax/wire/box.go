package wire

import "time"

// Update is what version runs, and what is known of an update.
type Update struct {
	Version string    `json:"version" doc:"That runs"`
	Slots   bool      `json:"slots" doc:"False: this machine is no box with two systems, and takes no update files"`
	Slot    string    `json:"slot" doc:"The system that runs: a or b"`
	Trial   bool      `json:"trial" doc:"It has not shown yet that it works: if it does not within minutes, the one of before comes back"`
	Phase   string    `json:"phase" enum:",receiving,waiting,writing,starting,trying" doc:"Of an update that is on its way: waiting is for calls to end; empty: there is none"`
	Percent int       `json:"percent" doc:"Of the phases receiving and writing"`
	New     string    `json:"new,omitempty" doc:"The version of the update that is on its way, or of the last one"`
	Before  string    `json:"before,omitempty" doc:"The version that ran when it came"`
	Outcome string    `json:"outcome" enum:",installed,fell back,refused" doc:"Of the last update; empty: there was none"`
	Reason  string    `json:"reason,omitempty" doc:"Why it was not installed, a sentence"`
	Ended   time.Time `json:"ended,omitzero" doc:"When that was known"`
	Trouble string    `json:"trouble,omitempty" doc:"Why the server does not work as it should; a new version with trouble is taken back"`
}

// NewBackup asks for a backup.
type NewBackup struct {
	Passphrase string `json:"passphrase" maxLength:"256" doc:"At least 10 characters. Without it nobody can read the backup, ever"`
}

// Erasure asks that everything be erased.
type Erasure struct {
	Word string `json:"word" maxLength:"32" doc:"erase"`
}
