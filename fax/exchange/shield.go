package exchange

const (
	dle = 0x10
	etx = 0x03
	sub = 0x1A
)

// unshield takes the DLE shielding (T.31 8.4) off what the computer sends. It carries on where the octets before ended.
type unshield struct{ escaped bool }

// next appends at most limit octets to out and returns it with how many octets of in it has used up, and whether DLE ETX
// came. DLE SUB, which is two octets, may exceed the limit by one.
func (u *unshield) next(out, in []byte, limit int) (_ []byte, used int, end bool) {
	for used < len(in) && len(out) < limit {
		c := in[used]
		used++
		switch {
		case !u.escaped && c != dle:
			out = append(out, c)
		case !u.escaped:
			u.escaped = true
		default:
			u.escaped = false
			switch c {
			case etx:
				return out, used, true
			case dle:
				out = append(out, dle)
			case sub:
				out = append(out, dle, dle)
			}
		}
	}
	return out, used, false
}

// shield doubles each DLE (T.31 8.4). With substitute, two of them in a row become DLE SUB.
func shield(b []byte, substitute bool) []byte {
	out := make([]byte, 0, len(b)+len(b)/64+2)
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != dle:
			out = append(out, b[i])
		case substitute && i+1 < len(b) && b[i+1] == dle:
			out = append(out, dle, sub)
			i++
		default:
			out = append(out, dle, dle)
		}
	}
	return out
}

// endOfData is what closes the octets of a signal or of a frame.
func endOfData() []byte { return []byte{dle, etx} }
