package linkformat

import (
	"strconv"
	"strings"
)

// ContentFormat is the number of application/link-format.
const ContentFormat = 40

// Link is one link of a document.
type Link struct {
	// Target is the URI reference between < and >.
	Target     string
	Attributes []Attribute // in the order of the document
	// Repeated counts attributes that were left out because the link had them already.
	Repeated int
}

// Attribute is one target attribute, or the anchor.
type Attribute struct {
	Name  string
	Value string // without quotes and escapes
	// Bare says that there is no value, as in ;obs.
	Bare bool
}

// Get returns the value of the first attribute of that name; "" for one without a value.
func (l *Link) Get(name string) (value string, ok bool) {
	for i := range l.Attributes {
		if sameName(l.Attributes[i].Name, name) {
			return l.Attributes[i].Value, true
		}
	}
	return "", false
}

// Add appends an attribute.
func (l *Link) Add(name, value string) {
	l.Attributes = append(l.Attributes, Attribute{Name: name, Value: value})
}

// AddUint appends an attribute with a number.
func (l *Link) AddUint(name string, n uint64) { l.Add(name, strconv.FormatUint(n, 10)) }

// AddBare appends an attribute without a value.
func (l *Link) AddBare(name string) {
	l.Attributes = append(l.Attributes, Attribute{Name: name, Bare: true})
}

// Set gives the first attribute of that name a value, or appends one.
func (l *Link) Set(name, value string) {
	for i := range l.Attributes {
		if a := &l.Attributes[i]; sameName(a.Name, name) {
			a.Value, a.Bare = value, false
			return
		}
	}
	l.Add(name, value)
}

// isList reports whether an attribute holds values separated by spaces: relation-types of RFC 6690, ct of RFC 7252.
func isList(name string) bool {
	return oneOf(name, "rel", "rev", "rt", "if", "ct")
}

// isSingle reports whether only the first attribute of that name counts.
func isSingle(name string) bool {
	return oneOf(name, "rel", "rt", "if", "sz", "ct", "obs", "anchor", "title", "title*", "type", "media")
}

func oneOf(name string, names ...string) bool {
	for _, n := range names {
		if sameName(n, name) {
			return true
		}
	}
	return false
}

// sameName compares names of attributes.
func sameName(a, b string) bool { return len(a) == len(b) && (a == b || strings.EqualFold(a, b)) }

// ValidName reports whether name can be the name of an attribute: a parmname of RFC 5987, and * after it.
func ValidName(name string) bool {
	bare := strings.TrimSuffix(name, "*")
	for i := range len(bare) {
		if !isNameByte(bare[i]) {
			return false
		}
	}
	return bare != ""
}
