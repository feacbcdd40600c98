// Package format turns numbers, sizes and times into the words the window uses everywhere.
package format

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// None stands where there is nothing to say.
const None = "—"

// Count writes n with a comma at every thousand: 12,402.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 3 {
		return sign + digits
	}
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}

// Bytes writes a size in bytes, kB, MB or GB of a thousand each: 118 bytes, 4.1 kB.
func Bytes(n int64) string {
	if n == 1 || n == -1 {
		return Count(n) + " byte"
	}
	if n > -1000 && n < 1000 {
		return Count(n) + " bytes"
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB"} {
		value /= 1000
		if math.Abs(value) < 999.5 {
			break
		}
	}
	return short(value) + " " + unit
}

// Rate writes how often something happens: 412/s, 0.5/s.
func Rate(perSecond float64) string {
	if math.IsNaN(perSecond) || math.IsInf(perSecond, 0) {
		return None
	}
	return short(perSecond) + "/s"
}

// short has one decimal below ten and none above.
func short(v float64) string {
	if math.Abs(v) < 9.95 {
		rounded := math.Round(v*10) / 10
		if rounded == math.Trunc(rounded) {
			return Count(int64(rounded))
		}
		return strconv.FormatFloat(rounded, 'f', 1, 64)
	}
	if math.Abs(v) >= math.MaxInt64 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return Count(int64(math.Round(v)))
}

// Number writes a measured value with at most four digits behind the point, fewer when it is large: 23.4, 1,480.
func Number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return None
	case v == 0:
		return "0"
	case math.Abs(v) >= 1e12 || math.Abs(v) < 1e-4:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	decimals := max(0, 4-max(0, int(math.Floor(math.Log10(math.Abs(v))))))
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction := text, ""
	if decimals > 0 {
		whole, fraction = text[:len(text)-decimals-1], text[len(text)-decimals:]
	}
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return text
	}
	out := Count(n)
	if fraction != "" {
		out += "." + fraction
	}
	if v < 0 && out != "0" {
		out = "-" + out
	}
	return out
}

// Percent writes the share of part in whole: 0.02 %. Without a whole there is no share.
func Percent(part, whole int64) string {
	if whole == 0 {
		return None
	}
	share := 100 * float64(part) / float64(whole)
	decimals := 0
	switch {
	case share != 0 && math.Abs(share) < 0.995:
		decimals = 2
	case math.Abs(share) < 9.95:
		decimals = 1
	}
	text := strconv.FormatFloat(share, 'f', decimals, 64)
	if n := len(text); decimals == 1 && text[n-2:] == ".0" {
		text = text[:n-2]
	}
	return text + " %"
}

// Duration writes a length of time with the two largest units that matter: 0.9 ms, 0.4 s, 29 s, 48m, 2h 11m, 3d 4h.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-max(d, -math.MaxInt64))
	}
	two := func(large, small time.Duration, a, b string) string {
		n, rest := d/large, d%large/small
		if rest == 0 {
			return strconv.FormatInt(int64(n), 10) + a
		}
		return strconv.FormatInt(int64(n), 10) + a + " " + pad(int64(rest)) + b
	}
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return "0 s"
	case d < time.Millisecond:
		return strconv.FormatInt(int64(d/time.Microsecond), 10) + " µs"
	case d < 100*time.Millisecond:
		return short(float64(d)/float64(time.Millisecond)) + " ms"
	case d < 9950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return strconv.FormatInt(int64(d/time.Second), 10) + " s"
	case d < 10*time.Minute:
		return two(time.Minute, time.Second, "m", "s")
	case d < time.Hour:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	case d < day:
		return two(time.Hour, time.Minute, "h", "m")
	}
	return two(day, time.Hour, "d", "h")
}

// Interval writes a time as users type it, without what is zero: 10s, 1m30s, 2h.
func Interval(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func pad(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// Clock writes the local time of day with milliseconds: 14:02:11.482.
func Clock(t time.Time) string {
	return t.Local().Format("15:04:05.000")
}
