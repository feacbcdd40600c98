package coap_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// downloader fetches blocks, each with a message ID and, unless it is fixed, a token of its own.
type downloader struct {
	*device
	code      codes.Code
	messageID int32
}

func newDownloader(t *testing.T, c coap.Config) *downloader {
	t.Helper()
	return &downloader{device: newDevice(t, listen(t, "127.0.0.1:0", c).Addr()), code: codes.GET}
}

func (d *downloader) first(token string, options ...message.Option) message.Message {
	d.t.Helper()
	d.messageID++
	return d.ask(request(message.Confirmable, d.code, d.messageID, token, "a", options...))
}

func (d *downloader) block(token string, num, size int) message.Message {
	d.t.Helper()
	return d.first(token, option(message.Block2, blockValue(uint32(num), false, size)...))
}

// blockOf reads the Block2 option.
func blockOf(m message.Message) (num int, more bool, size int, ok bool) {
	v, err := m.Options.GetUint32(message.Block2)
	return int(v >> 4), v&8 != 0, 16 << (v & 7), err == nil
}

// rest fetches the blocks from num on.
func (d *downloader) rest(token func(num int) string, got []byte, num, size int) []byte {
	d.t.Helper()
	for more := true; more; num++ {
		m := d.block(token(num), num, size)
		var n, s int
		if n, more, s, _ = blockOf(m); n != num || s != size || m.Code != codes.Content {
			d.t.Fatalf("asked for block %d of %d bytes, got %v block %d of %d", num, size, m.Code, n, s)
		}
		got = append(got, m.Payload...)
	}
	return got
}

func fixed(token string) func(int) string { return func(int) string { return token } }
func fresh(num int) string                { return fmt.Sprint("fresh", num) }

// large answers with a body that is another at each call, and an ETag.
func large(length int) (handler, *atomic.Int32) {
	var calls atomic.Int32
	return func(w *coap.ResponseWriter, _ *coap.Request) {
		b := body(length)
		b[0] = byte(calls.Add(1))
		w.SetCode(codes.Content)
		w.AddOption(message.ETag, b[:1])
		w.SetPayload(b)
	}, &calls
}

func TestDownload(t *testing.T) {
	for name, token := range map[string]func(int) string{"one token": fixed("t"), "a token per block": fresh, "no token": fixed("")} {
		for _, code := range []codes.Code{codes.GET, coap.FETCH, codes.POST} {
			t.Run(fmt.Sprint(name, " ", code), func(t *testing.T) {
				h, calls := large(3000)
				d := newDownloader(t, coap.Config{Handler: h})
				d.code = code
				m := d.first("t")
				if num, more, size, ok := blockOf(m); num != 0 || !more || size != 1024 || !ok || len(m.Payload) != 1024 {
					t.Fatalf("first: %v with %d bytes", m, len(m.Payload))
				}
				want := body(3000)
				want[0] = 1
				if got := d.rest(token, m.Payload, 1, 1024); digest(got) != digest(want) {
					t.Errorf("got %s, want %s", digest(got), digest(want))
				}
				if m := d.block("again", 2, 1024); m.Payload[0] != want[2048] { // the answer was lost
					t.Errorf("the last block again: %v", m)
				}
				if calls.Load() != 1 {
					t.Errorf("the handler ran %d times", calls.Load())
				}
			})
		}
	}
}

func TestDownloadRepeatsTheOptions(t *testing.T) {
	h, _ := large(3000)
	d := newDownloader(t, coap.Config{Handler: h})
	d.first("t")
	if tag, _ := optionOf(d.block("t", 1, 1024), message.ETag); string(tag) != "\x01" {
		t.Errorf("ETag % x", tag)
	}
}

