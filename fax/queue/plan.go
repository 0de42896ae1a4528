package queue

import (
	"hash/fnv"
	"time"

	"faxbox/fax"
)

// plan is what follows an attempt that ended with a cause.
type plan struct {
	next   next
	factor int           // delay until the next attempt, in RetryDelays
	least  time.Duration // and never less
	most   int           // attempts in all, whatever Retries says; 0: Retries decides
	rest   bool          // the number is left alone by other jobs too
}

// next is the kind of what follows.
type next uint8

const (
	again   next = iota // counted; tried again while there are tries
	goBack              // not counted: the attempt says nothing of the number
	giveUp              // trying again would end the same
	noRetry             // done, or ended on request
)

// plans say what follows each cause. Waits are never shorter than RetryDelay; they are longer where a soon call would
// find the same, and have a floor where people are rung, or where the network forbids a call, however RetryDelay is set.
var plans = map[fax.Cause]plan{
	fax.OK:        {next: noRetry},
	fax.Cancelled: {next: goBack},
	fax.Unknown:   {next: goBack, least: pause},

	fax.Busy:        {factor: 1, rest: true},
	fax.NoAnswer:    {factor: 2, least: time.Minute, rest: true},
	fax.NoFax:       {factor: 2, least: time.Minute, rest: true, most: 3}, // a person may have picked up: not too often
	fax.Delayed:     {factor: 4, least: 10 * time.Minute, rest: true},
	fax.NoDialTone:  {factor: 1},
	fax.Glare:       {next: goBack, least: pause},
	fax.ModemFailed: {next: goBack, least: pause},
	fax.ModemGone:   {next: goBack, least: pause},
	fax.Blacklisted: {next: giveUp},
	fax.BadNumber:   {next: giveUp},

	fax.CannotReceive:  {factor: 2}, // out of paper or memory
	fax.NotReady:       {factor: 2},
	fax.Refused:        {factor: 2},
	fax.CannotTrain:    {factor: 1},
	fax.NoResponse:     {factor: 1},
	fax.NoCommand:      {factor: 1},
	fax.PageRejected:   {factor: 1},
	fax.NotConfirmed:   {factor: 1},
	fax.TooManyErrors:  {factor: 1},
	fax.ProtocolError:  {factor: 1},
	fax.RemoteHungUp:   {factor: 1},
	fax.LineDropped:    {factor: 1},
	fax.TooLong:        {factor: 1},
	fax.StorageFailed:  {factor: 1},
	fax.NothingSent:    {factor: 1},
	fax.NothingToPoll:  {next: giveUp},
	fax.Incompatible:   {next: giveUp},
	fax.WrongPassword:  {next: giveUp},
	fax.WrongAddress:   {next: giveUp},
	fax.DocumentFailed: {next: giveUp},
}

// pause is how long a job that goes back uncounted waits: long enough that a line that rings without end, or a modem that
// fails at once, keeps nobody busy.
const pause = 5 * time.Second

// breath is the least wait after an attempt that counts, even if RetryDelay is 0: a line that is busy, or a fault that shows
// at once, is not dialled without end, which networks forbid and others on the line notice.
const breath = 15 * time.Second

// floor is the least wait, however RetryDelay is set.
func (p plan) floor() time.Duration {
	if p.next == again {
		return max(p.least, breath)
	}
	return p.least
}

// delay is the wait before the next attempt. Up to a tenth is added that differs from job to job, so that two machines
// that call each other do not find each other busy for ever.
func (p plan) delay(s fax.Server, j fax.Job) time.Duration {
	d := time.Duration(p.factor) * time.Duration(s.RetryDelay) * time.Minute
	return max(p.floor(), d+time.Duration(float64(d)*spread(j)/10))
}

// longest is the most that delay can be.
func (p plan) longest(s fax.Server) time.Duration {
	d := time.Duration(p.factor) * time.Duration(s.RetryDelay) * time.Minute
	return max(p.floor(), d+d/10)
}

// spread is a number from 0 to 1 for the job's next attempt: the same whenever it is asked for.
func spread(j fax.Job) float64 {
	h := fnv.New32a()
	h.Write([]byte(j.FaxNumber)) // a hash.Hash returns no error
	h.Write([]byte{byte(j.JobID), byte(j.JobID >> 8), byte(j.Attempts)})
	return float64(h.Sum32()%1000) / 1000
}

// attempts is how many counted attempts a job has that ended with this cause.
func (p plan) attempts(s fax.Server) int {
	all := 1 + s.Retries
	if p.most > 0 {
		all = min(all, p.most)
	}
	return all
}

// maxUncounted is how many calls of a job may go uncounted: a job that brings the box down whenever it is sent must not
// ring somebody's telephone for ever.
const maxUncounted = 100

// usedUp reports that a job may not be begun again, whatever its attempts.
func usedUp(s fax.Server, j fax.Job) bool { return j.Calls >= 1+s.Retries+maxUncounted }
