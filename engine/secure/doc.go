// Package secure holds what a DTLS or TLS handshake proves and how it ended: the words that listeners, the keeper of
// certificates and keys, the rules of access and the panes share. It makes no handshake itself.
package secure
