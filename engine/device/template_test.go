package device

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestTemplateErrorsHaveTheirPlace(t *testing.T) {
	const good = "kind = \"k\"\ninterval = \"1s\"\n[start]\na = \"1\"\n[step]\na = \"a + 1\"\n[[publish]]\ntopic = \"t\"\npayload = \"a\"\n"
	for _, test := range []struct{ name, old, new, want string }{
		{"good", "", "", ""},
		{"not TOML", "interval = ", "interval = = ", "line 2, column 12"},
		{"kind", `"k"`, `"K k"`, "line 1: kind: must be a word"},
		{"interval", `"1s"`, `"1"`, `line 2: interval: must be a time`},
		{"unknown key", "interval", "intervall", "line 2: intervall: not known here"},
		{"expression", `"a + 1"`, `"a + "`, "line 6, column 9: step.a: the expression ends too early"},
		{"unknown name", `"a + 1"`, `"1 + bb"`, "line 6, column 10: step.a: unknown name bb"},
		{"wrong type", `"a + 1"`, `"round(true, 1)"`, "line 6, column 12: step.a: cannot use bool"},
		{"bracket too many", `"a + 1"`, `"(a + 1))"`, "line 6, column 13: step.a: ) is not expected here"},
		{"on the second line", `"a + 1"`, "'''\na +\n   bb'''", "line 8, column 4: step.a: unknown name bb"},
		{"behind letters of many bytes", `"a + 1"`, `"'äöü' + bb"`, "line 6, column 14: step.a: unknown name bb"},
		{"the name itself", `[start]
a = "1"`, "[start]\na = \"a\"", "line 4, column 6: start.a: unknown name a"},
		{"with escapes of TOML", `"a + 1"`, `"\"x\" + bb"`, "line 6: step.a: line 1, column 7: unknown name bb"},
		{"unknown variable", "[step]\na", "[step]\nb", "line 6: step.b: no variable of [start]"},
		{"taken name", "[start]\na =", "[start]\nname =", "line 4: start.name: not the name of a variable"},
		{"wildcard", `topic = "t"`, `topic = "t/#"`, "line 8: publish[1].topic: must be the name of a topic"},
		{"placeholder", `topic = "t"`, `topic = "t/${me}"`, "line 8: publish[1].topic: ${me} is none of"},
		{"empty segment", `topic = "t"`, `topic = "t//u"`, "line 8: publish[1].topic: must have something"},
		{"no payload", `payload = "a"`, ``, "publish[1].payload: an expression is missing"},
		{"condition that is none", `payload = "a"`, "payload = \"a\"\nwhen = \"'x'\"", "line 10, column 9: publish[1].when: expected bool"},
		{"let", `"a + 1"`, `"let x = a; x + x"`, "line 6, column 10: step.a: let is not known here"},
		{"loop", `"a + 1"`, `"map(1..9, #)"`, "line 6, column 16: step.a: what evaluates"},
		{"nothing to do", "[[publish]]\ntopic = \"t\"\npayload = \"a\"\n", "", "neither publishes nor observes nor downloads"},
		{"download", "[[publish]]", "[download]\ntopic = \"f\"\nsize = 0\n[[publish]]", "line 9: download.size: must be from 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseTemplate(strings.Replace(good, test.old, test.new, 1))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, not %q", err, test.want)
			}
		})
	}
}

func testScope() *scope {
	return &scope{
		name: "lamp-0001", index: 1, count: 3, hour: 15, payload: "on", command: map[string]any{"level": 40.0},
		random: rand.New(rand.NewPCG(1, 1)), variables: map[string]any{"a": 2.0, "s": strings.Repeat("x", maxText)},
	}
}

func TestExpressions(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"1 + 2", "3"},
		{"a * 1.5", "3"},
		{"index + count", "4"},
		{"name", "lamp-0001"},
		{"payload == 'on' ? 'yes' : 'no'", "yes"},
		{"command.level + 1", "41"},
		{"command.missing ?? 7", "7"},
		{`{"a": a, "b": [1, true, nil]}`, `{"a":2,"b":[1,true,null]}`},
		{"round(1.2345, 2)", "1.23"},
		{"clamp(7, 0, 5)", "5"},
		{"round(wave(hour - 15, 24, 10, 20), 3)", "20"},
		{"len(bytes(5)) ", "5"},
		{"uniform(1, 1)", "1"},
		{"chance(1) && !chance(0)", "true"},
		{"pick('x', 'x')", "x"},
		{`fromJSON('{"q": 1}').q`, "1"},
	} {
		x, err := compile(test.source, []string{"a", "s"})
		if err != nil {
			t.Errorf("%s: %v", test.source, err)
			continue
		}
		value, err := x.run(testScope())
		if err != nil {
			t.Errorf("%s: %v", test.source, err)
			continue
		}
		if c, err := encode(value); err != nil || string(c.data) != test.want {
			t.Errorf("%s: %q, %v; not %q", test.source, c.data, err, test.want)
		}
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"length", strings.Repeat(" ", maxExpressionBytes) + "1", "longer than"},
		{"nodes", strings.Repeat("1+", maxExpressionNodes) + "1", "compilation failed: expression exceeds maximum allowed nodes"},
		{"range", "1..100000000", "memory budget exceeded"},
		{"nested ranges", "[1..4000, 1..4000]", "memory budget exceeded"},
		{"bytes", "bytes(1e9)", "1e+09 bytes are not from 0"},
		{"nothing to pick", "pick()", "pick needs something"},
		{"type at run time", "a + s", "invalid operation"},
		{"longer than is kept", "s + s + s", "longer than 4096"},
		{"not a number of JSON", "[1 / 0]", "write the payload as JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			began := time.Now()
			err := func() error {
				x, err := compile(test.source, []string{"a", "s"})
				if err != nil {
					return err
				}
				value, err := x.run(testScope())
				if err != nil {
					return err
				}
				_, err = kept(value)
				return err
			}()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestASeedRepeatsARun(t *testing.T) {
	for _, template := range Templates() {
		values := func(seed uint64, index int) string {
			d := newDevice("x", index, &Order{Template: template, Seed: seed}, time.Now())
			if err := d.begin(); err != nil {
				t.Fatal(err)
			}
			s := d.scope()
			s.clock, s.hour, s.uptime = 0, 0, 0
			for range 5 {
				if err := d.assign("step", template.step, s); err != nil {
					t.Fatal(err)
				}
			}
			c, err := encode(d.variables)
			if err != nil {
				t.Fatal(err)
			}
			return string(c.data)
		}
		if first, again := values(1, 1), values(1, 1); first != again {
			t.Errorf("%s: the same seed gives other values", template.Kind)
		}
		if len(template.start) > 0 && template.Kind != "lamp" && values(1, 1) == values(1, 2) && template.Kind != "door" {
			t.Errorf("%s: two devices are the same", template.Kind)
		}
	}
}

func FuzzParseTemplate(f *testing.F) {
	for _, template := range Templates() {
		f.Add(template.Source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		began := time.Now()
		defer func() {
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		}()
		template, err := ParseTemplate(source)
		if err != nil {
			return
		}
		d := newDevice("fuzz-0001", 1, &Order{Template: template, Seed: 1}, time.Now())
		if d.begin() != nil {
			return
		}
		_ = d.assign("step", template.step, d.scope())
		for i := range template.publishes {
			if c, ok, err := d.payload(i, d.scope()); ok && err == nil && len(c.data) > maxText {
				t.Errorf("a payload of %d bytes", len(c.data))
			}
		}
	})
}
