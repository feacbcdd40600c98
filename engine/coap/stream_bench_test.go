package coap_test

import (
	"bufio"
	"io"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// BenchmarkStreamRequest answers requests over one TCP connection, of which depth are under way at a time.
func BenchmarkStreamRequest(b *testing.B) {
	for name, depth := range map[string]int{"one by one": 1, "16 at a time": 16, "64 at a time": 64} {
		b.Run(name, func(b *testing.B) {
			e := listenTCP(b, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) { w.SetCode(codes.Changed) })})
			c := connect(b, e)
			request := encodeStream(b, streamed(codes.PUT, "toke", "topic1"))
			var burst []byte
			for range depth {
				burst = append(burst, request...)
			}
			answers := bufio.NewReader(c.conn)
			answer := make([]byte, depth*6) // Len and TKL, code, token
			b.ReportAllocs()
			for n := 0; n < b.N; n += depth {
				if _, err := c.conn.Write(burst); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(answers, answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
