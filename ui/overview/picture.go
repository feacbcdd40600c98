package overview

import "sluice/ui/theme"

// side is a column.
type side uint8

const (
	coapSide side = iota
	topicSide
	mqttSide
	sideCount
)

// nodeID names a node. The one without a name stands for all of its side that are not shown.
type nodeID struct {
	side side
	name string
}

func (id nodeID) isRest() bool { return id.name == "" }

// nodeView is what is shown of a node.
type nodeView struct {
	id    nodeID
	title string
	note  string // below it
	item  string // what its pane calls it
	late  bool
}

// kind is what a link shows, and how it is coloured.
type kind uint8

const (
	publishes kind = iota // a CoAP client to a topic
	notifies              // a topic to a CoAP client
	sends                 // an MQTT client to a topic
	delivers              // a topic to an MQTT client
)

func (k kind) role() theme.Role {
	switch k {
	case publishes:
		return theme.RolePOST
	case notifies:
		return theme.RoleAccent
	}
	return theme.RoleMQTT
}

// leftward reports whether messages go from right to left.
func (k kind) leftward() bool { return k == notifies || k == sends }

// linkID names a link: between a client and a topic.
type linkID struct {
	kind          kind
	client, topic nodeID
}

// left is the node at the left end of a link, right that at the other one.
func (l linkID) left() nodeID {
	if l.client.side == coapSide {
		return l.client
	}
	return l.topic
}

func (l linkID) right() nodeID {
	if l.client.side == coapSide {
		return l.topic
	}
	return l.client
}

func (l linkID) touches(id nodeID) bool { return l.client == id || l.topic == id }

// linkView is what is shown of a link.
type linkView struct {
	linkID
	rate  float64
	level int
}

// picture is all that the board shows. It is not changed once it is made.
type picture struct {
	columns [sideCount][]nodeView
	links   []linkView
}

func (p *picture) node(id nodeID) *nodeView {
	for i := range p.columns[id.side] {
		if n := &p.columns[id.side][i]; n.id == id {
			return n
		}
	}
	return nil
}

func (p *picture) empty() bool {
	for _, column := range p.columns {
		if len(column) > 0 {
			return false
		}
	}
	return true
}
