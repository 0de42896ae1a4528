package server

import (
	"encoding/json"
	"errors"

	"faxbox/fax/route/printer"
	"faxbox/store"
)

// proofsKey is the store's name for what each printer has proven itself with: by its address, as it is set.
const proofsKey = "printers"

// trustPrinter trusts a printer that it has not seen before, and from then on only the same, or one that an authority vouches
// for: whoever takes a printer's place in the network is not given what it was given.
func (s *Server) trustPrinter(url, proof string) error {
	return s.changeProofs(func(proofs map[string]string) (bool, error) {
		switch proofs[url] {
		case proof:
			return false, nil
		case "":
		default:
			if proof != printer.Vouched {
				return false, printer.ErrStranger
			}
		}
		proofs[url] = proof
		return true, nil
	})
}

// forgetPrinter has the next printer at this address trusted.
func (s *Server) forgetPrinter(url string) error {
	return s.changeProofs(func(proofs map[string]string) (bool, error) {
		_, known := proofs[url]
		delete(proofs, url)
		return known, nil
	})
}

// changeProofs keeps what is changed, if anything is.
func (s *Server) changeProofs(change func(proofs map[string]string) (bool, error)) error {
	s.change.Lock()
	defer s.change.Unlock()
	proofs := map[string]string{}
	data, err := s.store.Value(proofsKey)
	if err == nil {
		err = json.Unmarshal(data, &proofs)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	changed, err := change(proofs)
	if err != nil || !changed {
		return err
	}
	if data, err = json.Marshal(proofs); err != nil {
		return err
	}
	return s.store.PutValue(proofsKey, data)
}
