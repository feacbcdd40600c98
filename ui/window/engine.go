package window

import (
	"context"

	"sluice/engine"
	"sluice/ui/access"
	"sluice/ui/certificates"
	"sluice/ui/clients"
	"sluice/ui/devices"
	"sluice/ui/directory"
	"sluice/ui/observers"
	"sluice/ui/overview"
	"sluice/ui/request"
	"sluice/ui/settings"
	"sluice/ui/topics"
	"sluice/ui/traffic"
)

// Engine is what the window and its panes need of the engine. All methods may be called from any goroutine.
type Engine interface {
	overview.Engine
	clients.Engine
	topics.Engine
	observers.Engine
	directory.Engine
	traffic.Engine
	devices.Engine
	certificates.Engine
	access.Engine
	request.Engine
	settings.Engine

	// Start binds the listeners; one that fails does not stop the others.
	Start(ctx context.Context) error
	Stop() error
	Status() engine.Status
	// Limits lists every bound with how often it was reached since Start.
	Limits() []engine.Limit
	// MoveListener gives the listener url another address, keeps it in the settings and binds it.
	MoveListener(url, newURL string) error
	LayoutValue(key string) []byte
	// PutLayoutValue remembers value under key, as well as it can.
	PutLayoutValue(key string, value []byte)
}
