package settings

import (
	"regexp"
	"slices"
	"strings"
)

const (
	allowedBool     = "true or false"
	allowedDuration = `a duration from 10ms to 24h such as "30s", "1m30s" or "500ms", or a whole number of seconds`
	allowedCount    = "a whole number from 1 to 100000000"
	allowedRate     = "a whole number from 0 (no limit) to 100000000"
	allowedBytes    = `a size from 1 to 64GB such as "4MB" or "512KB", or a whole number of bytes`
	allowedBuffer   = `a size from 0 (4MB) to 1GB such as "256KB", or a whole number of bytes`
	allowedQoS      = `"qos0", "qos1", "qos2" or "coap"`

	allowedMountpoint = "text without + and #, in which ${clientid}, ${username}, ${client_attrs.NAME}, ${cert_common_name}, ${cert_subject} and ${psk_identity} are replaced"
)

// keys lists every key of a settings file with what it may hold. It is the one place that error messages and the search
// for the key that was meant take their words from.
var keys = append([]describedKey{
	{"gateway", "a table, [gateway]"},
	{"gateway.connection_required", allowedBool},
	{"gateway.heartbeat", allowedDuration},
	{"gateway.idle_timeout", allowedDuration},
	{"gateway.notify_type", `"non", "con" or "qos"`},
	{"gateway.subscribe_qos", allowedQoS},
	{"gateway.publish_qos", allowedQoS},
	{"gateway.mountpoint", allowedMountpoint},
	{"gateway.observe_sequence", `"clock" or "counter"`},
	{"gateway.observe_retained", allowedBool},
	{"gateway.reset_ends_observe", allowedBool},
	{"gateway.verify_addresses", `"never", "remote" or "always"`},
	{"gateway.leisure", allowedDuration},
	{"gateway.node_name", "text of 1 to 255 bytes without /, + and #"},
	{"gateway.emqx4", "a table, [gateway.emqx4]"},
	{"gateway.emqx4.authentication_failure", `"4.01" or "5.00"`},
	{"gateway.emqx4.require_content_format", allowedBool},
	{"gateway.blockwise", "a table, [gateway.blockwise]"},
	{"gateway.blockwise.enable", allowedBool},
	{"gateway.blockwise.max_block_size", "16, 32, 64, 128, 256, 512 or 1024"},
	{"gateway.blockwise.max_body_size", `a size from 1 to 1GB such as "4MB" or "512KB", or a whole number of bytes`},
	{"gateway.blockwise.exchange_lifetime", allowedDuration},
	{"gateway.limits", "a table, [gateway.limits]"},
	{"gateway.limits.max_peers", allowedCount},
	{"gateway.limits.max_exchanges_per_peer", allowedCount},
	{"gateway.limits.max_exchanges", allowedCount},
	{"gateway.limits.max_reply_bytes_per_peer", allowedBytes},
	{"gateway.limits.max_reply_bytes", allowedBytes},
	{"gateway.limits.max_transfers_per_peer", allowedCount},
	{"gateway.limits.max_transfer_bytes_per_peer", allowedBytes},
	{"gateway.limits.max_transfer_bytes", allowedBytes},
	{"gateway.limits.max_observers_per_peer", allowedCount},
	{"gateway.limits.max_observers", allowedCount},
	{"gateway.limits.max_notifications_per_peer", allowedCount},
	{"gateway.limits.max_requests_per_second_per_peer", allowedRate},
	{"gateway.limits.max_requests_per_second", allowedRate},
	{"gateway.limits.max_multicast_answers", allowedCount},
	{"gateway.limits.max_sessions", allowedCount},
	{"gateway.limits.max_observers_per_session", allowedCount},
	{"gateway.limits.max_resources", allowedCount},
	{"gateway.limits.max_resource_bytes", allowedBytes},
	{"gateway.limits.max_logins", allowedCount},
	{"gateway.limits.max_logins_per_peer", allowedCount},
	{"gateway.limits.max_calls_per_peer", allowedCount},
	{"gateway.limits.max_calls", allowedCount},
	{"gateway.transmission", "a table, [gateway.transmission]"},
	{"gateway.transmission.ack_timeout", allowedDuration},
	{"gateway.transmission.ack_random_factor", "a number from 1 to 10"},
	{"gateway.transmission.max_retransmit", "a whole number from 1 to 10"},
	{"gateway.transmission.processing_delay", allowedDuration},
	{"gateway.transmission.nstart", "a whole number from 1 to 100"},
	{"gateway.proxy", "a table, [gateway.proxy]"},
	{"gateway.proxy.reverse", allowedBool},
	{"gateway.proxy.forward", allowedBool},
	{"gateway.proxy.allow", `a list of "SCHEME://HOST[:PORT]" with scheme coap or coaps, a host that is a name, *.DOMAIN, *, an address or a CIDR block, an IPv6 one in brackets, and * for every port`},
	{"gateway.proxy.allow_loopback", allowedBool},
	{"gateway.proxy.allow_link_local", allowedBool},
	{"gateway.proxy.ca", "the path of a file with certificates in PEM form, or nothing"},
	{"gateway.proxy.timeout", allowedDuration},
	{"gateway.proxy.max_cache_entries", allowedCount},
	{"gateway.proxy.max_cache_bytes", allowedBytes},
	{"gateway.proxy.max_observers", allowedCount},
	{"listener", "tables, [[listener]]"},
	{"listener.bind", `"SCHEME://HOST:PORT" with scheme coap, coaps, coap+tcp, coap+ws, mqtt, mqtts, ws or wss, port 0 to 65535 and an IPv6 host in brackets`},
	{"listener.dialect", `"auto", "emqx5", "emqx4" or "ietf", on listeners of CoAP only`},
	{"listener.enable_authn", allowedBool},
	{"listener.mountpoint", allowedMountpoint},
	{"listener.max_connections", "a whole number from 0 (the gateway's own limit only, and 10000 sessions of coaps)"},
	{"listener.max_conn_rate", "a whole number from 0 (no limit), new addresses a second"},
	{"listener.access_rules", `a list of "allow WHOM" and "deny WHOM" with an address, a CIDR block or all`},
	{"listener.health_check", "a table, [listener.health_check], on coap listeners only"},
	{"listener.health_check.request", "text of 1 to 1024 bytes"},
	{"listener.health_check.reply", "text of at most 1024 bytes"},
	{"listener.multicast", `a list of names of network interfaces, or "*" for all, on coap listeners only`},
	{"listener.recbuf", allowedBuffer},
	{"listener.sndbuf", allowedBuffer},
	{"access", "a table, [access]"},
	{"access.anonymous", allowedBool},
	{"access.client_id", `"any" or "common_name": who shows a certificate has its common name as client ID`},
	{"access.user", "tables, [[access.user]]"},
	{"access.user.username", "text of 1 to 65535 bytes, each name once"},
	{"access.user.password", "text that is not empty, when there is no hash"},
	{"access.user.hash", "an argon2id hash in PHC format or a bcrypt hash, when there is no password"},
	{"access.user.client_attrs", "a table of names, made of letters, digits, _ and -, with text without + and #"},
	{"access.rule", "tables, [[access.rule]]"},
	{"access.rule.permission", `"allow" or "deny"`},
	{"access.rule.who", `"all", "user:NAME", "client:ID", "cn:NAME" or "psk:IDENTITY", in which placeholders are replaced as in topics`},
	{"access.rule.action", `"publish", "subscribe", "all" or "connect"`},
	{"access.rule.topics", "a list of one or more MQTT topic filters, in which ${clientid}, ${username}, ${cert_common_name}, ${cert_subject} and ${psk_identity} are replaced; none for connect"},
}, slices.Concat(secureKeys, ietfKeys, directoryKeys)...)

