package settings

import (
	"fmt"
	"regexp"
	"strings"
)

// IETF bounds the publish-subscribe broker of draft-ietf-core-coap-pubsub, on listeners of the dialects ietf and auto.
type IETF struct {
	// Collection is the path of the topic collection, without the first slash; empty is "ps" in ietf and "pubsub" in
	// auto, where /ps belongs to EMQX.
	Collection string `toml:"collection"`
	// MaxTopics bounds the topics.
	MaxTopics int `toml:"max_topics"`
	// MaxTopicBytes bounds the configurations and data of all topics together.
	MaxTopicBytes Size `toml:"max_topic_bytes"`
	// MaxPublishRate bounds the publishes a second to one topic over CoAP; 0: no limit.
	MaxPublishRate int `toml:"max_publish_rate"`
}

const maxTopicsLimit = 1_000_000

func defaultIETF() IETF { return IETF{MaxTopics: 10_000, MaxTopicBytes: 64 << 20} }

// collectionPath has at most four segments of characters that need no escape in a URI.
var collectionPath = regexp.MustCompile(`^[A-Za-z0-9_.~-]{1,64}(/[A-Za-z0-9_.~-]{1,64}){0,3}$`)

func (d *decoder) ietf(path string, v any, i *IETF) {
	d.table(path, v,
		field{"collection", text(d, &i.Collection)},
		field{"max_topics", d.integer(&i.MaxTopics)},
		field{"max_topic_bytes", d.size(&i.MaxTopicBytes)},
		field{"max_publish_rate", d.integer(&i.MaxPublishRate)},
	)
}

func (v *validator) ietf(key string, i IETF) {
	root, _, _ := strings.Cut(i.Collection, "/")
	switch {
	case i.Collection == "":
	case !collectionPath.MatchString(i.Collection):
		v.problem(key+".collection", "is %q", i.Collection)
	case root == "mqtt" || root == ".well-known" || root == "." || root == "..":
		v.problem(key+".collection", "is %q, below /%s", i.Collection, root)
	}
	if i.MaxTopics < 1 || i.MaxTopics > maxTopicsLimit {
		v.problem(key+".max_topics", "is %d", i.MaxTopics)
	}
	if i.MaxTopicBytes < 1 || i.MaxTopicBytes > gigabyte {
		v.problem(key+".max_topic_bytes", "is %s", i.MaxTopicBytes)
	}
	if i.MaxPublishRate < 0 || i.MaxPublishRate > maxTopicsLimit {
		v.problem(key+".max_publish_rate", "is %d", i.MaxPublishRate)
	}
}

// ietfKeys describes the keys of [gateway.ietf].
var ietfKeys = []describedKey{
	{"gateway.ietf", "a table, [gateway.ietf]"},
	{"gateway.ietf.collection", "a path of one to four segments without slash at either end, such as \"ps\", not below mqtt or .well-known; empty: " +
		"\"ps\", in auto \"pubsub\""},
	{"gateway.ietf.max_topics", fmt.Sprintf("a whole number from 1 to %d", maxTopicsLimit)},
	{"gateway.ietf.max_topic_bytes", `a size from 1 to 1GB such as "64MB", or a whole number of bytes`},
	{"gateway.ietf.max_publish_rate", fmt.Sprintf("a whole number from 0 (no limit) to %d, publishes a second", maxTopicsLimit)},
}
