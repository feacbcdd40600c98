package client

import (
	"errors"
	"net"
	"os"

	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

// Errors of reaching a server.
var (
	ErrNoHost     = mistakes.New("there is no host of that name")
	ErrNameServer = mistakes.New("the name could not be looked up")
	ErrNoRoute    = mistakes.New("no network leads to the address")
	ErrHandshake  = mistakes.New("the server did not complete the handshake in time")
)

// AlertError is a handshake that the server ended.
type AlertError struct {
	Description byte // RFC 5246, section 7.2
}

// Error implements error.
func (e *AlertError) Error() string { return e.Words().Error() }

// Words is what the error says.
func (e *AlertError) Words() error {
	return mistakes.Errorf("the server refused the handshake: %s", secure.AlertName(e.Description))
}

// unreached says in plain words why a server cannot be reached: what the system says names sockets and calls.
func unreached(err error) error {
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return mistakes.Errorf("%w: %s", ErrNoHost, name.Name)
	case errors.As(err, &name):
		return mistakes.Errorf("%w: %s", ErrNameServer, name.Name)
	case refusedByPeer(err):
		return ErrRefused
	case noRoute(err):
		return ErrNoRoute
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrUnanswered
	}
	return err
}

// refusal is the alert that an error of pion is for, or else the error.
func refusal(err error) error {
	var said interface {
		IsFatalOrCloseNotify() bool
		Marshal() ([]byte, error)
	}
	if errors.As(err, &said) {
		if b, marshalErr := said.Marshal(); marshalErr == nil && len(b) == 2 {
			return &AlertError{Description: b[1]}
		}
	}
	return unreached(err)
}
