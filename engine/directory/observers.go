package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Observer is one observation of a lookup.
type Observer struct {
	ID     uint64
	Lookup string // path and query, encoded as in a URI
	Peer   *coap.Peer
	Token  []byte
	coap.RelationStats
	// Document is what the observer was told last, not to be modified; nil if that is longer than 4 KiB.
	Document []byte
	Size     int // of that, in bytes
	At       time.Time
}

// maxTold is how long a document may be to be kept for Observers.
const maxTold = 4 << 10

// told is what an observer was told last.
type told struct {
	document []byte
	size     int
	at       time.Time
}

func tell(document []byte) told {
	t := told{size: len(document), at: time.Now()}
	if t.size <= maxTold {
		t.document = append([]byte{}, document...)
	}
	return t
}

// Observers returns the observations of lookups, oldest first.
func (d *Directory) Observers() []Observer {
	ws := &d.watchers
	ws.mu.Lock()
	all := slices.Clone(ws.all)
	observers := make([]Observer, len(all))
	for i, x := range all {
		observers[i] = Observer{ID: x.id, Lookup: x.query.text(), Document: x.told.document, Size: x.told.size, At: x.told.at}
	}
	ws.mu.Unlock()
	for i, x := range all {
		o := &observers[i]
		o.Peer, o.Token, o.RelationStats = x.relation.Peer(), x.relation.Token(), x.relation.Stats()
	}
	return observers
}

// EndObservation ends the observation with that Observer.ID. Its observer gets a last notification, 5.03: it may ask again.
// It reports whether there was one.
func (d *Directory) EndObservation(id uint64) bool {
	ws := &d.watchers
	ws.mu.Lock()
	at := slices.IndexFunc(ws.all, func(x *watcher) bool { return x.id == id })
	if at < 0 {
		ws.mu.Unlock()
		return false
	}
	x := ws.all[at]
	ws.mu.Unlock()
	ws.forget(x)
	x.relation.Finish(coap.Notification{Confirmable: true, Code: codes.ServiceUnavailable})
	return true
}

// inQuery encodes what would end an argument of a query, or the URI.
var inQuery = strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", " ", "%20", "\"", "%22", "<", "%3C", ">", "%3E")

// text is the lookup as a path with its query.
func (q *query) text() string {
	path := PathLookUpResource
	if q.kind == endpoints {
		path = PathLookUpEndpoint
	}
	if len(q.queries) == 0 {
		return path
	}
	encoded := make([]string, len(q.queries))
	for i, argument := range q.queries {
		encoded[i] = inQuery.Replace(argument)
	}
	return path + "?" + strings.Join(encoded, "&")
}
