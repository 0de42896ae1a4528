package exchange

import (
	"container/heap"
	"time"
)

// clock runs what the exchange has to do later. All of it is guarded by Exchange.mu.
//
// An event is given the moment it was planned for, not the moment the scheduler of the machine got round to it, so that
// signals keep their true length at wall-clock speed on a busy machine.
type clock struct {
	now   time.Time // the moment being worked on; never ahead of package time
	queue eventQueue
	count uint64      // events planned so far: equal times run in the order of planning
	timer *time.Timer // wakes the exchange for the first event; nil before the first
	armed time.Time   // what timer is set to; zero if it is stopped
}

// event is one thing to do at one moment.
type event struct {
	at    time.Time
	order uint64
	do    func()
	index int // in the queue; -1 when it is no longer there
}

// at plans do for a moment, which may have passed already. The lock is held while do runs.
func (c *clock) at(t time.Time, do func()) *event {
	c.count++
	e := &event{at: t, order: c.count, do: do}
	heap.Push(&c.queue, e)
	return e
}

func (c *clock) after(d time.Duration, do func()) *event { return c.at(c.now.Add(d), do) }

// cancel takes an event back; nil and events that have run are left alone.
func (c *clock) cancel(e *event) {
	if e != nil && e.index >= 0 {
		heap.Remove(&c.queue, e.index)
	}
}

// clear forgets all that was planned.
func (c *clock) clear() {
	for _, e := range c.queue {
		e.index = -1
	}
	c.queue = nil
}

// catchUp does everything planned up to t.
func (c *clock) catchUp(t time.Time) {
	for len(c.queue) > 0 && !c.queue[0].at.After(t) {
		e := heap.Pop(&c.queue).(*event)
		if e.at.After(c.now) {
			c.now = e.at
		}
		e.do()
	}
	if t.After(c.now) {
		c.now = t
	}
}

// catchUpNow does everything planned up to the present.
func (c *clock) catchUpNow() { c.catchUp(time.Now()) }

// arm sets the timer to the first event.
func (c *clock) arm(wake func()) {
	switch {
	case len(c.queue) == 0:
		if c.timer != nil {
			c.timer.Stop()
		}
		c.armed = time.Time{}
	case c.timer == nil:
		c.armed = c.queue[0].at
		c.timer = time.AfterFunc(time.Until(c.armed), wake)
	case !c.armed.Equal(c.queue[0].at):
		c.armed = c.queue[0].at
		c.timer.Reset(time.Until(c.armed))
	}
}

// eventQueue is a heap by time, then by order of planning.
type eventQueue []*event

func (q eventQueue) Len() int { return len(q) }

func (q eventQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].order < q[j].order
	}
	return q[i].at.Before(q[j].at)
}

func (q eventQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *eventQueue) Push(e any) {
	ev := e.(*event)
	ev.index = len(*q)
	*q = append(*q, ev)
}

func (q *eventQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	e.index = -1
	return e
}
