package render

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzListen(f *testing.F) {
	f.Add([]byte(`{"confined":["limits"]}{"at":{"file":0,"page":2}}{"result":{"files":[1,2],"remarks":["a"]}}`))
	f.Add([]byte(`{"refusal":{"File":1,"Page":3,"Reason":"damaged","Problem":"is bad","Hint":"Mend it."}}`))
	f.Add([]byte(`{"failure":"no"}`))
	f.Add([]byte(`{"at":{"file":-1}}`))
	f.Add([]byte(`{"result":{"files":[-1,99999999999]}}`))
	o := order{Files: 2}
	f.Fuzz(func(t *testing.T, said []byte) {
		n, err := listen(strings.NewReader(string(said)), o, func(n news) {
			if n.At != nil && (n.At.Cover || n.At.File < 0 || n.At.File >= o.Files) {
				t.Fatalf("at %+v", n.At)
			}
		})
		if err != nil {
			return
		}
		switch {
		case n.Failure != "":
			checkPlain(t, n.Failure)
		case n.Refusal != nil:
			checkPlain(t, n.Refusal.Problem)
			checkPlain(t, n.Refusal.Hint)
			if n.Refusal.File < 0 || n.Refusal.File >= o.Files || n.Refusal.Cover {
				t.Fatalf("refused %+v", n.Refusal)
			}
		case n.Result != nil:
			if len(n.Result.Files) != o.Files || n.Result.pages() < o.Files {
				t.Fatalf("result %+v", n.Result)
			}
		default:
			t.Fatal("it is neither this nor that")
		}
	})
}

func checkPlain(t *testing.T, s string) {
	t.Helper()
	if len(s) > mostSentence+utf8.UTFMax || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\x1b\u202e") {
		t.Fatalf("%q", s)
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"is bad":                       "is bad",
		"is\n\x1b[31m bad\u202e":       "is  [31m bad ",
		"is \xff bad":                  "is \ufffd bad",
		strings.Repeat("ü", 400):       strings.Repeat("ü", 250),
		"a" + strings.Repeat("ü", 400): "a" + strings.Repeat("ü", 249),
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
