//go:build !unix

package coap

import "net"

// bindGroup needs a socket bound to the address of a group, which there is not here.
func bindGroup(*net.UDPAddr, int) (*net.UDPConn, error) { return nil, errNoMulticast }
