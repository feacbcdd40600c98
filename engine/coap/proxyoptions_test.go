package coap

import (
	"errors"
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

// TestUnknownOptionsOfAResponse has the same statements for what answers a request of ours: OSCORE (RFC 8613), whose
// option 9 is critical and safe to forward, passes a proxy.
func TestUnknownOptionsOfAResponse(t *testing.T) {
	for _, tt := range []struct {
		name            string
		id              message.OptionID
		forwarded, kept bool
		err             error
	}{
		{"elective, safe, forwarded", 65000, true, true, nil},
		{"critical, safe, forwarded", 65001, true, true, nil},
		{"OSCORE, forwarded", 9, true, true, nil},
		{"critical, unsafe, forwarded", 65003, true, false, ErrBadOption},
		{"elective", 65000, false, true, nil},
		{"critical, safe", 65001, false, false, ErrBadOption},
		{"critical, unsafe", 65003, false, false, ErrBadOption},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAsking(t, Config{})
			r := getting("a")
			r.Forwarded = tt.forwarded
			a.ask(r)
			a.respond(a.next(), outgoing{
				typ: ack, code: codes.Content, options: message.Options{{ID: tt.id, Value: []byte("x")}},
			})
			o := a.ends()
			if !errors.Is(o.err, tt.err) {
				t.Fatalf("ends with %v, want %v", o.err, tt.err)
			}
			if o.err == nil && o.response.Options.HasOption(tt.id) != tt.kept {
				t.Errorf("kept %v, want %v", !tt.kept, tt.kept)
			}
		})
	}
}
