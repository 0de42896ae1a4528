package document

import (
	"slices"

	"faxbox/fax/raster"
)

// Known reports whether pages of a resolution are sent as they are, if the far end can take it: it is one of T.30's.
func Known(r raster.Resolution) bool { return slices.Contains(known[:], r) }
