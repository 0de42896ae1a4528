package slots

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// system is what a slot holds.
type system map[string][]byte

// version is a system whose every part says which one it is.
func version(name string, size int) system {
	s := system{}
	for _, part := range []string{RootPart, "initrd", "cmdline.txt", "broadcom/board.dtb", KernelPart} {
		s[part] = bytes.Repeat([]byte(name+" "+part+"\n"), size)
	}
	s["cmdline.txt"] = []byte("args=" + name + "\n")
	return s
}

func (s system) parts() []Part {
	var list []Part
	for _, name := range []string{RootPart, "initrd", "cmdline.txt", "broadcom/board.dtb", KernelPart} {
		list = append(list, Part{Name: name, Size: int64(len(s[name])), SHA256: sumOf(s[name])})
	}
	return list
}

// places are where the parts lie.
func (s system) places(slot Slot) map[string]string {
	where := map[string]string{}
	for name := range s {
		where[name] = "/boot/" + string(slot) + "/" + name
	}
	where[RootPart] = "/dev/" + string(slot)
	return where
}

// in reports whether a slot holds just this system.
func (s system) in(p *plugged, slot Slot) bool {
	for name, at := range s.places(slot) {
		if c := p.live[at]; c == nil || !bytes.HasPrefix(c.now, s[name]) {
			return false
		}
	}
	return true
}

var (
	oldSystem  = version("old", 100)
	newSystem  = version("new", 120)
	evenNewer  = version("even newer", 90)
	partitions = map[Slot]string{A: "/dev/a", B: "/dev/b"}
)

// shipped is a card as it is flashed: the old system in slot a, nothing in b.
func shipped() *plugged {
	p := newPlugged()
	for name, at := range oldSystem.places(A) {
		p.set(at, oldSystem[name])
	}
	p.set("/dev/a", append(bytes.Clone(oldSystem[RootPart]), make([]byte, 3000)...))
	p.set("/dev/b", make([]byte, 4000))
	for _, name := range []string{choiceFile, secondFile} {
		p.set("/boot/"+name, Choice{Slot: A}.text())
	}
	return p
}

func cardOf(p *plugged, running Slot) *Card {
	return &Card{Boot: "/boot", Roots: partitions, Running: running, disk: p}
}

// install puts a system into the slot that does not run.
func install(c *Card, s system) error {
	f, err := c.Fill(c.Running.Other())
	if err != nil {
		return err
	}
	if err := f.Room(s.parts()); err != nil {
		return err
	}
	for _, p := range s.parts() {
		if err := f.Put(p, bytes.NewReader(s[p.Name])); err != nil {
			return err
		}
	}
	return f.Try(1)
}

func TestInstallTryAndSettle(t *testing.T) {
	p := shipped()
	if got := boots(t, p); got != A {
		t.Fatalf("a new card starts slot %q", got)
	}
	for _, step := range []struct {
		system  system
		running Slot
	}{{newSystem, A}, {evenNewer, B}, {oldSystem, A}} {
		c := cardOf(p, step.running)
		if err := install(c, step.system); err != nil {
			t.Fatal(err)
		}
		target := step.running.Other()
		if got := boots(t, p); got != target || !step.system.in(p, target) {
			t.Fatalf("after the update slot %q is tried, want %s", got, target)
		}
		c.Running = target
		if err := c.Choose(Choice{Slot: target}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := boots(t, p); got != target {
				t.Fatalf("a settled slot %s: %q starts", target, got)
			}
		}
	}
}

func TestWhatDoesNotSettleIsTriedOnce(t *testing.T) {
	p := shipped()
	if err := install(cardOf(p, A), newSystem); err != nil {
		t.Fatal(err)
	}
	var got []Slot
	for range 3 {
		got = append(got, boots(t, p))
	}
	if want := []Slot{B, A, A}; !slices.Equal(got, want) {
		t.Errorf("the slots that start are %q, want %q", got, want)
	}
}

