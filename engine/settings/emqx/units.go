package emqx

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// durationUnits are those of EMQX, written in either case.
var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

var durationPart = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([a-zA-Z]+)\s*`)

// parseDuration reads "30s", "1h30m", "500ms" or a bare number of unit.
func parseDuration(s string, unit time.Duration) (time.Duration, error) {
	if n, err := strconv.ParseUint(s, 10, 48); err == nil {
		return whole(float64(n) * float64(unit)), nil
	}
	total := 0.0
	for rest := s; rest != "" || s == ""; {
		part := durationPart.FindStringSubmatch(rest)
		if part == nil {
			return 0, mistakes.Errorf("is %q, which is not a duration", s)
		}
		of, known := durationUnits[strings.ToLower(part[2])]
		n, err := strconv.ParseFloat(part[1], 64)
		if !known || err != nil {
			return 0, mistakes.Errorf("is %q, which is not a duration", s)
		}
		total += n * float64(of)
		rest = rest[len(part[0]):]
	}
	return whole(total), nil
}

// whole is a duration of ns nanoseconds, or the longest there is.
func whole(ns float64) time.Duration {
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(ns))
}

var sizeForm = regexp.MustCompile(`(?i)^([0-9]{1,12})\s*(kb|mb|gb)?$`)

// parseSize reads "4MB" or a bare number of bytes; units are powers of 1024.
func parseSize(s string) (settings.Size, error) {
	form := sizeForm.FindStringSubmatch(s)
	if form == nil {
		return 0, mistakes.Errorf("is %q, which is not a size", s)
	}
	n, err := strconv.ParseInt(form[1], 10, 64)
	if err != nil {
		return 0, mistakes.Errorf("is %q, which is not a size", s)
	}
	switch strings.ToLower(form[2]) {
	case "kb":
		n <<= 10
	case "mb":
		n <<= 20
	case "gb":
		// 12 digits times 2^30 may be more than is held; it is too much in any case.
		n = min(n, 1<<30) << 30
	}
	return settings.Size(n), nil
}
