// Package dtls serves DTLS 1.2 (RFC 6347) over UDP sockets, with github.com/pion/dtls for what is inside a session. It
// knows nothing of CoAP.
//
// A Listener reads the sockets itself and hands each datagram to the session it belongs to: by its Connection ID
// (RFC 9146), or else by the addresses it came from and was sent to. A ClientHello without a valid cookie leaves nothing
// behind (RFC 6347, section 4.2.1). How every handshake ended is told to Config.OnHandshake in the words of
// engine/secure; credentials are asked at each of them, so that changed ones hold for the next and living sessions stay.
package dtls
