// Package queue decides which job goes to which port, when, and what becomes of a job after an attempt. It decides and
// does nothing: what time it is, the settings, the jobs and the ports are handed in, and what is to be done comes out as
// data. It reads no clock, keeps nothing, and knows no modem and no store.
//
// Decide looks at the whole queue. The other functions move one job from state to state; each answers with the job as it
// is to be stored before anything else happens:
//
//	                 Begin                        every page confirmed
//	┌─> Pending ───────────────> InProgress ──────────────────────────────> Finished
//	│      ▲                      │  │  │ │
//	│      │   Finish: uncounted  │  │  │ │ Finish: final cause
//	│      ├──────────────────────┘  │  │ └──────────────> Failed ──────────┐
//	│      │                         │  │                                   │
//	│      │   Begin         Finish: │  │ Finish: tries used up             │
//	│   Retrying <───────────────────┘  └──────────> RetriesExceeded ───────┤
//	│                                                                       │
//	└───────────────────────────── Restart <────────────────────────────────┤
//	                                                                        │
//	Cancel: anything that waits or has failed ──────────────> Aborted       │ DirtyDays
//	Cancel: InProgress ──> Deleting ── Finish ──────────────> Aborted       ▼
//	                                   (Finished, if every page got through) removed
//
// Held lies over Pending, Retrying and InProgress: a job on hold is not begun; one that is on a line stays there, and is
// held when it falls back. After a crash, Recover puts InProgress back to Pending and Deleting to Aborted.
//
// The rules:
//
//   - Of the ports that send, are in service and free, the best-ranked one without a fault is taken first.
//   - The job that is first has waited longest, a minute of handicap for each page, up to half an hour: short faxes
//     overtake long ones, and none waits for ever. Urgency is worth a day either way.
//   - One call at a time to one number. A number that was busy, or did not answer, is left alone by all jobs until the
//     next attempt of the job that found it so.
//   - Where several ports send, one is kept from long jobs, so that a fax of one page never waits for one of 300.
//   - An attempt resumes after the pages confirmed. When all are, the job is finished, however the call ended.
//   - 1 + Retries attempts; calls that say nothing of the number (a call came in, the modem failed, the plug was pulled)
//     are not counted, but there may be no more than 100 of them.
package queue
