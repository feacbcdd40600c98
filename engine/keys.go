package engine

import "sluice/engine/pki"

// Keys are the certificates and keys of secure listeners.
func (e *Engine) Keys() *pki.Keeper { return e.keys }
