package coap

import (
	"errors"
	"net"
	"strconv"

	"sluice/engine/mistakes"
)

const (
	// socketBuffer is what the system is asked for unless Config says otherwise.
	socketBuffer = 4 << 20
	// bindAttempts is how many free ports of the first family are tried until one is free in the second as well.
	bindAttempts = 8
)

// bind opens the sockets of host:port: one, or one a family if host is empty.
func bind(hostport string) ([]*net.UDPConn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, mistakes.Errorf("read address %q: %w", hostport, err)
	}
	networks := []string{"udp"}
	if host == "" {
		networks = []string{"udp4", "udp6"}
	}
	conns, err := bindAll(networks, host, port)
	for attempt := 1; attempt < bindAttempts && port == "0" && errors.Is(err, errAddressInUse); attempt++ {
		conns, err = bindAll(networks, host, port)
	}
	if err != nil {
		return nil, mistakes.Errorf("bind %s: %w", hostport, err)
	}
	return conns, nil
}

func bindAll(networks []string, host, port string) (conns []*net.UDPConn, err error) {
	for _, network := range networks {
		addr, err := net.ResolveUDPAddr(network, net.JoinHostPort(host, port))
		if err != nil {
			closeAll(conns)
			return nil, err
		}
		conn, err := net.ListenUDP(familyOf(network, addr), addr)
		if err != nil {
			if len(conns) > 0 && !errors.Is(err, errAddressInUse) {
				break // a machine without IPv6
			}
			closeAll(conns)
			return nil, err
		}
		conns = append(conns, conn)
		if port == "0" {
			port = strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
		}
	}
	return conns, nil
}

// familyOf keeps an IPv6 wildcard from taking IPv4 datagrams as well.
func familyOf(network string, addr *net.UDPAddr) string {
	if network != "udp" {
		return network
	}
	if addr.IP == nil || addr.IP.To4() != nil {
		return "udp4"
	}
	return "udp6"
}

func closeAll(conns []*net.UDPConn) {
	for _, c := range conns {
		_ = c.Close()
	}
}