func TestDownloadNegotiatesSize(t *testing.T) {
	for _, tt := range []struct {
		name        string
		first, next int // size the client asks for at first, and later
	}{
		{"smaller at once", 64, 64},
		{"smaller later", 1024, 128},
		{"smallest", 16, 16},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := large(2000)
			d := newDownloader(t, coap.Config{Handler: h})
			m := d.block("t", 0, tt.first)
			if num, more, size, _ := blockOf(m); num != 0 || !more || size != tt.first || len(m.Payload) != size {
				t.Fatalf("first: block %d of %d bytes", num, size)
			}
			want := body(2000)
			want[0] = 1
			if got := d.rest(fresh, m.Payload, tt.first/tt.next, tt.next); digest(got) != digest(want) {
				t.Errorf("got %s, want %s", digest(got), digest(want))
			}
		})
	}
	t.Run("larger than the endpoint's", func(t *testing.T) {
		h, _ := large(2000)
		d := newDownloader(t, coap.Config{Handler: h, MaxBlockSize: 64})
		m := d.block("t", 0, 1024)
		if _, more, size, _ := blockOf(m); size != 64 || !more {
			t.Fatalf("blocks of %d bytes", size)
		}
		m = d.block("t", 1, 1024) // at byte 1024, though
		if num, _, size, _ := blockOf(m); num != 16 || size != 64 || m.Payload[0] != body(2000)[1024] {
			t.Errorf("block %d of %d bytes", num, size)
		}
	})
	t.Run("a short response", func(t *testing.T) {
		d := newDownloader(t, coap.Config{Handler: content("short")})
		m := d.block("t", 0, 64)
		if num, more, size, ok := blockOf(m); !ok || num != 0 || more || size != 64 || string(m.Payload) != "short" {
			t.Errorf("answered %v", m)
		}
		if _, _, _, ok := blockOf(d.first("t")); ok {
			t.Error("a short response has Block2 though nobody asked")
		}
	})
	t.Run("an empty response", func(t *testing.T) {
		d := newDownloader(t, coap.Config{Handler: content("")})
		if m := d.block("t", 0, 64); m.Code != codes.Content {
			t.Errorf("answered %v", m)
		}
	})
}

func TestDownloadOutOfRange(t *testing.T) {
	h, _ := large(2000)
	d := newDownloader(t, coap.Config{Handler: h})
	d.first("t")
	for _, num := range []int{2, 100, 4095} {
		if m := d.block("t", num, 1024); m.Code != codes.BadOption || len(m.Payload) != 0 {
			t.Errorf("block %d answered %v", num, m)
		}
	}
	if m := d.first("t", option(message.Block2, 0xff, 0xff, 0xff, 0xf6)); m.Code != codes.BadOption {
		t.Errorf("the last block there can be answered %v", m)
	}
	if m := d.block("t", 1, 1024); m.Code != codes.Content {
		t.Errorf("then block 1 answered %v", m)
	}
}

func TestDownloadWithoutABeginning(t *testing.T) {
	t.Run("GET asks the handler", func(t *testing.T) {
		h, calls := large(2000)
		d := newDownloader(t, coap.Config{Handler: h})
		m := d.block("t", 1, 1024)
		if num, _, _, _ := blockOf(m); num != 1 || m.Payload[5] != body(2000)[1024+5] || calls.Load() != 1 {
			t.Errorf("answered %v", m)
		}
	})
	t.Run("POST is not carried out", func(t *testing.T) {
		h, calls := large(2000)
		d := newDownloader(t, coap.Config{Handler: h})
		d.code = codes.POST
		if m := d.block("t", 1, 1024); m.Code != codes.RequestEntityIncomplete || calls.Load() != 0 {
			t.Errorf("answered %v after %d calls", m, calls.Load())
		}
	})
	t.Run("an error stays what it is", func(t *testing.T) {
		d := newDownloader(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
			w.SetCode(codes.NotFound)
			w.SetString("no such topic")
		})})
		if m := d.block("t", 1, 1024); m.Code != codes.NotFound || string(m.Payload) != "no such topic" {
			t.Errorf("answered %v %q", m.Code, m.Payload)
		}
	})
	t.Run("nobody is registered", func(t *testing.T) {
		d := newDownloader(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
			w.SetCode(codes.Content)
			w.SetPayload(body(2000))
			if r.Has(message.Observe) {
				w.Observe(coap.RelationConfig{})
			}
		})})
		m := d.first("t", option(message.Observe), option(message.Block2, blockValue(1, false, 1024)...))
		if _, ok := optionOf(m, message.Observe); ok || m.Code != codes.Content {
			t.Errorf("answered %v", m)
		}
	})
}

