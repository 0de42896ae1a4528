package main

import (
	"strings"
	"testing"
)

func TestTell(t *testing.T) {
	const events = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.5}
{"Action":"output","Package":"p","Test":"TestB","Output":"    a.go:1: no gcc\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    a.go:2: wrong\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"--- FAIL: TestC (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.5s\n"}
{"Action":"fail","Package":"p","Elapsed":0.5}
{"Action":"pass","Package":"q","Elapsed":1.5}
{"Action":"skip","Package":"r"}
{"Action":"output","Package":"t","Test":"TestD","Output":"panic: stuck\n"}
{"Action":"output","Package":"t","Output":"FAIL\tt\t9s\n"}
{"Action":"fail","Package":"t","Elapsed":9}
{"ImportPath":"s","Action":"build-output","Output":"s.go:1:1: nonsense\n"}
no event
`
	const want = `    skipped TestB: a.go:1: no gcc
    a.go:2: wrong
--- FAIL: TestC (0.00s)
FAIL	p	0.5s
ok  q                                            1.5 s
panic: stuck
FAIL	t	9s
s.go:1:1: nonsense
no event
`
	var out, skipped strings.Builder
	if err := tell(strings.NewReader(events), &out, &skipped); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("told:\n%s\nwant:\n%s", &out, want)
	}
	if skipped.String() != "TestB\n" {
		t.Errorf("skipped: %q", &skipped)
	}
}
