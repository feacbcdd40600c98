package main

import (
	"strings"
	"testing"
)

func TestSum(t *testing.T) {
	tests := []struct {
		name   string
		input  string
		ok     bool
		report string
		live   string // a part of what is told while reading
	}{
		{
			name: "every result counts, in every package",
			input: `{"Action":"run","Package":"a","Test":"T1"}
{"Action":"pass","Package":"a","Test":"T1"}
{"Action":"pass","Package":"a","Elapsed":1.25}
{"Action":"pass","Package":"b","Test":"T2/sub"}
{"Action":"pass","Package":"b","Test":"T2"}
{"Action":"pass","Package":"b"}
{"Action":"skip","Package":"c"}`,
			ok:     true,
			report: "3 passed, 0 failed\n",
			live:   "ok       1.2 s  a\n",
		},
		{
			name: "a failed test is listed and its output told",
			input: `{"Action":"pass","Package":"a","Test":"T1"}
{"Action":"output","Package":"a","Test":"T2","Output":"    a_test.go:1: wrong\n"}
{"Action":"fail","Package":"a","Test":"T2"}
{"Action":"fail","Package":"a","Elapsed":0.1}`,
			report: "failed: a T2\n1 passed, 1 failed\n",
			live:   "    a_test.go:1: wrong\n",
		},
		{
			name: "a skipped test is named",
			input: `{"Action":"pass","Package":"a","Test":"T1"}
{"Action":"skip","Package":"a","Test":"T2"}
{"Action":"pass","Package":"a"}`,
			ok:     true,
			report: "skipped: a T2\n1 passed, 0 failed\n",
		},
		{
			name: "a package that does not build is a failure",
			input: `{"Action":"build-output","ImportPath":"a [a.test]","Output":"a.go:1: syntax error\n"}
{"Action":"build-fail","ImportPath":"a [a.test]"}
{"Action":"pass","Package":"b","Test":"T1"}
{"Action":"fail","Package":"a","FailedBuild":"a [a.test]"}`,
			report: "failed: a\n1 passed, 1 failed\n",
			live:   "a.go:1: syntax error\n",
		},
		{
			name: "what is no event is told as it is",
			input: `pattern ./test/e2e: no such directory
{"Action":"pass","Package":"b","Test":"T1"}`,
			ok:     true,
			report: "1 passed, 0 failed\n",
			live:   "pattern ./test/e2e: no such directory\n",
		},
		{
			name:   "nothing ran",
			report: "0 passed, 0 failed\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var live, report strings.Builder
			s := newSum()
			s.live = &live
			if err := s.read(strings.NewReader(test.input)); err != nil {
				t.Fatal(err)
			}
			s.print(&report)
			if s.ok() != test.ok {
				t.Errorf("ok %v", s.ok())
			}
			if report.String() != test.report {
				t.Errorf("report\n%s", report.String())
			}
			if !strings.Contains(live.String(), test.live) {
				t.Errorf("told\n%s", live.String())
			}
		})
	}
}
