package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/net/blockwise"
	"github.com/plgd-dev/go-coap/v3/net/responsewriter"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp/client"
)

const (
	bodySize  = 1 << 20
	blockSize = 1024
	bodyTopic = "bench/body"
)

// body is what is transferred; its blocks differ, so that it can be seen whether they came in order.
var body = func() []byte {
	b := make([]byte, bodySize)
	for i := range b {
		b[i] = byte(i>>10) ^ byte(i)
	}
	return b
}()

// direction is a transfer of body: what its num-th request is, and how long requests and answers are.
type direction struct {
	name    string
	request func(num int, messageID uint16, b []byte) []byte
	check   func(num int, answer []byte) bool
	answer  int // bytes of an answer of Sluice, which the echo loop gives as well
}

func directions() []direction {
	return []direction{
		{"up", putBlock, func(num int, b []byte) bool {
			return b[1] == byte(codes.Continue) || num == bodySize/blockSize-1 && b[1]>>5 == 2
		}, len("\x60\x5f\x00\x00\x01\x02\x03\x04\xd2\x0e\x01\x0e")},
		{"down", getBlock, func(num int, b []byte) bool {
			return b[1] == byte(codes.Content) && bytes.HasSuffix(b, body[num*blockSize:(num+1)*blockSize])
		}, len("\x60\x45\x00\x00\x01\x02\x03\x04\xd2\x0a\x01\x0e\xff") + blockSize},
	}
}

// blocks prints how fast bodies of 1 MiB pass in blocks of 1024 bytes. The client sends the next block when the last was
// answered, so the limit is an echo loop that takes and gives as many datagrams of the same lengths.
func blocks(seconds, rounds int) error {
	for _, transfers := range []int{1, 16} {
		fmt.Printf("Block-wise transfer of 1 MiB in blocks of %d bytes, %d at a time (median of %d runs of %d s)\n",
			blockSize, transfers, rounds, seconds)
		for _, d := range directions() {
			contenders := []contender{
				{"plain UDP echo loop", func() (server, error) { return startReplies(d.answer) }},
				{"Sluice", func() (server, error) { return startSluice(0) }},
				{"go-coap v3", startGoCoAPBlocks},
			}
			rates := make([][]float64, len(contenders))
			for range rounds {
				for i, c := range contenders {
					rate, err := d.measure(c, transfers, seconds)
					if err != nil {
						return fmt.Errorf("%s, %s: %w", d.name, c.name, err)
					}
					rates[i] = append(rates[i], rate)
				}
			}
			for i, c := range contenders {
				m := median(rates[i])
				fmt.Printf("  %-4s  %-20s %7.1f MB/s  %5.2f of the echo loop\n", d.name, c.name, m, m/median(rates[0]))
			}
		}
		fmt.Println()
	}
	return nil
}

// measure returns megabytes a second.
func (d direction) measure(c contender, transfers, seconds int) (float64, error) {
	srv, err := c.start()
	if err != nil {
		return 0, err
	}
	defer settle()
	defer srv.stop()
	if !srv.echoes { // what is read has been written before
		if _, err := directions()[0].run(srv, 1, 0); err != nil {
			return 0, err
		}
	}
	return d.run(srv, transfers, seconds)
}

// run transfers for a duration, each at least one body.
func (d direction) run(srv server, transfers, seconds int) (float64, error) {
	var mu sync.Mutex
	var failed error
	var bytes int
	var clients sync.WaitGroup
	began := time.Now()
	for range transfers {
		conn, err := net.Dial("udp4", srv.addr)
		if err != nil {
			return 0, fmt.Errorf("dial %s: %w", srv.addr, err)
		}
		clients.Go(func() {
			defer conn.Close()
			var messageID uint16
			for first := true; first || time.Since(began) < time.Duration(seconds)*time.Second; first = false {
				err := d.transfer(conn, &messageID, srv.echoes)
				mu.Lock()
				if err != nil {
					failed = err
				}
				bytes += bodySize
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	clients.Wait()
	return float64(bytes) / 1e6 / time.Since(began).Seconds(), failed
}

// transfer passes one body.
func (d direction) transfer(conn net.Conn, messageID *uint16, echoes bool) error {
	buf := make([]byte, 2048)
	out := make([]byte, 0, 2048)
	for num := range bodySize / blockSize {
		*messageID++
		out = d.request(num, *messageID, out[:0])
		n, err := 0, error(nil)
		for range 5 {
			if _, err = conn.Write(out); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if n, err = conn.Read(buf); err == nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("block %d was not answered: %w", num, err)
		}
		if !echoes && (n < 4 || !d.check(num, buf[:n])) {
			return fmt.Errorf("block %d was answered % x", num, buf[:min(n, 32)])
		}
	}
	return nil
}

// putBlock is a Confirmable PUT /ps/bench/body?c=bench with Block1.
func putBlock(num int, messageID uint16, b []byte) []byte {
	b = appendBodyRequest(b, codes.PUT, messageID)
	more := byte(8)
	if num == bodySize/blockSize-1 {
		more = 0
	}
	b = append(appendBlock(b, 27-15, num, more), 0xff)
	return append(b, body[num*blockSize:(num+1)*blockSize]...)
}

// getBlock is a Confirmable GET /ps/bench/body?c=bench with Block2.
func getBlock(num int, messageID uint16, b []byte) []byte {
	return appendBlock(appendBodyRequest(b, codes.GET, messageID), 23-15, num, 0)
}

func appendBodyRequest(b []byte, code codes.Code, messageID uint16) []byte {
	b = append(b, 0x44, byte(code), byte(messageID>>8), byte(messageID), 1, 2, 3, 4, 0xb2, 'p', 's')
	b = appendPath(b, 0, bodyTopic)
	return append(append(b, 0x47), "c=bench"...)
}

// appendBlock appends a Block option (RFC 7959, section 2.2) with blocks of 1024 bytes.
func appendBlock(b []byte, delta byte, num int, more byte) []byte {
	v := num<<4 | int(more) | 6
	switch {
	case v < 1<<8:
		return append(b, delta<<4|1, byte(v))
	default:
		return append(b, delta<<4|2, byte(v>>8), byte(v))
	}
}

// startReplies answers each datagram with one of so many bytes.
func startReplies(size int) (server, error) {
	return startUDP(func(buf []byte, _ int) []byte { return buf[:size] })
}

// startGoCoAPBlocks keeps the body that was put last and gives it to who gets.
func startGoCoAPBlocks() (server, error) {
	var mu sync.Mutex
	var kept []byte
	handle := func(w *responsewriter.ResponseWriter[*client.Conn], r *pool.Message) {
		if r.Code() == codes.PUT {
			b, err := r.ReadBody()
			if err != nil {
				return
			}
			mu.Lock()
			kept = b
			mu.Unlock()
			_ = w.SetResponse(codes.Changed, message.TextPlain, nil)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		_ = w.SetResponse(codes.Content, message.AppOctets, io.ReadSeeker(bytes.NewReader(kept)))
	}
	return serveGoCoAP(options.WithHandlerFunc(handle),
		options.WithBlockwise(true, blockwise.SZX1024, 30*time.Second), options.WithMaxMessageSize(2*blockSize))
}