// describedKey is a key and what it may hold.
type describedKey struct{ path, allowed string }

var index = regexp.MustCompile(`\[\d+\]`)

// schemaPath drops the list indices of a key: listener[1].bind is described under listener.bind.
func schemaPath(key string) string { return index.ReplaceAllString(key, "") }

// allowedFor describes what key may hold.
func allowedFor(key string) string {
	path := schemaPath(key)
	for _, k := range keys {
		if k.path == path {
			return k.allowed
		}
	}
	return ""
}

// namesUnder lists the keys that a table may have.
func namesUnder(table string) []string {
	var names []string
	for _, k := range keys {
		parent, name := splitKey(k.path)
		if parent == schemaPath(table) {
			names = append(names, name)
		}
	}
	return names
}

// splitKey cuts a path into its table and its last name.
func splitKey(path string) (table, name string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// meant returns the key that was probably meant by name in table, or "": one spelled nearly the same in that table, or
// one of exactly that name in another table (then with its path).
func meant(table, name string) string {
	best, bestDistance := "", len(name)/3+1
	for _, candidate := range namesUnder(table) {
		if d := distance(strings.ToLower(name), candidate); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = candidate, d
		}
	}
	if best != "" {
		return best
	}
	for _, k := range keys {
		if _, n := splitKey(k.path); n == name {
			return k.path
		}
	}
	return ""
}

// distance is the number of bytes to insert, delete, replace or swap with their neighbour to turn a into b (optimal
// string alignment).
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = slices.Min([]int{last[j] + 1, row[j-1] + 1, last[j-1] + cost})
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