// TestPlugPulledAtEveryStep pulls the plug at each step of an update that goes over an older one, eight times at each with
// other luck, and starts the box four times: each time a whole system must start, the old one or the new one, and the new
// one, which nobody settles, once at most.
func TestPlugPulledAtEveryStep(t *testing.T) {
	const lucks = 8
	starts, tried := 0, 0
	n := 1
	for ; ; n++ {
		finished := false
		for luck := range uint64(lucks) {
			p := shipped()
			for name, at := range evenNewer.places(B) { // what lies in b from an update long ago
				p.set(at, evenNewer[name])
			}
			p.set("/dev/b", append(bytes.Clone(evenNewer[RootPart]), make([]byte, 3000)...))
			p.at = n
			err := install(cardOf(p, A), newSystem)
			finished = err == nil
			after := p.pull(rand.New(rand.NewPCG(luck, uint64(n))))
			inB := 0
			for range 4 {
				slot := boots(t, after)
				starts++
				switch {
				case slot == A && oldSystem.in(after, A):
				case slot == B && newSystem.in(after, B):
					inB++
				default:
					t.Fatalf("step %d (%s), luck %d: slot %q starts, and holds no whole system", n, p.steps[n-1], luck, slot)
				}
			}
			if inB > 1 {
				t.Fatalf("step %d (%s), luck %d: the new system is tried %d times", n, p.steps[n-1], luck, inB)
			}
			tried += inB
		}
		if finished {
			break
		}
	}
	t.Logf("%d steps, %d starts, the new system tried %d times", n-1, starts, tried)
	if n < 21 || tried == 0 {
		t.Errorf("%d steps, tried %d times: the test tests nothing", n-1, tried)
	}
}

// TestPlugPulledWhileSettling: the choice is made, or the system of before starts.
func TestPlugPulledWhileSettling(t *testing.T) {
	for n := 1; ; n++ {
		finished := false
		for luck := range uint64(30) {
			p := shipped()
			if err := install(cardOf(p, A), newSystem); err != nil {
				t.Fatal(err)
			}
			if got := boots(t, p); got != B {
				t.Fatalf("slot %q is tried", got)
			}
			p.steps, p.at = nil, n
			finished = cardOf(p, B).Choose(Choice{Slot: B}) == nil
			after := p.pull(rand.New(rand.NewPCG(luck, uint64(n))))
			slot := boots(t, after)
			if slot != A && slot != B || finished && slot != B {
				t.Fatalf("step %d (%s), luck %d: slot %q starts", n, p.steps[n-1], luck, slot)
			}
			if again := boots(t, after); again != slot {
				t.Fatalf("step %d, luck %d: first slot %s starts, then %s", n, luck, slot, again)
			}
		}
		if finished {
			return
		}
	}
}

// TestPlugPulledWhileBootWrites pulls the plug while the boot script counts.
func TestPlugPulledWhileBootWrites(t *testing.T) {
	for luck := range uint64(100) {
		p := shipped()
		if err := install(cardOf(p, A), newSystem); err != nil {
			t.Fatal(err)
		}
		p.steps, p.at = nil, 3 // opened and written, not synced
		boots(t, p)
		after := p.pull(rand.New(rand.NewPCG(luck, 0)))
		inB := 0
		for range 4 {
			switch boots(t, after) {
			case B:
				inB++
			case None:
				t.Fatalf("luck %d: nothing starts", luck)
			}
		}
		if inB > 1 {
			t.Fatalf("luck %d: tried %d times more", luck, inB)
		}
	}
}

