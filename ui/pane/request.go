package pane

import "sluice/ui/command"

// OpenRequest shows a CoAP request to this gateway in the Request pane, ready to be sent. UI goroutine only.
func (h *Host) OpenRequest(r command.Request) { h.Open(Request, h.Gateway().AsRequest(r)) }
