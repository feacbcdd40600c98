package broker

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
)

const (
	routeShards       = 32
	routeShardMaximum = 2048 // routes a shard keeps before it starts again
)

// routes knows for each topic who gets a message: which functions, and whether any MQTT client does. mochi's own search
// allocates four maps for every message, so the answer is remembered until somebody subscribes or unsubscribes.
//
// The functions are found by a tree of our own: mochi's inline subscriptions with "#" match $SYS, and a/# does not
// match a.
type routes struct {
	server *mqtt.Server
	seed   maphash.Seed
	shards [routeShards]routeShard

	// generation changes after every change of a subscription on either side. A route made before is made again.
	generation atomic.Uint64

	mu   sync.RWMutex
	root node
}

type routeShard struct {
	sync.RWMutex
	routes map[string]*route
}

// route is where a topic's messages go. It is never modified.
type route struct {
	generation    uint64
	subscriptions []*subscription
	clients       bool // an MQTT client subscribed
}

// subscription is one function that was given to Subscribe.
type subscription struct {
	filter string
	fn     func(*Message)
	ended  atomic.Bool
}

// node is a level of the tree of filters.
type node struct {
	children      map[string]*node
	subscriptions []*subscription
}

func (r *routes) init(server *mqtt.Server) {
	r.server = server
	r.seed = maphash.MakeSeed()
	for i := range r.shards {
		r.shards[i].routes = make(map[string]*route)
	}
}

// changed is called after a subscription was made or ended.
func (r *routes) changed() {
	r.generation.Add(1)
}

// lookup returns the route of a topic, or why it is no topic to publish to.
func (r *routes) lookup(topic string) (*route, error) {
	shard := &r.shards[maphash.String(r.seed, topic)%routeShards]
	shard.RLock()
	found := shard.routes[topic]
	shard.RUnlock()
	if found != nil && found.generation == r.generation.Load() {
		return found, nil
	}
	if err := checkTopicName(topic); err != nil {
		return nil, err
	}

	// The generation is read first: a change that comes while we search makes this route stale, not wrong.
	made := &route{generation: r.generation.Load()}
	r.mu.RLock()
	made.subscriptions = r.root.match(topic, topic[0] == '$', nil)
	r.mu.RUnlock()
	subscribers := r.server.Topics.Subscribers(topic)
	made.clients = len(subscribers.Subscriptions)+len(subscribers.Shared) > 0

	shard.Lock()
	if found == nil && len(shard.routes) >= routeShardMaximum {
		clear(shard.routes)
	}
	shard.routes[strings.Clone(topic)] = made // a caller's topic may be a part of a whole datagram
	shard.Unlock()
	return made, nil
}

func (r *routes) add(s *subscription) {
	r.mu.Lock()
	r.root.add(s.filter, s)
	r.mu.Unlock()
	r.changed()
}

func (r *routes) remove(s *subscription) {
	r.mu.Lock()
	r.root.remove(s.filter, s)
	r.mu.Unlock()
	r.changed()
}

// call hands m to the functions, by the calling goroutine.
func (r *route) call(m *Message) {
	for _, s := range r.subscriptions {
		if !s.ended.Load() {
			s.fn(m)
		}
	}
}

func (n *node) add(filter string, s *subscription) {
	level, rest, more := strings.Cut(filter, "/")
	child := n.children[level]
	if child == nil {
		if n.children == nil {
			n.children = make(map[string]*node)
		}
		child = &node{}
		n.children[strings.Clone(level)] = child
	}
	if more {
		child.add(rest, s)
	} else {
		child.subscriptions = append(child.subscriptions, s)
	}
}

func (n *node) remove(filter string, s *subscription) {
	level, rest, more := strings.Cut(filter, "/")
	child := n.children[level]
	if child == nil {
		return
	}
	if more {
		child.remove(rest, s)
	} else if i := slices.Index(child.subscriptions, s); i >= 0 {
		child.subscriptions = slices.Delete(child.subscriptions, i, i+1)
	}
	if len(child.children) == 0 && len(child.subscriptions) == 0 {
		delete(n.children, level)
	}
}

// match appends the subscriptions below n that match topic. dollar says that the topic begins with $ and this is its
// first level, where wildcards do not match.
func (n *node) match(topic string, dollar bool, found []*subscription) []*subscription {
	level, rest, more := strings.Cut(topic, "/")
	if child := n.children[level]; child != nil {
		found = child.matchRest(rest, more, found)
	}
	if dollar {
		return found
	}
	if child := n.children["+"]; child != nil {
		found = child.matchRest(rest, more, found)
	}
	if child := n.children["#"]; child != nil {
		found = append(found, child.subscriptions...)
	}
	return found
}

func (n *node) matchRest(rest string, more bool, found []*subscription) []*subscription {
	if more {
		return n.match(rest, false, found)
	}
	found = append(found, n.subscriptions...)
	if child := n.children["#"]; child != nil { // a/# also matches a
		found = append(found, child.subscriptions...)
	}
	return found
}