func TestDamagedChoices(t *testing.T) {
	whole := Choice{Slot: B}.text()
	for name, test := range map[string]struct {
		first, second []byte
		want          Slot
	}{
		"both":             {whole, whole, B},
		"first cut off":    {whole[:len(whole)-505], whole, B},
		"first empty":      {nil, whole, B},
		"first of zeros":   {make([]byte, choiceSize), whole, B},
		"first of 0xff":    {bytes.Repeat([]byte{0xff}, choiceSize), whole, B},
		"second gone":      {whole, nil, B},
		"a line missing":   {bytes.Replace(whole, []byte("slot=b\n"), nil, 1), whole, B},
		"another slot":     {bytes.Replace(whole, []byte("slot=b"), []byte("slot=a"), 1), whole, B},
		"none of them":     {nil, nil, A},
		"a third slot":     {bytes.ReplaceAll(whole, []byte("b"), []byte("c")), whole, A}, // starts what there is
		"left is no digit": {[]byte("left=x\nslot=b\nwhole=b..x\n"), whole, B},
	} {
		t.Run(name, func(t *testing.T) {
			p := shipped()
			for part, at := range newSystem.places(B) {
				p.set(at, newSystem[part])
			}
			p.set("/boot/"+choiceFile, test.first)
			p.set("/boot/"+secondFile, test.second)
			if got := boots(t, p); got != test.want {
				t.Errorf("slot %q starts, want %q", got, test.want)
			}
			choice, err := cardOf(p, A).Choice()
			if errors.Is(err, ErrNoChoice) != (name == "none of them") || err == nil && choice.Slot != B {
				t.Errorf("choice %+v, %v", choice, err)
			}
		})
	}
}

func TestChoicesAreReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []Choice{{Slot: A}, {Slot: B}, {Slot: A, Try: B, Left: 1}, {Slot: B, Try: A, Left: 15}} {
		text := c.text()
		if got, ok := parseChoice(text); !ok || got != c || len(text) != choiceSize {
			t.Errorf("%+v is read as %+v, %v", c, got, ok)
		}
	}
}

func FuzzParseChoice(f *testing.F) {
	f.Add(Choice{Slot: A, Try: B, Left: 1}.text())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, ok := parseChoice(data); ok {
			if again, ok := parseChoice(c.text()); !ok || again != c {
				t.Errorf("%q: %+v, then %+v", data, c, again)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Run("the slot that runs", func(t *testing.T) {
		if _, err := cardOf(shipped(), A).Fill(A); !errors.Is(err, ErrInUse) {
			t.Error(err)
		}
	})
	t.Run("the slot that is chosen", func(t *testing.T) {
		if _, err := cardOf(shipped(), B).Fill(A); !errors.Is(err, ErrInUse) {
			t.Error(err)
		}
	})
	t.Run("a system larger than its partition", func(t *testing.T) {
		if err := install(cardOf(shipped(), A), version("new", 900)); !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
	})
	t.Run("a full boot partition", func(t *testing.T) {
		p := shipped()
		p.room = bootReserve + 10
		if err := install(cardOf(p, A), newSystem); !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
	})
	t.Run("other content", func(t *testing.T) {
		f, err := cardOf(shipped(), A).Fill(B)
		if err != nil {
			t.Fatal(err)
		}
		part := Part{Name: "initrd", Size: 5, SHA256: sumOf([]byte("right"))}
		if err := f.Put(part, strings.NewReader("wrong")); !errors.Is(err, ErrContent) {
			t.Error(err)
		}
	})
	t.Run("a card that forgets", func(t *testing.T) {
		for _, place := range newSystem.places(B) {
			p := shipped()
			if p.lies = place; strings.HasSuffix(place, KernelPart) {
				p.lies += besideSuffix
			}
			if err := install(cardOf(p, A), newSystem); !errors.Is(err, ErrCard) {
				t.Errorf("%s: %v", place, err)
			}
			if got := boots(t, p); got != A {
				t.Errorf("%s: slot %q starts", place, got)
			}
		}
	})
	t.Run("nothing in it", func(t *testing.T) {
		f, err := cardOf(shipped(), A).Fill(B)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Try(1); err == nil {
			t.Error("an empty slot is tried")
		}
	})
}
