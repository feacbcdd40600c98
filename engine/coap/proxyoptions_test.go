package coap

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// TestUnknownOptionsForAProxy has the statements of RFC 7252, sections 5.4.2 and 5.7.1.
func TestUnknownOptionsForAProxy(t *testing.T) {
	for _, tt := range []struct {
		name    string
		id      message.OptionID
		proxied bool
		code    codes.Code
		kept    bool
	}{
		{"elective, safe", 65000, true, codes.Empty, true},
		{"critical, safe", 65001, true, codes.Empty, true},
		{"elective, unsafe", 65002, true, codes.BadOption, false},
		{"critical, unsafe", 65003, true, codes.BadOption, false},
		{"elective, to a server", 65000, false, codes.Empty, false},
		{"critical, to a server", 65001, false, codes.BadOption, false},
		{"elective and unsafe, to a server", 65002, false, codes.Empty, false},
	} {
		{
			options := message.Options{{ID: message.ProxyScheme, Value: []byte("coap")}, {ID: tt.id, Value: []byte("x")}}
			if code := checkOptions(&options, optionPolicy{}); (code != codes.Empty) != critical(tt.id) {
				t.Errorf("%s, where there is no proxy: answered %v", tt.name, code)
			}
		}
		t.Run(tt.name, func(t *testing.T) {
			options := message.Options{{ID: message.URIPath, Value: []byte("a")}}
			if tt.proxied {
				options = options.Add(message.Option{ID: message.ProxyScheme, Value: []byte("coap")})
			}
			options = options.Add(message.Option{ID: tt.id, Value: []byte("x")})
			if code := checkOptions(&options, optionPolicy{proxies: true}); code != tt.code {
				t.Fatalf("answered %v, want %v", code, tt.code)
			}
			if kept := options.HasOption(tt.id); tt.code == codes.Empty && kept != tt.kept {
				t.Errorf("kept %v, want %v", kept, tt.kept)
			}
		})
	}
}
