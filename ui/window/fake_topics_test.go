package window

import (
	"sluice/engine"
	"sluice/engine/gateway"
)

func (e *fakeEngine) ClearRetained(string) (engine.DeletedTopic, error) {
	return engine.DeletedTopic{}, nil
}

func (e *fakeEngine) Retained(string) []engine.Publication { return nil }

func (e *fakeEngine) Resource(string) (gateway.Resource, bool) { return gateway.Resource{}, false }
