package server

import (
	"fmt"
	"strings"
	"testing"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// outline is a tree with a line for each part.
func outline(c fax.Checkup, indent string) string {
	text := fmt.Sprintf("%s%s %s: %s\n", indent, c.Name, c.State, c.Sentence)
	for _, p := range c.Parts {
		text += outline(p, indent+" ")
	}
	return text
}

func TestHealthTree(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		list := []fax.Finding{{Name: "certificate", State: fax.Warning, Sentence: "It ends soon.", Hint: "Renew it."}}
		b.AddHealth(func() []fax.Finding { return list })
		tree := b.HealthTree()
		text := outline(tree, "")
		for _, want := range []string{
			"server warning: One thing needs attention.\n", "\n store ok: What comes in is kept safely.\n  store/space ok: ",
			"\n ports ok: All is well.\n  ports/1 ok: Line 101 is in service.\n", "\n clock ok: ", "\n certificate warning: It ends soon.\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
		list = append(list, fax.Finding{Name: "update/slot/b", Sentence: "Broken."})
		if err := b.RemovePort(1); err != nil {
			t.Fatal(err)
		}
		text = outline(b.HealthTree(), "")
		for _, want := range []string{
			"server bad: 3 things need attention.\n", "\n ports bad: Attention needed: 1 of 2.\n  ports/1 bad: Line 101: the modem is not there.\n  ports/2 ok: ",
			"\n update bad: Attention needed: 1 of 1.\n  update/slot bad: Attention needed: 1 of 1.\n   update/slot/b bad: Broken.\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
	})
}

func TestGraded(t *testing.T) {
	for _, c := range []struct {
		f    fax.Finding
		want fax.Condition
	}{
		{fax.Finding{OK: true}, fax.Well}, {fax.Finding{OK: true, State: fax.Bad}, fax.Well}, {fax.Finding{}, fax.Bad},
		{fax.Finding{State: fax.Warning}, fax.Warning}, {fax.Finding{State: fax.Well}, fax.Bad},
	} {
		if got := c.f.Graded().State; got != c.want {
			t.Errorf("%+v is %s", c.f, got)
		}
	}
}
