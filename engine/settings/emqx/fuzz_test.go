package emqx

import (
	"errors"
	"os"
	"strings"
	"testing"

	"sluice/engine/settings"
)

func FuzzImport(f *testing.F) {
	for _, name := range []string{"gateway.hocon", "emqx_coap.conf"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("gateway{coap{listeners:{udp:{a:{bind:1,access_rules:[\"allow all\"\n\"deny ::/0\"]}}}}}"))
	f.Add([]byte("gateway.coap.mountpoint=\"\"\"a\"\"\"\" \"\\u0041\"//x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, report, err := Import("f", data, settings.Default())
		if err != nil {
			if _, ok := errors.AsType[*settings.Error](err); !ok {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("what was imported is not valid: %v\n%s", err, report)
		}
		last := 1 + strings.Count(string(data), "\n")
		for _, i := range report.Items {
			if i.Line < 1 || i.Line > last || i.Key == "" || i.Outcome == NotTaken && i.Why == nil {
				t.Fatalf("%+v of %d lines", i, last)
			}
		}
	})
}
