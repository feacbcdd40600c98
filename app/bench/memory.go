package main

import (
	"fmt"
	"net"
	"runtime"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// memory prints what a connected idle client costs: each has created a connection from an address of its own and holds
// its token.
func memory(clients int) error {
	s, err := startSluice(0)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := connect(s.addr, 0, 100); err != nil { // what the first ones cost once is not theirs
		return err
	}
	before := heap()
	if err := connect(s.addr, 100, clients); err != nil {
		return err
	}
	after := heap()
	fmt.Printf("Memory of a connected idle client, at %d clients\n", clients)
	fmt.Printf("  %d bytes of heap and stacks\n\n", (after-before)/uint64(clients))
	return nil
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// connect creates connections, each from a socket of its own, which is closed at once: the client is idle from then on.
func connect(addr string, first, count int) error {
	to, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return fmt.Errorf("resolve %s: %w", addr, err)
	}
	buf := make([]byte, 256)
	for i := first; i < first+count; i++ {
		// Ports would come back; addresses of 127/8 do not.
		from := &net.UDPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i))}
		conn, err := net.DialUDP("udp4", from, to)
		if err != nil {
			from.IP = net.IPv4(127, 0, 0, 1) // only Linux has all of 127/8
			if conn, err = net.DialUDP("udp4", from, to); err != nil {
				return fmt.Errorf("dial %s: %w", addr, err)
			}
		}
		err = create(conn, i, buf)
		_ = conn.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// create sends POST /mqtt/connection and waits for 2.01.
func create(conn *net.UDPConn, i int, buf []byte) error {
	query := fmt.Sprintf("clientid=device-%05d", i)
	b := []byte{0x44, byte(codes.POST), 0, 1, 1, 2, 3, 4, 0xb4}
	b = append(b, "mqtt"...)
	b = append(b, 0x0a)
	b = append(b, "connection"...)
	b = append(b, 0x4d, byte(len(query)-13))
	b = append(b, query...)
	for range 5 {
		if _, err := conn.Write(b); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		n, err := conn.Read(buf)
		if err != nil {
			continue
		}
		if n < 4 || codes.Code(buf[1]) != codes.Created {
			return fmt.Errorf("connection %d was answered %v", i, codes.Code(buf[1]))
		}
		return nil
	}
	return fmt.Errorf("connection %d was not answered", i)
}
