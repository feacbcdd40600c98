package coap_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// blockValue is the value of a Block option of 64-byte or other blocks.
func blockValue(num uint32, more bool, size int) []byte {
	v := num << 4
	if more {
		v |= 8
	}
	for s := 16; s < size; s *= 2 {
		v++
	}
	return []byte{byte(v >> 8), byte(v)}
}

// bodies answers with the length and a digest of the body.
func bodies() handler {
	return func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Changed)
		w.SetString(digest(r.Payload))
	}
}

func digest(b []byte) string { return fmt.Sprintf("%d %x", len(b), sha256.Sum256(b)) }

func body(length int) []byte {
	b := make([]byte, length)
	for i := range b {
		b[i] = byte(i / 7 * 13)
	}
	return b
}

// uploader sends the blocks of a body, each with a message ID of its own.
type uploader struct {
	*device
	typ       message.Type
	messageID int32
}

func (u *uploader) block(token string, whole []byte, num, size int, options ...message.Option) message.Message {
	u.t.Helper()
	u.messageID++
	return u.ask(u.request(token, whole, num, size, options...))
}

func (u *uploader) request(token string, whole []byte, num, size int, options ...message.Option) message.Message {
	end := min((num+1)*size, len(whole))
	options = append(options, option(message.Block1, blockValue(uint32(num), end < len(whole), size)...))
	m := request(u.typ, codes.PUT, u.messageID, token, "a", options...)
	m.Payload = whole[num*size : end]
	return m
}

func (u *uploader) want(m message.Message, code codes.Code) {
	u.t.Helper()
	if m.Code != code {
		u.t.Fatalf("answered %v, want %v", m.Code, code)
	}
}

// continued asserts 2.31 with the same Block1 option.
func (u *uploader) continued(m message.Message, num, size int) {
	u.t.Helper()
	u.want(m, codes.Continue)
	got, _ := optionOf(m, message.Block1)
	want := blockValue(uint32(num), true, size)
	if strings.TrimLeft(string(got), "\x00") != strings.TrimLeft(string(want), "\x00") {
		u.t.Fatalf("2.31 has Block1 % x, want % x", got, want)
	}
}

func newUploader(t *testing.T, c coap.Config) *uploader {
	t.Helper()
	if c.Handler == nil {
		c.Handler = bodies()
	}
	return &uploader{device: newDevice(t, listen(t, "127.0.0.1:0", c).Addr())}
}

func TestUpload(t *testing.T) {
	tokens := map[string]func(num int) string{
		"one token":         func(int) string { return "t" },
		"a token per block": func(num int) string { return fmt.Sprint("t", num) },
		"no token":          func(int) string { return "" },
	}
	for _, final := range []bool{false, true} {
		for name, token := range tokens {
			for _, typ := range []message.Type{message.Confirmable, message.NonConfirmable} {
				for _, length := range []int{1, 64, 65, 128, 1000} {
					t.Run(fmt.Sprint(name, " ", typ, " ", length, " bytes, FinalBlock1 ", final), func(t *testing.T) {
						u := newUploader(t, coap.Config{FinalBlock1: final})
						u.typ = typ
						whole := body(length)
						last := (length - 1) / 64
						for num := range last {
							m := u.block(token(num), whole, num, 64)
							u.continued(m, num, 64)
							if string(m.Token) != token(num) {
								t.Fatalf("token %q, want %q", m.Token, token(num))
							}
						}
						m := u.block(token(last), whole, last, 64)
						if m.Code != codes.Changed || string(m.Payload) != digest(whole) || string(m.Token) != token(last) {
							t.Errorf("answered %v", m)
						}
						if _, ok := optionOf(m, message.Block1); ok != final {
							t.Errorf("the last answer has Block1: %v", ok)
						}
						if _, ok := optionOf(m, message.Block2); ok {
							t.Error("the answer has Block2")
						}
					})
				}
			}
		}
	}
}

