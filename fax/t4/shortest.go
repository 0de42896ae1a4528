package t4

import "math"

// The shortest way to code a line is a shortest path. Its nodes are the places where a mode can begin, its edges the modes
// that may stand there, their lengths the bits that go over the line. Error correction (T.4 annex A) sends a page in HDLC
// frames, where a zero is stuffed after every five ones, and MMR is rich in ones: so the stuffed zeros count. What an edge
// costs therefore depends on how many ones in a row were sent before it.
//
// It would seem that a node needs the cheapest path for each such number of ones, 0 to 4. One is enough: the cheapest, and
// among these the one with the fewest ones. Whatever bits follow, they take from a higher number of ones as many stuffed
// zeros as from a lower one or one more, never fewer, and the next 0 ends the difference. So a path that costs a bit more
// is never better, and at equal cost fewer ones are never worse. It follows too that to take the best path of each line,
// one by one, is best for the page. TestShortestIsShortest tries all paths to guard this.
//
// The frames' own headers and checks, which break up the bits every 256 octets, are not looked at.

// stuffAfter is how many ones in a row HDLC sends before it stuffs a zero.
const stuffAfter = 5

// A label is what the best path to a node costs: the bits over the line so far times eight, and the ones that were sent
// last and not yet stuffed in the low three bits, so that the lesser label is the better one.
type label uint32

// A cost says what a code takes over the line: the octet of it that the number of ones before counts from the lowest holds
// what the label grows by, bits times eight and the ones after. A run's code takes 30 bits at most, so five octets do.
type cost uint64

// unreached is the label of a node that no path leads to.
const unreached label = math.MaxUint32

// after is the label behind a code of this cost.
func (l label) after(c cost) label { return l&^7 + label(byte(c>>(l&7*8))) }

// makeCost counts the bits of a code and the zeros stuffed into it.
func makeCost(c code) (k cost) {
	for before := range stuffAfter {
		bits, ones := c.len(), before
		for i := range c.len() {
			if c.bits()>>(c.len()-1-i)&1 == 0 {
				ones = 0
			} else if ones++; ones == stuffAfter {
				bits, ones = bits+1, 0
			}
		}
		k |= cost(bits<<3|uint(ones)) << (8 * before)
	}
	return k
}

var (
	passCost       = makeCost(pass)
	horizontalCost = makeCost(horizontal)
	verticalCosts  = makeVerticalCosts()
	makeUp2560Cost = makeCost(makeUp2560)
	runCosts       = makeRunCosts()
)

func makeVerticalCosts() (k [len(vertical)]cost) {
	for i, c := range vertical {
		k[i] = makeCost(c)
	}
	return k
}

func makeRunCosts() *[2][maxRun + 1]cost {
	k := new([2][maxRun + 1]cost)
	for colour := range runs {
		for run, c := range runs[colour] {
			k[colour][run] = makeCost(c)
		}
	}
	return k
}

// afterRun is the label behind the code of a run.
func (l label) afterRun(colour, run int) label {
	for ; run > maxRun; run -= maxMakeUp {
		l = l.after(makeUp2560Cost)
	}
	return l.after(runCosts[colour][run])
}

// A step is how the best path reaches a node: from an earlier node, by some passes and then a vertical or a horizontal
// mode.
type step struct {
	label  label
	passes uint16
	mode   mode
}

// paths finds the shortest path through each line of a page.
//
// Node i is where changing element i is the next to be coded: a0 lies on element i-1, or left of the line for node 0. A
// vertical mode leads to node i+1, a horizontal mode to i+2. Passes stay within the node: each has one predecessor, so
// they need no node of their own.
type paths struct {
	ones  int // sent last and not yet stuffed
	steps []step
	order []int // the nodes of the best path, backwards
}

func newPaths(width int) *paths {
	return &paths{steps: make([]step, width+3), order: make([]int, 0, width+1)}
}

// appendModes appends the modes of the best path through cur.
func (p *paths) appendModes(codes []code, cur, ref *elements) []code {
	p.search(cur, ref)
	return p.appendPath(codes, cur, ref)
}

// search labels the nodes from left to right.
func (p *paths) search(cur, ref *elements) {
	a, b := cur.at, ref.at
	steps := p.steps[:cur.n+3]
	for i := range steps {
		steps[i].label = unreached
	}
	steps[0].label = label(p.ones)
	a0, j := -1, 0 // j of b1, as in the function appendModes
	for i, a1 := range a[:cur.n+1] {
		for int(b[j]) <= a0 {
			j += 2
		}
		if steps[i].label != unreached {
			searchNode(steps[i:i+3], i&1, a0, int(a1), int(a[i+1]), b[j:])
		}
		a0 = int(a1)
		j = otherColour(j)
	}
}

// searchNode follows the modes that may begin at node[0], with or without passes before them, to node[1] and node[2]. The
// elements b begin with b1.
func searchNode(node []step, colour, a0, a1, a2 int, b []uint16) {
	l := node[0].label
	a0 = max(a0, 0)
	for passes := 0; ; passes++ {
		b1, b2 := int(b[2*passes]), int(b[2*passes+1])
		if d := a1 - b1; -maxVertical <= d && d <= maxVertical {
			node[1].improve(l.after(verticalCosts[d+maxVertical]), passes, mode(d+maxVertical))
		}
		node[2].improve(l.after(horizontalCost).afterRun(colour, a1-a0).afterRun(colour^1, a2-a1), passes, horizontalMode)
		l = l.after(passCost)
		if b2 >= a1 || l >= node[1].label && l >= node[2].label {
			return
		}
		a0 = b2
	}
}

// improve takes a way to a node if it is better than the one known.
func (s *step) improve(l label, passes int, m mode) {
	if l < s.label {
		*s = step{l, uint16(passes), m}
	}
}

// appendPath goes back along the best path and appends its modes from its beginning.
func (p *paths) appendPath(codes []code, cur, ref *elements) []code {
	end := cur.n + 1 // behind the line's end, by a vertical mode
	if p.steps[end+1].label < p.steps[end].label {
		end++ // or by a horizontal one
	}
	p.ones = int(p.steps[end].label & 7)
	order := p.order[:0]
	for i := end; i > 0; {
		order = append(order, i)
		if p.steps[i].mode == horizontalMode {
			i--
		}
		i--
	}
	a, b := cur.at, ref.at
	i, j, a0 := 0, 0, -1
	for k := len(order) - 1; k >= 0; k-- {
		s := p.steps[order[k]]
		for int(b[j]) <= a0 {
			j += 2
		}
		for range s.passes {
			codes = append(codes, pass)
			a0 = int(b[j+1])
			j += 2
		}
		if s.mode == horizontalMode {
			codes = appendHorizontal(codes, i&1, a0, int(a[i]), int(a[i+1]))
		} else {
			codes = append(codes, vertical[s.mode])
			j = otherColour(j)
		}
		i = order[k]
		a0 = int(a[i-1])
	}
	return codes
}
