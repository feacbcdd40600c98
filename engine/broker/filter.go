package broker

import (
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

const maxTopicLength = 65535 // bytes of a UTF-8 string (MQTT 5, section 1.5.4)

var errEmpty = mistakes.New("is empty")

// CheckTopic reports why topic is no topic name to publish to, or no topic filter to subscribe to, of MQTT; nil: it is.
func CheckTopic(action Action, topic string) error {
	if action == ActionPublish {
		return checkTopicName(topic)
	}
	return checkFilter(topic)
}

// Reserved reports whether a topic is the broker's own: nobody publishes there.
func Reserved(topic string) bool { return isSys(topic) }

// checkTopic reports why a client cannot publish to name.
func checkTopic(name string) error {
	if isSys(name) {
		return mistakes.Errorf("topic %.80q is the broker's own", name)
	}
	return checkTopicName(name)
}

// checkTopicName reports why name is no topic name (MQTT 5, section 4.7).
func checkTopicName(name string) error {
	switch err := checkString(name); {
	case err != nil:
		return mistakes.Errorf("topic %.80q %w", name, err)
	case strings.ContainsAny(name, "+#"):
		return mistakes.Errorf("topic %.80q contains a wildcard", name)
	}
	return nil
}

// checkFilter reports why filter cannot be subscribed to (MQTT 5, section 4.7.1): "#" stands alone in the last level,
// "+" alone in any.
func checkFilter(filter string) error {
	if err := checkString(filter); err != nil {
		return mistakes.Errorf("topic filter %.80q %w", filter, err)
	}
	for rest, more := filter, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if strings.ContainsAny(level, "+#") && len(level) > 1 || level == "#" && more {
			return mistakes.Errorf("topic filter %.80q has a wildcard where none is allowed", filter)
		}
	}
	return nil
}

func checkString(s string) error {
	switch {
	case s == "":
		return errEmpty
	case len(s) > maxTopicLength:
		return mistakes.Errorf("is longer than %d bytes", maxTopicLength)
	case !utf8.ValidString(s):
		return mistakes.New("is not UTF-8")
	case strings.IndexByte(s, 0) >= 0:
		return mistakes.New("contains a null character")
	}
	return nil
}

// splitShare returns the filter behind $share/GROUP/ (MQTT 5, section 4.8.2); ok is false when there is a $share that
// names no group or no filter. mochi takes $share in any case.
func splitShare(filter string) (plain string, ok bool) {
	prefix, rest, _ := strings.Cut(filter, "/")
	if !strings.EqualFold(prefix, "$share") {
		return filter, true
	}
	group, plain, found := strings.Cut(rest, "/")
	return plain, found && group != "" && plain != "" && !strings.ContainsAny(group, "+#")
}

func hasWildcard(filter string) bool {
	return strings.ContainsAny(filter, "+#")
}

func isSys(topic string) bool {
	return len(topic) >= 4 && strings.EqualFold(topic[:4], "$SYS")
}
