package pki

import (
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

// ParseLifetime reads a lifetime: a number of days, or numbers with units, such as 90, 90d, 12w, 2y, 36h or 1d12h.
func ParseLifetime(text string) (time.Duration, error) {
	bad := mistakes.Errorf("the lifetime %.40q is neither a number of days, such as 90, nor a duration, such as 36h, 90d or 2y", text)
	if days, err := strconv.ParseUint(text, 10, 64); err == nil {
		if days == 0 || days > uint64(maxLifetime/day) {
			return 0, mistakes.Errorf("the lifetime %.40q is not between 1 and %d days", text, maxLifetime/day)
		}
		return time.Duration(days) * day, nil
	}
	var lifetime time.Duration
	for rest := strings.ToLower(text); rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 9 || digits == len(rest) {
			return 0, bad
		}
		number, err := strconv.Atoi(rest[:digits])
		unit, known := lifetimeUnits[rest[digits]]
		if err != nil || !known {
			return 0, bad
		}
		if time.Duration(number) > (maxLifetime-lifetime)/unit {
			return 0, mistakes.Errorf("the lifetime %.40q is longer than 100 years", text)
		}
		lifetime += time.Duration(number) * unit
		rest = rest[digits+1:]
	}
	if lifetime < time.Minute {
		return 0, bad
	}
	return lifetime, nil
}

var lifetimeUnits = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day, 'y': 365 * day}
