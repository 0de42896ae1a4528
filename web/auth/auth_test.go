package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

var cheap = Cost{Memory: 8, Time: 1, Threads: 1}

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func accounts(t *testing.T) (*Accounts, *clock) {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	a, err := New(s, c.Now, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

func TestPasswordsAreSealed(t *testing.T) {
	seal := cheap.seal("correct horse")
	if !fits("correct horse", seal) || fits("correct horsf", seal) || fits("", seal) {
		t.Errorf("%s fits the wrong password, or not the right one", seal)
	}
	if string(seal) == string(cheap.seal("correct horse")) {
		t.Error("the same password has the same seal twice: there is no salt")
	}
	if !strings.HasPrefix(string(Usual().seal("x")), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the usual seal is %s", Usual().seal("x"))
	}
	for _, bad := range []string{"", "$", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=1,p=1$!$AAAA", "$argon2id$v=19$m=8,t=1,p=0$AAAA$AAAA", "$a$b$c$d$e$f$g"} {
		if fits("x", []byte(bad)) {
			t.Errorf("%q fits a password", bad)
		}
	}
}

// Whatever lies in the place of a seal, what it takes to check a password against it is bounded.
func FuzzSeal(f *testing.F) {
	f.Add([]byte("$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"))
	f.Add(Usual().sealWith("password", make([]byte, saltLength)))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if c, salt, ok := parseSeal(sealed); ok && (c.Memory > 64*1024 || c.Time > 10 || c.Threads > 4 || len(salt) > len(sealed)) {
			t.Errorf("%q costs %+v", sealed, c)
		}
	})
}

func TestSessionsAreProlongedByUse(t *testing.T) {
	a, clock := accounts(t)
	if _, err := a.Create(Identity{}, fax.User{Name: "otto", Role: fax.Sender}, "correct horse"); err != nil {
		t.Fatal(err)
	}
	key, _, err := a.LogIn("otto", "correct horse", "192.0.2.1:99")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		clock.pass(5 * 24 * time.Hour)
		if id, err := a.BySession(key, ""); err != nil || id.User != "otto" {
			t.Fatalf("a session used every five days: %v, %v", id, err)
		}
	}
	clock.pass(sessionLife)
	if _, err := a.BySession(key, ""); !errors.Is(err, ErrNobody) {
		t.Errorf("a session not used for a week: %v", err)
	}
}

func TestSessionsOutliveTheProcess(t *testing.T) {
	a, clock := accounts(t)
	if _, err := a.Create(Identity{}, fax.User{Name: "otto", Role: fax.Sender}, "correct horse"); err != nil {
		t.Fatal(err)
	}
	key, _, err := a.LogIn("otto", "correct horse", "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := New(a.store, clock.Now, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.BySession(key, ""); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if code := again.Code(); code != "" { // the account is no administrator: the box can still be made one's own
		t.Errorf("there is a code, %s, though there is an account", code)
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	a, _ := accounts(t)
	code := a.Code()
	if len(code) != 9 || code[4] != '-' {
		t.Errorf("the code %q is not easily typed", code)
	}
	if other, _ := accounts(t); other.Code() == code {
		t.Error("two boxes have the same code")
	}
	var made sync.WaitGroup
	results := make(chan error, 4)
	for i := range 4 { // at the same time: one of them wins
		made.Go(func() {
			_, _, err := a.SetUp(code, fmt.Sprintf("user%d", i), "correct horse", fmt.Sprintf("192.0.2.%d:1", i))
			results <- err
		})
	}
	made.Wait()
	close(results)
	won := 0
	for err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrSetUp):
			t.Errorf("the losers hear %v", err)
		}
	}
	if won != 1 || a.Code() != "" {
		t.Errorf("%d administrators were made, and the code is %q", won, a.Code())
	}
}

// Whoever tries many names or comes from many networks must not make room for more tries at one account.
func TestTries(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var l limits
	for range triesAtOnce {
		if wait := l.try(now, "from a", "as anna"); wait != 0 {
			t.Fatalf("waits %v before the limit", wait)
		}
	}
	if wait := l.try(now, "from a", "as anna"); wait != triesEvery {
		t.Errorf("waits %v, want %v", wait, triesEvery)
	}
	if wait := l.try(now, "from b", "as anna"); wait != triesEvery {
		t.Errorf("from elsewhere waits %v, want %v", wait, triesEvery)
	}
	for n := range 3 * most { // who must wait for the network makes no limiter of names
		l.try(now, "from a", fmt.Sprint("as ", n))
	}
	if len(l.all) > 4 {
		t.Errorf("%d limiters after one network tried many names", len(l.all))
	}
	for n := range 3 * most {
		l.try(now, fmt.Sprint("from ", n), "as otto")
	}
	if len(l.all) > most {
		t.Errorf("%d limiters, more than %d", len(l.all), most)
	}
	l.forgive("from a", "as anna")
	if wait := l.try(now, "from a", "as anna"); wait != 0 {
		t.Errorf("waits %v after the right password", wait)
	}
}

