package certificates

import (
	"context"
	"io"
	"time"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	// Keys is nil where the engine has no keeper.
	Keys() *pki.Keeper
	Clients() []engine.Client
	Status() engine.Status
	Settings() settings.Settings
	SetSettings(settings.Settings) error
	Revision() uint64
	// SetKeyLog begins to write the secrets of sessions to a file, or ends it with an empty path. KeyLog is that path.
	SetKeyLog(path string) error
	KeyLog() string
}

// Keeper is what is asked of the keeper of certificates and keys. It may be called from any goroutine.
type Keeper interface {
	Entries() []pki.Entry
	PSKs() []pki.PreSharedKey
	Handshakes() []secure.Handshake
	Warnings(now time.Time) []pki.Warning
	// Revision does not count handshakes, HandshakeRevision counts nothing else.
	Revision() uint64
	HandshakeRevision() uint64

	SetUp(device string) (pki.Setup, error)
	CreateAuthority(name string, lifetime time.Duration) (pki.Entry, error)
	Issue(pki.Request) (pki.Entry, error)
	IssueServer(names ...string) (pki.Entry, error)
	RenewServer() (pki.Entry, error)
	ServerNeedsRenewal(now time.Time) (pki.Entry, bool)
	IssueCSV(table io.Reader) ([]pki.Entry, error)
	Import(name string, data []byte, password string) (pki.Imports, error)
	Rename(id, name string) error
	Revoke(id string) error
	Restore(id string) error
	Delete(id string) (undo func() error, err error)
	Export(id string, f pki.Format, o pki.ExportOptions) ([]pki.File, error)

	AddPSK(identity string, key []byte, clientID string) error
	BindPSK(identity, clientID string) error
	DeletePSK(identity string) (undo func() error, err error)
	RevealPSK(identity string) ([]byte, error)
	ExportPSK(identity string, f pki.Format, o pki.ExportOptions) ([]pki.File, error)

	SealedBy() seal.Kept
	Locked() error
	Unlock(ctx context.Context, passphrase string) error
	StartOver() error
	KeepIn(ctx context.Context, place seal.Place) error
}
