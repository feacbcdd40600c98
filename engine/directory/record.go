package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"sluice/engine/linkformat"
)

const recordVersion = 1

var errRecord = errors.New("not a registration")

// record is a registration as it is kept on disk.
type record struct {
	Version    int                    `json:"version"`
	Serial     uint64                 `json:"serial"`
	Endpoint   string                 `json:"ep"`
	Sector     string                 `json:"d,omitempty"`
	Base       string                 `json:"base"`
	BaseGiven  bool                   `json:"base_given,omitempty"`
	Link       string                 `json:"link,omitempty"`
	Lifetime   uint32                 `json:"lt"`
	Since      time.Time              `json:"since"`
	Updated    time.Time              `json:"updated"`
	Expires    time.Time              `json:"expires"`
	FreshUntil time.Time              `json:"fresh_until,omitzero"`
	Owner      string                 `json:"owner"`
	Address    netip.AddrPort         `json:"address"`
	Simple     bool                   `json:"simple,omitempty"`
	Attributes []linkformat.Attribute `json:"attributes,omitempty"`
	Links      string                 `json:"links"`
}

func (r *registration) encode() ([]byte, error) {
	value, err := json.Marshal(record{
		Version: recordVersion, Serial: r.serial, Endpoint: r.endpoint, Sector: r.sector, Base: r.base, BaseGiven: r.baseGiven,
		Link: r.link, Lifetime: r.lifetime, Since: r.since, Updated: r.updated, Expires: r.expires, FreshUntil: r.freshUntil,
		Owner: r.owner, Address: r.address, Simple: r.simple, Attributes: r.attributes,
		Links: string(linkformat.Encode(r.links)),
	})
	if err != nil {
		return nil, fmt.Errorf("encode registration of %q: %w", r.endpoint, err)
	}
	return value, nil
}

// decode reads what encode wrote. Limits of the settings do not hold: they may have been lowered since.
func decode(id string, value []byte) (*registration, error) {
	var k record
	if err := json.Unmarshal(value, &k); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	if k.Version != recordVersion || k.Endpoint == "" || k.Lifetime == 0 || id == "" {
		return nil, errRecord
	}
	links, err := linkformat.Parse(k.Links, linkformat.Limits{Bytes: len(k.Links), Links: len(k.Links)})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	for _, a := range k.Attributes {
		if !linkformat.ValidName(a.Name) {
			return nil, errRecord
		}
	}
	r := &registration{
		key: key{k.Endpoint, k.Sector}, id: id, serial: k.Serial, base: k.Base, baseGiven: k.BaseGiven, link: k.Link,
		lifetime: k.Lifetime, since: k.Since, updated: k.Updated, expires: k.Expires, freshUntil: k.FreshUntil,
		owner: k.Owner, address: k.Address, simple: k.Simple, attributes: k.Attributes, links: links,
	}
	r.complete()
	return r, nil
}
