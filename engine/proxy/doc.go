// Package proxy asks devices and other servers on behalf of CoAP clients, and keeps what they answered (RFC 7252,
// sections 5.6 and 5.7). It knows nothing of MQTT.
//
// # Reverse proxy
//
// Proxy.Reverse answers /rd-proxy/<ep>/<path…>: the resource at path of the device that registered as ep in the resource
// directory. The device is asked through the socket it registered with, if it spoke from there.
//
// # Forward proxy
//
// Proxy.Forward answers requests with Proxy-Uri, or Proxy-Scheme and the Uri options, for coap and coaps. It is off by
// default, then the answer is 5.05. A target has to be in the list of allowed destinations; loopback (every address of
// this machine) and link-local addresses need their own permission besides, and unspecified, multicast and broadcast
// addresses are never asked. Names are resolved here, all their addresses are checked, and the first of those is
// connected to, so that a name that means something else a moment later changes nothing.
//
// Each request on its way out carries Hop-Limit (RFC 8768), 16 if it came without. One that would leave with 0 is
// answered 5.08 with the name of the proxy, and each proxy on the way back puts its own before it.
//
// # What is kept
//
// Responses to GET and FETCH are kept under the method, the target, the options of the request that are part of the cache
// key (RFC 7252, section 5.4.6) and, for FETCH, the body. As long as one is fresh it is the answer, with the Max-Age that
// remains. Then the server is asked with its ETag, and 2.03 makes it fresh again. A client that has it already, by its
// ETag, gets 2.03. Requests for the same that come while the server is being asked wait for the one response. A request
// with another method passes through, and what is kept of its target is forgotten.
//
// A device that does not answer sleeps: the last 2.05 is given with Max-Age 0 and the option Age. CoAP has no option for
// the age of a response. Ours has number 65020, of the range for experiments: a uint, the seconds since the server sent,
// or confirmed, the representation. It is elective, safe to forward and not part of the cache key. Where nothing is kept
// the answer is 5.04. A device that has been silent is not asked again for a while, unless it was heard meanwhile.
//
// # Observation
//
// All observers of a resource share one observation at the server, which begins with the first and ends when the last
// has left. If the server falls silent they stay: it is asked again from time to time, and at once when it was heard. What
// ends for good ends with an error notification.
//
// # Bounds
//
// Kept responses are bounded in number and bytes, the least recently used give way; observers, requests that wait for one
// response, names being resolved and connections are bounded too. Stats counts how often each bound was reached.
//
// # Locks
//
// Proxy.mu guards all of it. It is not held while a request is answered, while a server is asked, or while an observer is
// notified.
package proxy
