// Package topicfilter compares MQTT topic filters and topic names (MQTT 5, section 4.7). What it is given is taken to be
// valid; nothing else is checked.
package topicfilter

import "strings"

// Match reports whether topic matches filter by the rules of MQTT 5, section 4.7: + stands for one level, # for the
// level before it and all below, and neither, when it comes first, for a first level that begins with $. Wildcards in
// topic are taken as they are written.
func Match(filter, topic string) bool {
	if reserved(topic) && wildcard(filter) {
		return false
	}
	for {
		f, filterRest, filterMore := level(filter)
		if f == "#" {
			return true
		}
		t, topicRest, topicMore := level(topic)
		if f != "+" && f != t {
			return false
		}
		if !filterMore || !topicMore {
			return filterMore == topicMore || filterMore && filterRest == "#"
		}
		filter, topic = filterRest, topicRest
	}
}

// Overlaps reports whether any topic matches both filters.
func Overlaps(a, b string) bool {
	if reserved(a) && wildcard(b) || reserved(b) && wildcard(a) {
		return false
	}
	for {
		x, aRest, aMore := level(a)
		y, bRest, bMore := level(b)
		if x == "#" || y == "#" {
			return true
		}
		if x != "+" && y != "+" && x != y {
			return false
		}
		if !aMore || !bMore {
			return aMore == bMore || aMore && aRest == "#" || bMore && bRest == "#"
		}
		a, b = aRest, bRest
	}
}

// Covers reports whether every topic that matches filter matches by as well.
func Covers(by, filter string) bool {
	if reserved(filter) && wildcard(by) {
		return false
	}
	if by == "+/#" && filter == "#" {
		return true // there is no topic without a first level
	}
	for {
		b, byRest, byMore := level(by)
		if b == "#" {
			return true
		}
		f, filterRest, filterMore := level(filter)
		if f == "#" || b != "+" && b != f {
			return false
		}
		if !byMore || !filterMore {
			return byMore == filterMore || byMore && byRest == "#"
		}
		by, filter = byRest, filterRest
	}
}

// level cuts the first level off; more is false if it is the last.
func level(s string) (first, rest string, more bool) { return strings.Cut(s, "/") }

// reserved reports whether the first level begins with $.
func reserved(s string) bool { return strings.HasPrefix(s, "$") }

// wildcard reports whether the first level is a wildcard.
func wildcard(filter string) bool {
	first, _, _ := level(filter)
	return first == "+" || first == "#"
}
