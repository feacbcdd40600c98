package widget

import (
	"strings"
	"sync"
	"unicode/utf8"

	"fyne.io/fyne/v2"
)

// face is a font in a size.
type face struct {
	size  float32
	style fyne.TextStyle
}

// advances remembers how wide each rune is, because a table cuts thousands of texts a second and the toolkit shapes and
// remembers every string that it is asked to measure. Tests draw several windows at once, hence the lock.
var advances = struct {
	sync.Mutex
	faces map[face]map[rune]float32
}{faces: make(map[face]map[rune]float32)}

func (f face) advance(known map[rune]float32, r rune) float32 {
	if f.style.Monospace && r < utf8.RuneSelf && !spelt(r) {
		r = 'x'
	}
	width, ok := known[r]
	if !ok {
		const times = 8 // evens out rounding
		width = fyne.MeasureText(strings.Repeat(plain(string(r)), times), f.size, f.style).Width / times
		known[r] = width
	}
	return width
}

func (f face) known() map[rune]float32 {
	known := advances.faces[f]
	if known == nil {
		known = make(map[rune]float32)
		advances.faces[f] = known
	}
	return known
}

// width is how long s is, without kerning.
func (f face) width(s string) float32 {
	advances.Lock()
	defer advances.Unlock()
	known := f.known()
	var total float32
	for _, r := range s {
		total += f.advance(known, r)
	}
	return total
}

const (
	// joined is the first letter of the scripts whose letters are joined, and then take less room than alone: Hebrew and
	// what follows it in Unicode.
	joined = '\u0590'
	// kerning is how much the sum of the letters may be wider than a text of letters that are not joined.
	kerning = 1.05
	// joining is the same for letters that are.
	joining = 3
)

// fits reports whether the whole of s has room. The letters one by one decide, but where they come close s is measured.
func (f face) fits(known map[rune]float32, s string, room float32) bool {
	room += 0.5
	var total float32
	slack := float32(kerning)
	for _, r := range s {
		if r >= joined {
			slack = joining
		}
		if total += f.advance(known, r); total > room*slack {
			return false
		}
	}
	return total <= room || fyne.MeasureText(plain(s), f.size, f.style).Width <= room
}

// fit cuts s with an ellipsis when it is wider than room.
func (f face) fit(s string, room float32) string {
	advances.Lock()
	defer advances.Unlock()
	known := f.known()
	if f.fits(known, s, room) {
		return s
	}
	left := room - f.advance(known, '…')
	cut := 0 // the end of what fits together with the ellipsis
	for cut < len(s) {
		r, size := utf8.DecodeRuneInString(s[cut:])
		if left -= f.advance(known, r); left < 0 {
			break
		}
		cut += size
	}
	if cut == 0 {
		return ""
	}
	return strings.TrimRight(s[:cut], " ") + "…"
}

// fitMiddle cuts s in its middle when it is wider than room: more than half of what stays is its end, which of a topic or
// a name tells more than its beginning.
func (f face) fitMiddle(s string, room float32) string {
	advances.Lock()
	defer advances.Unlock()
	known := f.known()
	if f.fits(known, s, room) {
		return s
	}
	left := room - f.advance(known, '…')
	tail, head := len(s), 0
	for budget := 0.6 * left; tail > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:tail])
		if budget -= f.advance(known, r); budget < 0 {
			break
		}
		tail, left = tail-size, left-f.advance(known, r)
	}
	for head < tail {
		r, size := utf8.DecodeRuneInString(s[head:])
		if left -= f.advance(known, r); left < 0 {
			break
		}
		head += size
	}
	if head == 0 && tail == len(s) {
		return ""
	}
	return strings.TrimRight(s[:head], " ") + "…" + strings.TrimLeft(s[tail:], " ")
}

// height is that of a line.
func (f face) height() float32 {
	return fyne.MeasureText("M", f.size, f.style).Height
}
