package upkeep

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/store"
	"faxbox/store/backup"
)

// What a box with two systems says of its versions. The rest is tried over the API: web/api/upkeep_test.go.
func TestFindings(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		state    update.State
		phase    string // that the server is in
		ok       bool
		sentence string
	}{
		"first start":     {ok: true, sentence: "Version 1.2.0 runs."},
		"installed":       {state: update.State{Version: "1.2.0", Outcome: update.Settled, Ended: now}, ok: true, sentence: "Version 1.2.0 runs."},
		"on its way":      {phase: "waiting", ok: true, sentence: "Version 1.3.0 is being installed."},
		"tried":           {state: update.State{Trial: true, Phase: update.Trying, Version: "1.2.0"}, sentence: "Version 1.2.0 is being tried."},
		"taken back":      {state: update.State{Version: "1.3.0", Outcome: update.FellBack, Reason: "It was mute.", Ended: now}, sentence: "Version 1.3.0 was installed and taken back: version 1.2.0 runs. It was mute."},
		"taken back once": {state: update.State{Version: "1.3.0", Outcome: update.FellBack, Reason: "It was mute.", Ended: now.AddDate(0, 0, -8)}, ok: true, sentence: "Version 1.2.0 runs."},
	} {
		t.Run(name, func(t *testing.T) {
			keeper := update.Keeper{Path: filepath.Join(t.TempDir(), "state.json")}
			if err := keeper.Keep(test.state); err != nil {
				t.Fatal(err)
			}
			u := New(Config{Version: "1.2.0", Machine: &Machine{Slot: slots.A, State: keeper}})
			u.now = wire.Update{Phase: test.phase, New: "1.3.0"}
			got := u.Findings()
			if len(got) != 1 || got[0].OK != test.ok || got[0].Sentence != test.sentence {
				t.Errorf("%+v", got)
			}
		})
	}
	if got := New(Config{Version: "1.2.0"}).Findings(); got != nil {
		t.Errorf("where there are no updates: %+v", got)
	}
}

// Whoever may not do everything may do nothing here.
func TestRights(t *testing.T) {
	u := New(Config{Again: func(Ending) { t.Error("the service begins anew") }})
	operator := server.Who{Caller: fax.Caller{User: "olga", Rights: fax.Operator.Rights()}}
	none := new(bytes.Buffer)
	for name, err := range map[string]error{
		"update":  u.Update(context.Background(), operator, none, 0, false),
		"backup":  u.Backup(context.Background(), operator, "correct horse battery", none),
		"restore": u.Restore(context.Background(), operator, "correct horse battery", none),
		"erase":   u.Erase(context.Background(), operator, "erase"),
	} {
		if !errors.Is(err, fax.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every fault of a backup has a sentence and a hint that says that nothing was changed.
func TestRestoreProblems(t *testing.T) {
	for _, err := range []error{backup.ErrPassphrase, backup.ErrNoBackup, backup.ErrCut, backup.ErrDamaged, store.ErrNewer} {
		p, ok := errors.AsType[*wire.Problem](restoreProblem(err))
		if !ok || p.Detail != err.Error() || !strings.HasSuffix(p.Hint, "Nothing was changed.") {
			t.Errorf("%v: %+v", err, p)
		}
	}
	if err := restoreProblem(store.ErrFull); !errors.Is(err, store.ErrFull) {
		t.Errorf("a full disk: %v", err)
	}
}
