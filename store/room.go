package store

// Room reports ErrFull if so many octets more would take what is kept free for faxes that come in.
func (s *Store) Room(octets int64) error { return s.room(octets) }
