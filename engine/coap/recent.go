package coap

// recentIDs are message IDs that a relation used lately: the latest, and which of the fifteen before it. Those of a peer
// follow each other, so this is enough for what a RST on its way may refer to.
type recentIDs struct {
	latest uint16
	used   uint16 // bit n: latest-n
}

func (r *recentIDs) add(id uint16) {
	r.used = r.used<<(id-r.latest) | 1
	r.latest = id
}

func (r *recentIDs) has(id uint16) bool { return r.used>>(r.latest-id)&1 == 1 }
