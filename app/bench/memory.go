package main

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine"
)

// memory prints what is kept of a client, a peer, an observer and a topic.
func memory(count int) error {
	fmt.Printf("Bytes of heap and stacks, at %d of each\n", count)
	for _, m := range []func(int) error{memoryOfClients, memoryOfPeers, memoryOfMoreObservers, memoryOfTopics} {
		if err := m(count); errors.Is(err, errNotLinux) {
			fmt.Printf("  %v\n", err)
		} else if err != nil {
			return err
		}
		settle()
	}
	fmt.Println()
	return nil
}

func printBytes(what string, before, after uint64, count int) {
	fmt.Printf("  %-75s %5d\n", what, (int64(after)-int64(before))/int64(count))
}

// memoryOfClients is of clients that have created a connection, each from an address of its own, and are idle.
func memoryOfClients(clients int) error {
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
	printBytes("a connected idle client: peer, session, token", before, heap(), clients)
	return nil
}

// memoryOfPeers is of peers that have published once, and of one observation that each of them begins then.
func memoryOfPeers(count int) error {
	c, err := newCrowd(count)
	if err != nil {
		return err
	}
	defer c.close()
	e, to, err := startEngine()
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	before := heap()
	if err := c.ask(to, func(_ int, b []byte) []byte { return crowdPublish(1, b) }); err != nil {
		return err
	}
	known := heap()
	if err := c.ask(to, func(_ int, b []byte) []byte { return observeRequest(2, fanoutTopic, b) }); err != nil {
		return err
	}
	observed := heap()
	printBytes("a peer that published once, with its session", before, known, count)
	printBytes("an observer, the only one of its peer", known, observed, count)
	for range 20 {
		if err := e.Publish(engine.Publication{Topic: fanoutTopic, Payload: []byte("23.4")}); err != nil {
			return err
		}
		c.collect(count, nil)
	}
	printBytes("the same after 20 notifications", known, heap(), count)
	return nil
}

// memoryOfMoreObservers is of observations of peers that have one already, of topics that somebody observes already.
func memoryOfMoreObservers(count int) error {
	const each = 100
	others, err := newCrowd(1)
	if err != nil {
		return err
	}
	defer others.close()
	c, err := newCrowd(count / each)
	if err != nil {
		return err
	}
	defer c.close()
	e, to, err := startEngine()
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	observe := func(who *crowd, topic int) error {
		return who.ask(to, func(_ int, b []byte) []byte {
			return observeRequest(uint16(1+topic), fmt.Sprintf("bench/lamp/%d", topic), b)
		})
	}
	for topic := range each + 1 {
		if err := observe(others, topic); err != nil {
			return err
		}
	}
	if err := observe(c, each); err != nil {
		return err
	}
	before := heap()
	for topic := range each {
		if err := observe(c, topic); err != nil {
			return err
		}
	}
	printBytes("one more observer of a peer that has some", before, heap(), each*c.size)
	return nil
}

// memoryOfTopics is of topics to which one short message was published.
func memoryOfTopics(count int) error {
	e, _, err := startEngine()
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	before := heap()
	for i := range count {
		topic := fmt.Sprintf("bench/site-%05d/temperature", i)
		if err := e.Publish(engine.Publication{Topic: topic, Payload: []byte("23.4")}); err != nil {
			return err
		}
	}
	printBytes("a topic with a name of 28 bytes and a last value of 4", before, heap(), count)
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
