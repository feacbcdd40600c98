package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sluice/engine/linkformat"
)

var errLink = errors.New("not a link of the form <name>;ct=number")

// parseCreate reads the payload that creates a resource in EMQX 4: exactly one link (RFC 6690, section 2) with exactly
// one attribute, ct, as a number or a quoted number. The name is relative and percent-decoded.
func parseCreate(payload string) (name string, format uint16, err error) {
	links, err := linkformat.Parse(payload, linkformat.Limits{Links: 1, Attributes: 1})
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", errLink, err)
	}
	if len(links) != 1 || len(links[0].Attributes) != 1 || links[0].Repeated > 0 || links[0].Attributes[0].Name != "ct" {
		return "", 0, errLink
	}
	n, err := strconv.ParseUint(links[0].Attributes[0].Value, 10, 16)
	if err != nil {
		return "", 0, errLink
	}
	if strings.Contains(links[0].Target, "/") { // a name of several segments has its slashes encoded
		return "", 0, errLink
	}
	decoded, err := percentDecode([]byte(links[0].Target))
	if err != nil || len(decoded) == 0 || decoded[0] == '/' || wild(decoded) || checkTopic(decoded) != nil {
		return "", 0, errLink
	}
	return string(decoded), uint16(n), nil
}
