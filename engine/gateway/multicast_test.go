package gateway

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

func TestOnlyDiscoveryIsForGroups(t *testing.T) {
	for _, tt := range []struct {
		code codes.Code
		path []string
		want bool
	}{
		{codes.GET, []string{".well-known", "core"}, true},
		{coap.FETCH, []string{".well-known", "core"}, true},
		{codes.POST, []string{".well-known", "core"}, false},
		{codes.GET, []string{".well-known"}, false},
		{codes.GET, []string{".well-known", "core", ""}, false},
		{codes.GET, []string{".well-known", "core", "x", "y"}, false},
		{codes.GET, []string{"ps", "topic"}, false},
		{codes.PUT, []string{"ps", "topic"}, false},
		{codes.GET, nil, false},
	} {
		r := &coap.Request{Code: tt.code}
		for _, segment := range tt.path {
			r.Options = append(r.Options, message.Option{ID: message.URIPath, Value: []byte(segment)})
		}
		if got := discovers(r); got != tt.want {
			t.Errorf("%v %v: %v", tt.code, tt.path, got)
		}
	}
}
