package directory

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Recheck ends the observations of clients that are not admitted any more, with 4.01, and tells the others soon what they
// may see now. What they are told of changes from now on is judged anew in any case.
func (d *Directory) Recheck() {
	d.revision.Add(1) // what is being answered may have been looked up before
	ws := &d.watchers
	ws.mu.Lock()
	all := slices.Clone(ws.all)
	ws.changes, ws.allChanged = nil, true
	ws.mu.Unlock()
	for _, x := range all {
		d.reconsider(x)
	}
	ws.wake(d)
}

// reconsider ends an observation whose client is not admitted any more, and reports whether it did.
func (d *Directory) reconsider(x *watcher) bool {
	if admitted := x.query.client.Admitted; admitted == nil || admitted() {
		return false
	}
	d.watchers.forget(x)
	x.relation.Finish(coap.Notification{Confirmable: true, Code: codes.Unauthorized})
	return true
}
