package upkeep

import (
	"cmp"
	"fmt"
	"time"

	"faxbox/fax"
	"faxbox/hal/update"
)

// remembered is how long an update that came to nothing is among the findings.
const remembered = 7 * 24 * time.Hour

// Findings says what is to be said of the version that runs, for server.AddHealth; nothing where there are no updates.
func (u *Upkeep) Findings() []fax.Finding {
	if u.Machine == nil {
		return nil
	}
	w := u.known()
	f := fax.Finding{Name: "update", OK: true, Sentence: fmt.Sprintf("Version %s runs.", w.Version)}
	switch {
	case w.Trial:
		f.OK, f.State = false, fax.Warning
		f.Sentence = fmt.Sprintf("Version %s is being tried.", w.Version)
		f.Hint = "Wait some minutes. If it does not work, the version of before comes back."
	case w.Phase != "":
		f.Sentence = fmt.Sprintf("Version %s is being installed.", w.New)
	case w.Outcome == string(update.FellBack) && time.Since(w.Ended) < remembered:
		f.OK, f.State, f.Since = false, fax.Warning, w.Ended
		f.Sentence = fmt.Sprintf("Version %s was installed and taken back: version %s runs. %s", cmp.Or(w.New, "?"), w.Version, w.Reason)
		f.Hint = "Ask for another version of the update."
	}
	return []fax.Finding{f}
}
