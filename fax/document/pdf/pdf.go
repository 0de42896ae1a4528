// Package pdf writes PDF files of fax pages: the Group 4 strips of a TIFF file go in as they are, octet for octet, at the
// size that the paper had.
package pdf