func TestUploadGoesWrong(t *testing.T) {
	whole := body(200)
	for _, tt := range []struct {
		name string
		do   func(u *uploader)
	}{
		{"no beginning", func(u *uploader) { u.want(u.block("t", whole, 1, 64), codes.RequestEntityIncomplete) }},
		{"a block is left out", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.want(u.block("t", whole, 2, 64), codes.RequestEntityIncomplete)
			u.want(u.block("t", whole, 1, 64), codes.RequestEntityIncomplete) // the body is gone
		}},
		{"a block comes again as another message", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.block("t", whole, 1, 64)
			u.want(u.block("t", whole, 1, 64), codes.RequestEntityIncomplete)
		}},
		{"the block size changes and the place does not fit", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.want(u.block("t", whole, 1, 32), codes.RequestEntityIncomplete)
		}},
		{"the block size grows", func(u *uploader) {
			u.block("t", whole, 0, 32)
			u.block("t", whole, 1, 32)
			u.want(u.block("t", whole, 1, 64), codes.RequestEntityIncomplete)
		}},
		{"the Content-Format changes", func(u *uploader) {
			u.block("t", whole, 0, 64, option(message.ContentFormat, 50))
			u.want(u.block("t", whole, 1, 64, option(message.ContentFormat, 60)), codes.RequestEntityIncomplete)
		}},
		{"a Content-Format comes late", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.want(u.block("t", whole, 1, 64, option(message.ContentFormat, 60)), codes.RequestEntityIncomplete)
		}},
		{"a block in the middle is short", func(u *uploader) {
			u.messageID++
			m := u.request("t", whole, 0, 64)
			m.Payload = m.Payload[:63]
			u.want(u.ask(m), codes.BadRequest)
		}},
		{"another method", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.messageID++
			m := u.request("t", whole, 1, 64)
			m.Code = codes.POST
			u.want(u.ask(m), codes.RequestEntityIncomplete)
		}},
		{"another resource", func(u *uploader) {
			u.block("t", whole, 0, 64)
			u.want(u.block("t", whole, 1, 64, option(message.URIQuery, 'q')), codes.RequestEntityIncomplete)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.do(newUploader(t, coap.Config{})) })
	}
}

func TestUploadRetransmittedBlock(t *testing.T) {
	u := newUploader(t, coap.Config{})
	whole := body(200)
	for num := range 3 {
		first := u.block("t", whole, num, 64)
		again := u.ask(u.request("t", whole, num, 64)) // the same message ID
		u.continued(first, num, 64)
		u.continued(again, num, 64)
	}
	if m := u.block("t", whole, 3, 64); string(m.Payload) != digest(whole) {
		t.Errorf("answered %v", m)
	}
}

func TestUploadBeginsAnew(t *testing.T) {
	u := newUploader(t, coap.Config{})
	u.block("t", body(500), 0, 64)
	u.block("t", body(500), 1, 64)
	whole := body(100)
	u.continued(u.block("t", whole, 0, 64), 0, 64)
	if m := u.block("t", whole, 1, 64); string(m.Payload) != digest(whole) {
		t.Errorf("answered %v", m)
	}
}

func TestUploadsAtOnce(t *testing.T) {
	one, two := body(150), body(190)
	t.Run("told apart by Request-Tag", func(t *testing.T) {
		u := newUploader(t, coap.Config{})
		tag1, tag2 := option(292, 1), option(292, 2)
		for num := range 2 {
			u.continued(u.block("t", one, num, 64, tag1), num, 64)
			u.continued(u.block("t", two, num, 64, tag2), num, 64)
		}
		if m := u.block("t", one, 2, 64, tag1); string(m.Payload) != digest(one) {
			t.Errorf("the first: %v", m)
		}
		if m := u.block("t", two, 2, 64, tag2); string(m.Payload) != digest(two) {
			t.Errorf("the second: %v", m)
		}
	})
	t.Run("from two devices", func(t *testing.T) {
		u := newUploader(t, coap.Config{})
		v := &uploader{device: newDevice(t, u.server())}
		u.block("t", one, 0, 64)
		v.block("t", two, 0, 64)
		u.block("t", one, 1, 64)
		v.block("t", two, 1, 64)
		if m := u.block("t", one, 2, 64); string(m.Payload) != digest(one) {
			t.Errorf("the first: %v", m)
		}
		if m := v.block("t", two, 2, 64); string(m.Payload) != digest(two) {
			t.Errorf("the second: %v", m)
		}
	})
	t.Run("more than a peer may have: the oldest gives way", func(t *testing.T) {
		u := newUploader(t, coap.Config{})
		for i := range 9 {
			u.continued(u.block("t", one, 0, 64, option(292, byte(i))), 0, 64)
		}
		u.want(u.block("t", one, 1, 64, option(292, 0)), codes.RequestEntityIncomplete)
		u.continued(u.block("t", one, 1, 64, option(292, 8)), 1, 64)
	})
}

