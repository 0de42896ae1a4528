package fax

// StationID is what a station calls itself on the line: at most 20 characters of printable ASCII (ITU-T T.30, CSI, TSI).
// Every way in goes through NewStationID, JSON included, so a StationID is always clean.
type StationID string

// StationIDLength is the number of characters that the line carries.
const StationIDLength = 20

// NewStationID keeps the characters from space (0x20) to tilde (0x7E), drops all others, and cuts what is left at 20.
// That is no error: show the stored value, so that its owner sees what became of it.
func NewStationID(s string) StationID {
	kept := make([]byte, 0, StationIDLength)
	for _, r := range s {
		if r >= 0x20 && r <= 0x7E && len(kept) < StationIDLength {
			kept = append(kept, byte(r))
		}
	}
	return StationID(kept)
}

// UnmarshalText takes any text, as NewStationID does.
func (s *StationID) UnmarshalText(text []byte) error {
	*s = NewStationID(string(text))
	return nil
}

// MarshalText is the id as it is.
func (s StationID) MarshalText() ([]byte, error) { return []byte(s), nil }
