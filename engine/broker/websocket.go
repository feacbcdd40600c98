package broker

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

var errNotBinary = errors.New("an MQTT packet in a WebSocket text message") // MQTT-6.0.0-1

func (l *Listener) webSocketServer() *http.Server {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: connectTimeout,
		Subprotocols:     []string{"mqtt"},
		// Pages of any origin may connect, as with other brokers: MQTT has its own credentials and uses no cookies.
		CheckOrigin: func(*http.Request) bool { return true },
	}
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ws, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				l.broker.log.Debug("no WebSocket", "listener", l.url, "peer", r.RemoteAddr, "error", err)
				return
			}
			l.broker.serve(&webSocket{Conn: ws.NetConn(), ws: ws}, l)
		}),
		ReadHeaderTimeout: connectTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(l.broker.log.Handler(), slog.LevelDebug),
	}
}

func (l *Listener) serveHTTP() {
	socket := l.socket
	if l.security != nil {
		socket = upgradable{l}
	}
	if err := l.http.Serve(socket); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		l.broker.log.Error("the WebSocket listener ended", "listener", l.url, "error", err)
	}
}

// webSocket makes a stream of the binary messages of a WebSocket; packets need not respect their bounds (MQTT-6.0.0-2).
// One goroutine reads, one at a time writes.
type webSocket struct {
	net.Conn // under the WebSocket
	ws       *websocket.Conn
	message  io.Reader // nil between two messages
	deadline atomic.Int64
}

func (w *webSocket) Read(p []byte) (int, error) {
	for {
		if w.message == nil {
			kind, message, err := w.ws.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errNotBinary
			}
			w.message = message
		}
		n, err := w.message.Read(p)
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
			if n == 0 {
				continue
			}
		}
		return n, err
	}
}

func (w *webSocket) Write(p []byte) (int, error) {
	if err := w.ws.SetWriteDeadline(fromUnixNano(w.deadline.Load())); err != nil {
		return 0, err
	}
	if err := w.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// SetWriteDeadline holds for the write under way too. gorilla sets its own deadline with each write.
func (w *webSocket) SetWriteDeadline(t time.Time) error {
	w.deadline.Store(unixNano(t))
	return w.Conn.SetWriteDeadline(t)
}

// Close says goodbye if the client takes it at once.
func (w *webSocket) Close() error {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = w.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(endTimeout))
	return w.Conn.Close()
}
