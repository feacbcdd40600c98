package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

var errUnit = mistakes.New("cannot be read")

// parseDuration reads "30s", "1m30s", "500ms".
func parseDuration(s string) (Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errUnit
	}
	return Duration(d), nil
}

// seconds makes a duration of whole seconds; a number too large to hold becomes the largest one.
func seconds(n int64) Duration {
	if n > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	if n < math.MinInt64/int64(time.Second) {
		return math.MinInt64
	}
	return Duration(n) * Duration(time.Second)
}

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes d in the one unit that holds it whole, such as 247s, or mixed as time.Duration does.
func (d Duration) String() string {
	std := time.Duration(d)
	switch {
	case std == 0:
		return "0s"
	case std%time.Hour == 0:
		return fmt.Sprintf("%dh", std/time.Hour)
	case std%time.Minute == 0:
		return fmt.Sprintf("%dm", std/time.Minute)
	case std%time.Second == 0:
		return fmt.Sprintf("%ds", std/time.Second)
	}
	return std.String()
}

// MarshalText writes d as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

const (
	kilobyte Size = 1 << 10
	megabyte Size = 1 << 20
	gigabyte Size = 1 << 30
)

// parseSize reads "4MB", "512KB", "1GB" or a number of bytes; case does not matter.
func parseSize(s string) (Size, error) {
	digits, unit := strings.ToUpper(strings.TrimSpace(s)), Size(1)
	for _, u := range []struct {
		suffix string
		size   Size
	}{{"KB", kilobyte}, {"MB", megabyte}, {"GB", gigabyte}} {
		if rest, ok := strings.CutSuffix(digits, u.suffix); ok {
			digits, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0, errUnit
	}
	return Size(n) * unit, nil
}

// String writes s in the largest unit that holds it whole.
func (s Size) String() string {
	switch {
	case s == 0:
		return "0"
	case s%gigabyte == 0:
		return fmt.Sprintf("%dGB", s/gigabyte)
	case s%megabyte == 0:
		return fmt.Sprintf("%dMB", s/megabyte)
	case s%kilobyte == 0:
		return fmt.Sprintf("%dKB", s/kilobyte)
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText writes s as String does.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
