package linkformat

import "strings"

// Filter is one query filter (RFC 6690, section 4.1): name=value or name=prefix*, where href is the target and every
// value of a list is looked at. A name alone asks for the attribute whatever its value.
type Filter struct {
	Name   string
	Value  string // without the * of a prefix
	Prefix bool
	Exists bool // a name alone
}

// ParseFilter reads the value of a Uri-Query option, which CoAP has percent-decoded.
func ParseFilter(query string) Filter {
	name, value, found := strings.Cut(query, "=")
	f := Filter{Name: name, Value: value, Exists: !found}
	f.Value, f.Prefix = strings.CutSuffix(value, "*")
	return f
}

// Match reports whether l passes.
func (f *Filter) Match(l *Link) bool {
	if f.Name == "href" {
		return f.MatchURI(l.Target)
	}
	for i := range l.Attributes {
		if a := &l.Attributes[i]; sameName(a.Name, f.Name) && (f.Exists || f.matchesAny(a)) {
			return true
		}
	}
	return false
}

// matchesAny compares the value of an attribute or, if it is a list, each of its values.
func (f *Filter) matchesAny(a *Attribute) bool {
	if !strings.ContainsAny(a.Value, blank) || !isList(a.Name) {
		return f.matches(a.Value)
	}
	for value := range strings.FieldsSeq(a.Value) {
		if f.matches(value) {
			return true
		}
	}
	return false
}

// MatchURI compares a URI reference as Match does the target: as it is written, or both percent-decoded.
func (f *Filter) MatchURI(reference string) bool {
	if f.Exists || f.matches(reference) {
		return true
	}
	plain := Filter{Value: decoded(f.Value), Prefix: f.Prefix}
	return plain.matches(decoded(reference))
}

func (f *Filter) matches(value string) bool {
	if f.Prefix {
		return strings.HasPrefix(value, f.Value)
	}
	return value == f.Value
}

// Filters is a query; every filter has to pass.
type Filters []Filter

// ParseFilters reads the values of the Uri-Query options.
func ParseFilters(queries []string) Filters {
	filters := make(Filters, len(queries))
	for i, query := range queries {
		filters[i] = ParseFilter(query)
	}
	return filters
}

// Match reports whether l passes all of them.
func (fs Filters) Match(l *Link) bool {
	for i := range fs {
		if !fs[i].Match(l) {
			return false
		}
	}
	return true
}