func TestUploadTooLarge(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(u *uploader) message.Message
	}{
		{"as it grows", func(u *uploader) message.Message {
			u.continued(u.block("t", body(300), 0, 64), 0, 64)
			return u.block("t", body(300), 1, 64)
		}},
		{"with its last block", func(u *uploader) message.Message {
			u.continued(u.block("t", body(101), 0, 64), 0, 64)
			return u.block("t", body(101), 1, 64)
		}},
		{"as Size1 says beforehand", func(u *uploader) message.Message {
			return u.block("t", body(300), 0, 64, option(message.Size1, 1, 44))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := newUploader(t, coap.Config{MaxBodySize: 100})
			m := tt.do(u)
			u.want(m, codes.RequestEntityTooLarge)
			if size, _ := optionOf(m, message.Size1); string(size) != "\x64" {
				t.Errorf("Size1 is % x, want 100", size)
			}
			whole := body(100)
			u.block("t", whole, 0, 64)
			if m := u.block("t", whole, 1, 64); string(m.Payload) != digest(whole) {
				t.Errorf("the longest body there may be: %v", m)
			}
		})
	}
	t.Run("blocks larger than the endpoint's", func(t *testing.T) {
		u := newUploader(t, coap.Config{MaxBlockSize: 64, DisableExtensions: true})
		u.want(u.block("t", body(300), 0, 128), codes.BadOption)
		u.continued(u.block("t", body(300), 0, 64), 0, 64)
	})
	t.Run("a body in one message", func(t *testing.T) {
		for _, disable := range []bool{false, true} {
			u := newUploader(t, coap.Config{MaxBodySize: 100, DisableExtensions: disable})
			m := request(message.Confirmable, codes.PUT, 1, "t", "a")
			m.Payload = body(101)
			answer := u.ask(m)
			if disable {
				u.want(answer, codes.Changed)
				continue
			}
			u.want(answer, codes.RequestEntityTooLarge)
			if size, _ := answer.Options.GetUint32(message.Size1); size != 100 {
				t.Errorf("4.13 has Size1 %d", size)
			}
		}
	})
}

// TestUploadInSmallerBlocks has the client begin with larger blocks than the endpoint's: it is asked for smaller ones
// (RFC 7959, section 2.5), and becomes smaller of its own accord.
func TestUploadInSmallerBlocks(t *testing.T) {
	whole := body(1000)
	for _, method := range []codes.Code{codes.PUT, codes.POST, coap.FETCH, coap.PATCH, coap.IPATCH} {
		u := newUploader(t, coap.Config{MaxBlockSize: 64})
		ask := func(num, size int, format ...message.Option) message.Message {
			u.messageID++
			m := u.request(fmt.Sprint(num), whole, num, size, format...)
			m.Code = method
			return u.ask(m)
		}
		u.continued(ask(0, 256, option(message.ContentFormat, 50)), 0, 64)
		u.continued(ask(4, 64, option(message.ContentFormat, 50)), 4, 64)
		u.continued(ask(10, 32), 10, 32) // without Content-Format, which is that of the body
		for num := 22; num < 62; num++ {
			u.continued(ask(num, 16), num, 16)
		}
		if m := ask(62, 16); m.Code != codes.Changed || !strings.HasPrefix(digest(whole), string(m.Payload)) {
			t.Errorf("%v: answered %v", method, m)
		}
		if m := ask(0, 1024); m.Code != codes.Changed || !strings.HasPrefix(digest(whole), string(m.Payload)) {
			t.Errorf("%v in one large block: answered %v", method, m)
		}
	}
}

func TestDisableBlockwise(t *testing.T) {
	large := strings.Repeat("large ", 500)
	u := newUploader(t, coap.Config{DisableBlockwise: true, Handler: content(large)})
	m := u.block("t", body(300), 3, 64, option(message.Block2, 0x22))
	if string(m.Payload) != large || m.Code != codes.Content {
		t.Errorf("answered %v with %d bytes", m.Code, len(m.Payload))
	}
	for _, id := range []message.OptionID{message.Block1, message.Block2} {
		if _, ok := optionOf(m, id); ok {
			t.Errorf("the answer has %v", id)
		}
	}
}

func TestMaxBlockSizeIsChecked(t *testing.T) {
	for _, size := range []int{-1, 8, 15, 100, 1000, 2048} {
		if e, err := coap.Listen(t.Context(), "127.0.0.1:0", coap.Config{Handler: bodies(), MaxBlockSize: size}); err == nil {
			_ = e.Close()
			t.Errorf("%d is taken", size)
		}
	}
}

// admitting keeps the blocks of bodies to path "a" only.
type admitting struct{ handler }

func (admitting) Admit(w *coap.ResponseWriter, r *coap.Request) bool {
	if path := r.PathSegments(nil); len(path) == 1 && path[0] == "a" && len(r.Payload) == 0 {
		return true
	}
	w.SetCode(codes.Unauthorized)
	return false
}

func TestUploadOfWhoIsNotAdmitted(t *testing.T) {
	u := newUploader(t, coap.Config{Handler: admitting{bodies()}})
	whole := body(100)
	u.continued(u.block("t", whole, 0, 64), 0, 64)
	below := option(message.URIPath, 'b')
	u.want(u.block("t", whole, 0, 64, below), codes.Unauthorized)
	u.want(u.block("t", whole, 1, 64, below), codes.Unauthorized)
	u.want(u.block("t", whole[:20], 0, 64, below), codes.Changed) // nothing is kept of a single block
	if m := u.block("t", whole, 1, 64); string(m.Payload) != digest(whole) {
		t.Errorf("answered %v", m)
	}
}
