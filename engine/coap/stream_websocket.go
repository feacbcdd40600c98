package coap

import (
	"errors"
	"io"
	"log"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Names of RFC 8323, sections 4.1 and 8.3.
const (
	webSocketPath     = "/.well-known/coap"
	webSocketProtocol = "coap"
)

func (v *streamServer) webSocketServer() *http.Server {
	timeout := v.endpoint.config.Stream.HandshakeTimeout
	upgrader := websocket.Upgrader{
		HandshakeTimeout: timeout,
		Subprotocols:     []string{webSocketProtocol},
		// An idle connection keeps little.
		ReadBufferSize: 1 << 10, WriteBufferPool: new(sync.Pool),
		// Pages of any origin may connect: CoAP has its own credentials and uses no cookies.
		CheckOrigin: func(*http.Request) bool { return true },
	}
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != webSocketPath:
				http.NotFound(w, r)
				return
			case !websocket.IsWebSocketUpgrade(r):
				w.Header().Set("Upgrade", "websocket")
				http.Error(w, "this is CoAP over WebSockets (RFC 8323)", http.StatusUpgradeRequired)
				return
			case !slices.Contains(websocket.Subprotocols(r), webSocketProtocol):
				http.Error(w, `the subprotocol "coap" is needed (RFC 8323, section 4.1)`, http.StatusBadRequest)
				return
			}
			ws, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return // the client has been told
			}
			conn, ok := ws.NetConn().(*streamConn)
			if !ok {
				_ = ws.Close()
				return
			}
			// What served HTTP, its buffers among that, is given back.
			go v.serve(conn, func(*stream) framing {
				return &webSocketFraming{ws: ws, buffer: v.buffer(), longest: v.endpoint.config.Stream.MaxMessageSize}
			})
		}),
		ReadHeaderTimeout: timeout,
		IdleTimeout:       timeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // what clients do wrong
	}
}

func (v *streamServer) serveHTTP() { _ = v.http.Serve(v.listener) }

// webSocketFraming is that of WebSockets (RFC 8323, section 4.3): a binary message is a CoAP message.
type webSocketFraming struct {
	ws      *websocket.Conn
	buffer  receiveBuffer
	longest int
}

func (f *webSocketFraming) next() ([]byte, error) {
	f.buffer.shrink()
	kind, message, err := f.ws.NextReader()
	if err != nil {
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return nil, io.EOF
		}
		return nil, err
	}
	if kind != websocket.BinaryMessage {
		return nil, &abortion{diagnostic: "a text message is no CoAP message"}
	}
	for n := 0; ; {
		if n == len(f.buffer.data) {
			if n >= f.longest {
				return nil, tooLong(f.longest)
			}
			if err := f.buffer.grow(f.longest); err != nil {
				return nil, err
			}
		}
		read, err := message.Read(f.buffer.data[n:])
		if n += read; errors.Is(err, io.EOF) {
			return f.check(f.buffer.data[:n:n])
		}
		if err != nil {
			return nil, err
		}
	}
}

// check refuses what has a length of its own, or is too short.
func (f *webSocketFraming) check(b []byte) ([]byte, error) {
	n, err := frameLength(b, f.longest)
	switch {
	case err != nil:
		return nil, err
	case len(b) > 0 && b[0]>>4 != 0:
		return nil, &abortion{diagnostic: "Len is not zero"}
	case n == 0 || n > len(b):
		return nil, &abortion{diagnostic: "a message is cut short"}
	}
	return b, nil
}

// more is false: what the library has read already cannot be seen, and messages are answered one by one.
func (f *webSocketFraming) more() bool { return false }

func (f *webSocketFraming) write(messages [][]byte) error {
	for _, m := range messages {
		if err := f.ws.WriteMessage(websocket.BinaryMessage, m); err != nil {
			return err
		}
	}
	return nil
}

func (f *webSocketFraming) goodbye() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = f.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(lingerTimeout))
}

func (f *webSocketFraming) release() { f.buffer.release() }
