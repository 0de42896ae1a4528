package corpus_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNotInTheProduct: 3 MB of documents are for tests and scripts only.
func TestNotInTheProduct(t *testing.T) {
	linked, err := exec.Command("go", "list", "-deps", "faxbox/cmd/faxbox").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(linked), "faxbox/fax/document/corpus") {
		t.Error("the program carries the corpus")
	}
}
