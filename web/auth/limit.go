package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often somebody may try a password: some tries at once, then one each so often.
const (
	triesAtOnce = 5
	triesEvery  = 10 * time.Second
	most        = 4096 // limiters kept; more come only from somebody who tries many names or addresses
)

// limits counts tries by what they have in common: an address, an account.
type limits struct {
	mu  sync.Mutex // guards all below
	all map[string]*rate.Limiter
}

// try takes one try of each key, or says how long to wait. A try that has to wait costs nothing, and whoever must wait for
// one key does not get at those after it.
func (l *limits) try(now time.Time, keys ...string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*rate.Limiter{}
	}
	var taken []*rate.Reservation
	for _, key := range keys {
		r := l.limiter(now, key).ReserveN(now, 1)
		taken = append(taken, r)
		if wait = r.DelayFrom(now); wait > 0 {
			for _, r := range taken {
				r.CancelAt(now)
			}
			return wait
		}
	}
	return 0
}

// forgive forgets the tries of a key: the right password was among them.
func (l *limits) forgive(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		delete(l.all, key)
	}
}

func (l *limits) limiter(now time.Time, key string) *rate.Limiter {
	if r := l.all[key]; r != nil {
		return r
	}
	if len(l.all) >= most {
		l.sweep(now)
	}
	r := rate.NewLimiter(rate.Every(triesEvery), triesAtOnce)
	l.all[key] = r
	return r
}

// sweep drops limiters that limit nothing any more; if all still do, it drops half of them, because memory is bounded and
// the tries at any one account stay few.
func (l *limits) sweep(now time.Time) {
	for key, r := range l.all {
		if r.TokensAt(now) >= triesAtOnce {
			delete(l.all, key)
		}
	}
	for key := range l.all {
		if len(l.all) <= most/2 {
			return
		}
		delete(l.all, key)
	}
}
