package collection

// Path leads to a value in a payload, in the notation of expect: $.name[0]["other name"].
type Path struct{ steps []step }

// ParsePath reads a path.
func ParsePath(text string) (Path, error) {
	steps, err := parsePath(text)
	return Path{steps}, err
}

// In follows the path into a payload in JSON, or else in CBOR, and returns the value as text. Nothing is found in a payload
// that is neither, nor where the path does not lead.
func (p Path) In(payload []byte) (text string, ok bool) {
	value, err := readJSON(payload)
	if err != nil {
		if value, err = readCBOR(payload); err != nil {
			return "", false
		}
	}
	if value, err = walk(value, p.steps); err != nil {
		return "", false
	}
	return textOf(value), true
}
