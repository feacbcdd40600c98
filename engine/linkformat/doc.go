// Package linkformat reads, writes, filters and resolves documents of the CoRE Link Format (RFC 6690).
//
// Parse takes what the grammar allows and the deviations that devices are known for: white space around separators,
// separators without anything between them, attributes with = and no value, and targets with characters that a URI has
// to percent-encode. Encode writes the one canonical form of it, so that Encode of Parse is a fixed point.
//
// Attribute names are compared without regard to case (RFC 8288, section 3). Where an attribute may occur only once the
// first counts and the others are left out (RFC 6690, section 3; RFC 5988, section 5; RFC 7252, section 7.2.1).
package linkformat
