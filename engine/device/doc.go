// Package device simulates devices: real CoAP clients that speak to a gateway over sockets of their own, as firmware would.
//
// A Template says what a kind of device does: what it publishes and how often, what it observes and how it reacts, what it
// downloads. Values come from expressions, which are compiled once for all devices of a template and bounded in size, time
// and memory. What is random is drawn from a seed and the device's number, so that a run can be repeated.
//
// A Fleet holds devices. Each has one goroutine, its connection another, and every observation one more.
package device

import "time"

// Bounds.
const (
	// MaxDevices is how many a Fleet holds.
	MaxDevices = 5000
	// MinInterval and MaxInterval bound the time from one round of publishing to the next.
	MinInterval = time.Millisecond
	MaxInterval = 24 * time.Hour
)

const (
	// maxTemplateBytes bounds a template.
	maxTemplateBytes = 64 << 10
	// maxExpressionBytes, maxExpressionNodes and maxElements bound an expression and what it makes.
	maxExpressionBytes = 2048
	maxExpressionNodes = 300
	maxElements        = 4096
	// maxText bounds a text that a device keeps, and a payload that it makes, in bytes.
	maxText = 4096
	// maxVariables, maxPublishes and maxObserves bound a template.
	maxVariables, maxPublishes, maxObserves = 32, 16, 16
	// maxImage bounds a firmware image, in bytes.
	maxImage = 4 << 20
	// maxDatagram is the longest message that a device reads, in bytes: a block of 1,024 with its options.
	maxDatagram = 1500
)
