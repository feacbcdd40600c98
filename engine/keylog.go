package engine

import (
	"crypto/tls"
	"io"
	"log/slog"
	"os"
	"sync"

	"sluice/engine/mistakes"
)

// keyLog is a file that the secrets of sessions are written to while it is open, in the NSS key log format
// (SSLKEYLOGFILE), for Wireshark. It is an io.Writer that no handshake fails for.
type keyLog struct {
	log *slog.Logger

	mu     sync.Mutex
	file   *os.File
	failed bool
}

// SetKeyLog writes the secrets of all sessions that begin from now on behind what is in a file, which only its owner may
// read; an empty path ends that. Who reads the file can read the sessions: the log warns of it. It is not kept in the
// settings.
func (e *Engine) SetKeyLog(path string) error {
	var file *os.File
	if path != "" {
		var err error
		if file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			return mistakes.Errorf("open the key log: %w", err)
		}
		if err := file.Chmod(0o600); err != nil {
			_ = file.Close()
			return mistakes.Errorf("protect the key log: %w", err)
		}
	}
	k := &e.keyLog
	k.mu.Lock()
	before := k.file
	k.file, k.failed = file, false
	k.mu.Unlock()
	e.changes.Add(1)
	if file != nil {
		e.log.Warn("the keys of all new DTLS and TLS sessions are written to a file: who reads it can read the sessions", "file", path)
	}
	if before == nil {
		return nil
	}
	e.log.Info("keys are no longer written", "file", before.Name())
	if err := before.Close(); err != nil {
		return mistakes.Errorf("close the key log: %w", err)
	}
	return nil
}

// KeyLog is the file that the secrets of sessions are written to; empty: none.
func (e *Engine) KeyLog() string {
	e.keyLog.mu.Lock()
	defer e.keyLog.mu.Unlock()
	if e.keyLog.file == nil {
		return ""
	}
	return e.keyLog.file.Name()
}

// writer is for a handshake that begins now; nil: its secrets are not wanted.
func (k *keyLog) writer() io.Writer {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file == nil {
		return nil
	}
	return k
}

// Write implements io.Writer. It has no error: a full disk keeps no client out.
func (k *keyLog) Write(line []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file == nil {
		return len(line), nil
	}
	if _, err := k.file.Write(line); err != nil && !k.failed {
		k.failed = true
		k.log.Error("the key log cannot be written", "file", k.file.Name(), "error", err)
	}
	return len(line), nil
}

// logged has a configuration write its secrets while there is a key log.
func (e *Engine) logged(config *tls.Config, disableTickets bool) *tls.Config {
	with := func(c *tls.Config) {
		c.KeyLogWriter, c.SessionTicketsDisabled = nil, disableTickets
		if w := e.keyLog.writer(); w != nil {
			c.KeyLogWriter = w
		}
	}
	base := config.Clone()
	base.GetConfigForClient = nil
	chosen := config.GetConfigForClient
	if chosen == nil {
		chosen = func(*tls.ClientHelloInfo) (*tls.Config, error) { return base.Clone(), nil }
	}
	outer := config.Clone()
	outer.SessionTicketsDisabled = disableTickets
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c, err := chosen(hello)
		if c != nil {
			with(c)
		}
		return c, err
	}
	return outer
}
