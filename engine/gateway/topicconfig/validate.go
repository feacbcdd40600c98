package topicconfig

import (
	"fmt"
	"net/url"
	"strings"
)

// Error says which property is wrong, and how.
type Error struct {
	Key     Key
	Problem string
}

// Error returns "PROPERTY PROBLEM".
func (e *Error) Error() string { return e.Key.String() + " " + e.Problem }

func wrong(k Key, format string, args ...any) error {
	return &Error{Key: k, Problem: fmt.Sprintf(format, args...)}
}

const (
	required  = Set(1<<TopicName | 1<<ResourceType)
	immutable = Set(1<<TopicName | 1<<TopicData | 1<<ResourceType)
)

// Create checks the configuration that a topic is to be created with (section 2.4.3).
func Create(p *Properties) error {
	for k := range keys {
		if required.Has(k) && !p.Has(k) {
			return wrong(k, "is missing")
		}
	}
	return consistent(p)
}

// Replace returns the configuration that takes the place of p: all that may change is that of next, or absent
// (section 2.5.3).
func (p *Properties) Replace(next *Properties) (Properties, error) {
	return p.change(next, *next)
}

// Patch returns p with what next changes (section 2.5.4).
func (p *Properties) Patch(next *Properties) (Properties, error) {
	merged := *p
	merged.Present |= next.Present
	for k := range keys {
		if next.Has(k) {
			merged.take(next, k)
		}
	}
	return p.change(next, merged)
}

// change checks that next leaves alone what cannot change, and completes the result with it.
func (p *Properties) change(next *Properties, result Properties) (Properties, error) {
	for k := range keys {
		if immutable.Has(k) && next.Has(k) && (!p.Has(k) || !p.same(next, k)) {
			return Properties{}, wrong(k, "cannot be changed")
		}
	}
	result.Present = result.Present&^immutable | p.Present&immutable
	for k := range keys {
		if immutable.Has(k) {
			result.take(p, k)
		}
	}
	return result, consistent(&result)
}

// take copies one property.
func (p *Properties) take(q *Properties, k Key) {
	switch k {
	case TopicName:
		p.TopicName = q.TopicName
	case TopicData:
		p.TopicData = q.TopicData
	case ResourceType:
		p.ResourceType = q.ResourceType
	case TopicContentFormat:
		p.TopicContentFormat = q.TopicContentFormat
	case TopicType:
		p.TopicType = q.TopicType
	case ExpirationDate:
		p.ExpirationDate = q.ExpirationDate
	case MaxSubscribers:
		p.MaxSubscribers = q.MaxSubscribers
	case ObserverCheck:
		p.ObserverCheck = q.ObserverCheck
	case Initialize:
		p.Initialize = q.Initialize
	}
}

// consistent checks what depends on more than the type of a value.
func consistent(p *Properties) error {
	if p.Has(TopicName) && p.TopicName == "" {
		return wrong(TopicName, "is empty")
	}
	if p.Has(ResourceType) && !singleResourceType(p.ResourceType) {
		return wrong(ResourceType, "is not one resource type")
	}
	if p.Has(TopicData) {
		if err := checkReference(p.TopicData); err != nil {
			return err
		}
	}
	if p.Has(Initialize) && !p.Has(TopicContentFormat) {
		return wrong(TopicContentFormat, "is missing, and initialize needs it")
	}
	return nil
}

// singleResourceType accepts one relation type as the attribute rt lists them (RFC 6690, section 2).
func singleResourceType(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return s != ""
}

// checkReference accepts a URI reference without fragment, which CoAP does not have (RFC 7252, section 6).
func checkReference(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return wrong(TopicData, "is empty")
	case err != nil || strings.ContainsAny(s, "<>\"\\^`{|} "):
		return wrong(TopicData, "is not a URI reference")
	case strings.Contains(s, "#"):
		return wrong(TopicData, "has a fragment")
	case u.Opaque != "":
		return wrong(TopicData, "has a scheme but no path")
	}
	return nil
}