func TestNetworks(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		if got := network(remote); got != want {
			t.Errorf("network(%q) = %q, want %q", remote, got, want)
		}
	}
}

func TestAccountNames(t *testing.T) {
	a, _ := accounts(t)
	for name, good := range map[string]bool{"anna": true, "a.b-c_d@e": true, "Jürgen": true, "": false, "a b": false, "a/b": false,
		"local": false, strings.Repeat("x", 65): false, "a\n": false} {
		_, err := a.Create(Identity{}, fax.User{Name: name, Role: fax.Viewer}, "correct horse")
		var invalid fax.Invalid
		if good != (err == nil) || err != nil && !errors.As(err, &invalid) {
			t.Errorf("account %q: %v", name, err)
		}
	}
	_, err := a.Create(Identity{}, fax.User{Name: "a b", Role: "king"}, "short")
	var invalid fax.Invalid
	if !errors.As(err, &invalid) || len(invalid) != 3 {
		t.Errorf("three faults: %v", err)
	}
}

// The socket's own account comes in without a password, and the request says who it is.
func TestUNIXSocket(t *testing.T) {
	a, _ := accounts(t)
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	got := make(chan Identity, 1)
	s := &http.Server{ConnContext: LocalContext, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := a.Identify(r)
		if err != nil {
			t.Error(err)
		}
		got <- id
	})}
	served := make(chan error, 1)
	go func() { served <- s.Serve(&Listener{UnixListener: l, Log: slog.New(slog.DiscardHandler)}) }()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	answer, err := client.Get("http://x/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if id := <-got; id.User != Local || id.Rights != fax.AllRights || id.Remote != "" {
		t.Errorf("over the socket comes %+v", id)
	}
	client.CloseIdleConnections()
	s.Close()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestNobodyComesIn(t *testing.T) {
	a, _ := accounts(t)
	for name, set := range map[string]func(*http.Request){
		"nothing":        func(*http.Request) {},
		"a wrong token":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer faxbox_nonsense") },
		"no token":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
		"basic":          func(r *http.Request) { r.SetBasicAuth("admin", "admin") },
		"a wrong cookie": func(r *http.Request) { r.AddCookie(NewCookie("nonsense", false)) },
	} {
		r := httptest.NewRequest("GET", "/", nil)
		set(r)
		if _, err := a.Identify(r); !errors.Is(err, ErrNobody) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Forgotten administrators stay, and nobody knows their passwords; the code makes one of them, or another, anew.
func TestForget(t *testing.T) {
	for _, name := range []string{"anna", "berta"} {
		a, _ := accounts(t)
		by := Identity{Caller: fax.Caller{User: Local, Rights: fax.AllRights}}
		for user, role := range map[string]fax.Role{"anna": fax.Administrator, "vic": fax.Viewer} {
			if _, err := a.Create(by, fax.User{Name: user, Role: role}, "correct horse"); err != nil {
				t.Fatal(err)
			}
		}
		if a.Code() != "" {
			t.Fatal("there is a code beside an administrator")
		}
		if err := a.Forget(); err != nil {
			t.Fatal(err)
		}
		if err := a.Verify("anna", "correct horse", ""); !errors.Is(err, ErrWrong) {
			t.Errorf("the administrator still comes in: %v", err)
		}
		if err := a.Verify("vic", "correct horse", ""); err != nil {
			t.Errorf("a viewer does not: %v", err)
		}
		if _, _, err := a.SetUp("0000-0000", name, "battery staple", "192.0.2.1:1"); !errors.Is(err, ErrWrongCode) {
			t.Errorf("with a wrong code: %v", err)
		}
		code := a.Code()
		if _, _, err := a.SetUp(code, name, "battery staple", "192.0.2.1:1"); err != nil {
			t.Fatal(err)
		}
		if err := a.Verify(name, "battery staple", ""); err != nil || a.Code() != "" {
			t.Errorf("%v, code %q", err, a.Code())
		}
		if _, _, err := a.SetUp(code, "eve", "battery staple", "192.0.2.1:1"); !errors.Is(err, ErrSetUp) {
			t.Errorf("once more: %v", err)
		}
		if users, err := a.Users(); err != nil || len(users) < 2 {
			t.Errorf("%v, %d accounts", err, len(users))
		}
	}
}
