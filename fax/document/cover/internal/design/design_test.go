package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestFiles: the templates that are built in are those that this program makes.
func TestFiles(t *testing.T) {
	const folder = "../../templates"
	made := files()
	for name, content := range made {
		committed, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !bytes.Equal(committed, content) {
			t.Errorf("%s is another (%v): run go generate in fax/document/cover", name, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if made[e.Name()] == nil {
			t.Errorf("%s is made by nobody", e.Name())
		}
	}
}

// TestMargins: no field lies in the part of a page where header lines are put and machines cut, and rules are thick enough.
func TestMargins(t *testing.T) {
	const least = 15 * 72 / 25.4
	for _, p := range papers {
		for _, in := range languages {
			for _, d := range designs {
				first, second := newSheet(p), newSheet(p)
				d.draw(first, in)
				continuation(second, in)
				for _, s := range []*sheet{first, second} {
					for _, f := range s.fields {
						if f.x < least || f.y < least || f.x+f.w > p.width-least || f.y+f.h > p.height-least || f.size < small {
							t.Errorf("%s, %s: %s", d.name, p.name, f.name)
						}
					}
				}
			}
		}
	}
}

func TestLiteral(t *testing.T) {
	for in, want := range map[string]string{"": "()", "a(b)c\\": `(a\(b\)c\\)`, "Empfänger": `(Empf\344nger)`} {
		if got := literal(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
