package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
)

// What calls have taught of a number stands with a call to it, and an administrator may have it forgotten.
func TestLearned(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		for name, value := range map[string]string{fax.NoV17: "true", fax.MaxRate: "7200"} {
			b.Must(b.Store.Learn(fax.Fact{Number: "102", Name: name, Value: value, Expires: time.Now().Add(time.Hour)}))
		}
		const call, about = "/calls/1", "What was learned of this number"
		if page := b.get(fax.Viewer, call).want(http.StatusOK).has(about, "hangs up on V.17", "more than 7200 bit/s"); strings.Contains(page.Body.String(), "Forget it") {
			b.Error("a viewer is offered to forget it")
		}
		b.post(fax.Operator, "/learned/forget", "number", "102").want(http.StatusForbidden)
		b.get(fax.Administrator, call).has("Forget it")
		b.post(fax.Administrator, "/learned/forget", "number", "102", "back", call).goes(call + "?done=learned")
		if page := b.get(fax.Viewer, call).want(http.StatusOK); strings.Contains(page.Body.String(), about) {
			b.Error("it is not forgotten")
		}
	})
}