func TestUploadWithALargeResponse(t *testing.T) {
	h, calls := large(300)
	d := newDownloader(t, coap.Config{Handler: h, MaxBlockSize: 64})
	u := &uploader{device: d.device, messageID: 1000}
	whole := body(100)
	u.continued(u.block("t", whole, 0, 64), 0, 64)
	m := u.block("u", whole, 1, 64)
	if _, more, _, _ := blockOf(m); !more {
		t.Fatalf("answered %v", m)
	}
	d.code = codes.PUT
	want := body(300)
	want[0] = 1
	if got := d.rest(fresh, m.Payload, 1, 64); digest(got) != digest(want) || calls.Load() != 1 {
		t.Errorf("got %s after %d calls", digest(got), calls.Load())
	}
}

func TestSize2WhenAskedFor(t *testing.T) {
	whole := string(body(200))
	asks := option(message.Size2)
	for _, tt := range []struct {
		name    string
		config  coap.Config
		options []message.Option
		want    int // -1: no Size2
	}{
		{"not asked for", coap.Config{}, nil, -1},
		{"in one message", coap.Config{}, []message.Option{asks}, 200},
		{"in blocks", coap.Config{MaxBlockSize: 64}, []message.Option{asks}, 200},
		{"in blocks of the client's size", coap.Config{}, []message.Option{option(message.Block2, 1), asks}, 200},
		{"a later block", coap.Config{}, []message.Option{option(message.Block2, 0x11), asks}, -1},
		{"as EMQX", coap.Config{DisableExtensions: true}, []message.Option{asks}, -1},
	} {
		tt.config.Handler = content(whole)
		m := newDownloader(t, tt.config).first("t", tt.options...)
		size, err := m.Options.GetUint32(message.Size2)
		if m.Code != codes.Content || (err == nil) != (tt.want >= 0) || err == nil && int(size) != tt.want {
			t.Errorf("%s: %v has Size2 %d, %v; want %d", tt.name, m.Code, size, err, tt.want)
		}
	}
}

// TestBlocksInBothDirections has requests whose body and whose answer both need blocks (RFC 7959, section 3.3), over
// every method that has a body, with one token and with a new one for each block.
func TestBlocksInBothDirections(t *testing.T) {
	request, answer := body(200), body(300)
	for _, method := range []codes.Code{codes.PUT, codes.POST, coap.FETCH, coap.PATCH, coap.IPATCH} {
		for name, token := range map[string]func(int) string{"one token": fixed("t"), "a token a block": fresh} {
			var calls atomic.Int32
			u := newUploader(t, coap.Config{MaxBlockSize: 64, FinalBlock1: true, Handler: handler(
				func(w *coap.ResponseWriter, r *coap.Request) {
					calls.Add(1)
					if string(r.Payload) != string(request) || r.Code != method {
						t.Errorf("%v, %s: the handler got %v with %d bytes", method, name, r.Code, len(r.Payload))
					}
					w.SetCode(codes.Content)
					w.SetPayload(answer)
				})})
			d := &downloader{device: u.device, code: method, messageID: 1000}
			var m message.Message
			for num := range 4 {
				u.messageID++
				m = u.request(token(num), request, num, 64)
				m.Code = method
				m = u.ask(m)
			}
			if v, _ := optionOf(m, message.Block1); len(v) != 1 || v[0] != 0x32 {
				t.Errorf("%v, %s: the answer has Block1 % x", method, name, v)
			}
			got := d.rest(func(num int) string { return token(10 + num) }, m.Payload, 1, 64)
			if string(got) != string(answer) || calls.Load() != 1 {
				t.Errorf("%v, %s: fetched %d bytes, %d calls", method, name, len(got), calls.Load())
			}
		}
	}
}
