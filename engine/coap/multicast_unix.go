//go:build unix

package coap

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
)

// Options of Linux that keep a socket from hearing groups that only others have joined.
const (
	ipMulticastAll   = 49
	ipv6MulticastAll = 29
)

// bindGroup opens a socket bound to the address of a group, which package net does not do: it binds to all addresses
// instead. Several may be bound to one group.
func bindGroup(group *net.UDPAddr, index int) (*net.UDPConn, error) {
	family, level, all := syscall.AF_INET6, syscall.IPPROTO_IPV6, ipv6MulticastAll
	var address syscall.Sockaddr
	if ip := group.IP.To4(); ip != nil {
		family, level, all = syscall.AF_INET, syscall.IPPROTO_IP, ipMulticastAll
		address = &syscall.SockaddrInet4{Port: group.Port, Addr: [4]byte(ip)}
	} else {
		six := &syscall.SockaddrInet6{Port: group.Port, Addr: [16]byte(group.IP)}
		if group.Zone != "" {
			six.ZoneId = uint32(index)
		}
		address = six
	}
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(family, syscall.SOCK_DGRAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, fmt.Errorf("open a socket: %w", os.NewSyscallError("socket", err))
	}
	file := os.NewFile(uintptr(fd), group.String())
	defer func() { _ = file.Close() }() // the connection has a copy
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, fmt.Errorf("share %v: %w", group, os.NewSyscallError("setsockopt", err))
	}
	if runtime.GOOS == "linux" {
		_ = syscall.SetsockoptInt(fd, level, all, 0)
	}
	if err := syscall.Bind(fd, address); err != nil {
		return nil, fmt.Errorf("bind %v: %w", group, os.NewSyscallError("bind", err))
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("open %v: %w", group, err)
	}
	return conn.(*net.UDPConn), nil
}
