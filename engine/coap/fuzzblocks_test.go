package coap

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// The bounds of FuzzBlocks.
const (
	fuzzTransfers = 2
	fuzzBody      = 150
	fuzzBlock     = 32
)

// FuzzBlocks has one peer send blocks of a few bodies, and ask for blocks of a few resources, in any order, and compares
// what comes of it with a model: a body is the blocks that were sent, in their order; what is fetched is of one version.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte{0, 8, 16, 4})
	f.Add([]byte{0, 1, 2, 8, 9, 10, 8, 9, 10, 4, 5, 6})
	f.Add([]byte{0x80, 0x88, 0x90, 0x98, 0x81, 0x89, 0x80})
	f.Add([]byte{0, 0x28, 0x48, 0x68, 8, 0x0c})
	f.Add([]byte{0, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8})
	f.Fuzz(func(t *testing.T, script []byte) {
		m := newBlockModel(t)
		for _, step := range script[:min(len(script), 500)] {
			if step < 0x80 {
				m.upload(step)
			} else {
				m.fetch(step)
			}
			m.bounded()
		}
	})
}

// blockModel is what the endpoint should know of the transfers of one peer.
type blockModel struct {
	*wire
	t         *testing.T
	messageID uint16
	sent      byte // grows with each byte of a payload, so that no two blocks are alike
	uploads   []*modelUpload
	fetched   []*modelBody // oldest first
	version   int
	got       []byte // what the handler was given last
}

type modelUpload struct {
	resource, size int
	body           []byte
}

type modelBody struct {
	resource int
	body     []byte
}

func newBlockModel(t *testing.T) *blockModel {
	m := &blockModel{t: t}
	m.wire = newWire(t, Config{
		MaxBlockSize: fuzzBlock, MaxBodySize: fuzzBody, Limits: Limits{PeerTransfers: fuzzTransfers},
		Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			if r.Code == codes.PUT {
				m.got = bytes.Clone(r.Payload)
				w.SetCode(codes.Changed)
				return
			}
			w.SetCode(codes.Content)
			w.SetPayload(versionOf(m.version))
			m.version++
		}),
	}).gather()
	m.endpoint.sockets[0].packets = noPackets{}
	return m
}

// versionOf is a body of four blocks; no two are alike.
func versionOf(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%10d", n), 10) }

// ask sends a request with a Block option and returns what answers it.
func (m *blockModel) ask(code codes.Code, resource int, id message.OptionID, b block, payload []byte) sentDatagram {
	m.messageID++
	request := get(con, m.messageID, "t", fmt.Sprint(resource), message.Option{ID: id, Value: appendUint(nil, b.value(), false)})
	request.code, request.payload = code, payload
	m.request(request)
	return m.next()
}

// upload sends a block: bits 0 and 1 say of which body, 2 that it is the last, 3 and 4 where in the body, 5 of which
// size, 6 that it is short.
func (m *blockModel) upload(step byte) {
	resource := int(step & 3)
	b := block{more: step&4 == 0, size: 16 << (step >> 5 & 1)}
	at := slices.IndexFunc(m.uploads, func(u *modelUpload) bool { return u.resource == resource })
	var u *modelUpload
	if at >= 0 {
		u = m.uploads[at]
	}
	switch step >> 3 & 3 {
	case 1: // the next
		if u != nil {
			b.num = uint32(len(u.body) / b.size)
		}
	case 2:
		b.num = 1
	case 3: // one is left out
		b.num = 2
		if u != nil {
			b.num += uint32(len(u.body) / b.size)
		}
	}
	payload := make([]byte, b.size)
	if step&0x40 != 0 {
		payload = payload[:b.size-3]
	}
	for i := range payload {
		m.sent++
		payload[i] = m.sent
	}

	want, whole := m.expect(resource, b, u, payload)
	m.got = nil
	s := m.ask(codes.PUT, resource, message.Block1, b, payload)
	if s.code != want || !bytes.Equal(m.got, whole) {
		m.t.Fatalf("block %+v of %d after %+v: %v with % x, want %v with % x", b, resource, u, s.code, m.got, want, whole)
	}
}

// expect changes the model as a block should, and returns what answers it and the body that is complete then.
func (m *blockModel) expect(resource int, b block, u *modelUpload, payload []byte) (want codes.Code, whole []byte) {
	m.uploads = slices.DeleteFunc(m.uploads, func(other *modelUpload) bool { return other == u })
	var before []byte
	if b.num > 0 {
		if u == nil || int(b.num)*b.size != len(u.body) || b.size > u.size {
			return codes.RequestEntityIncomplete, nil
		}
		before = u.body
	}
	if b.more && len(payload) != b.size {
		return codes.BadRequest, nil
	}
	body := slices.Concat(before, payload)
	if len(body) > fuzzBody {
		return codes.RequestEntityTooLarge, nil
	}
	if !b.more {
		return codes.Changed, body
	}
	m.uploads = append(m.uploads, &modelUpload{resource, b.size, body})
	if len(m.uploads) > fuzzTransfers {
		m.uploads = m.uploads[1:]
	}
	return codes.Continue, nil
}

// fetch asks for a block: bits 0 and 1 say of which resource, 2 of which size, 3 to 6 which.
func (m *blockModel) fetch(step byte) {
	resource := int(step & 3)
	b := block{size: 16 << (step >> 2 & 1), num: uint32(step >> 3 & 15)}
	offset := int(b.num) * b.size
	at := slices.IndexFunc(m.fetched, func(f *modelBody) bool { return f.resource == resource })
	body := versionOf(m.version)
	switch {
	case b.num > 0 && at >= 0:
		body = m.fetched[at].body
	case b.num == 0:
		if at >= 0 {
			m.fetched = slices.Delete(m.fetched, at, at+1)
		}
		m.fetched = append(m.fetched, &modelBody{resource, body})
		if len(m.fetched) > fuzzTransfers {
			m.fetched = m.fetched[1:]
		}
	}
	s := m.ask(codes.GET, resource, message.Block2, b, nil)
	if offset >= len(body) {
		if s.code != codes.BadOption || len(s.payload) != 0 {
			m.t.Fatalf("block %+v of %d: %v %q, want 4.02", b, resource, s.code, s.payload)
		}
		return
	}
	want := body[offset:min(offset+b.size, len(body))]
	got, _ := blockOption(s.options, message.Block2)
	if s.code != codes.Content || !bytes.Equal(s.payload, want) || got.more != (offset+b.size < len(body)) {
		m.t.Fatalf("block %+v of %d: %v %+v %q, want %q", b, resource, s.code, got, s.payload, want)
	}
}

// bounded asserts that what the endpoint keeps is what the model keeps.
func (m *blockModel) bounded() {
	var uploads, downloads int
	for _, u := range m.uploads {
		uploads += len(u.body)
	}
	for _, d := range m.fetched {
		downloads += len(d.body)
	}
	if up, down := m.endpoint.uploadBytes.Load(), m.endpoint.downloadBytes.Load(); up != int64(uploads) || down != int64(downloads) {
		m.t.Fatalf("%d and %d bytes are accounted, want %d and %d", up, down, uploads, downloads)
	}
}
