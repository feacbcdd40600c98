package collection

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// The registered options by their names in lower case, and by their numbers.
var optionsByName, optionsByNumber = registered()

func registered() (byName map[string]record.Option, byNumber map[int]record.Option) {
	byName, byNumber = map[string]record.Option{}, map[int]record.Option{}
	for _, o := range record.Options() {
		byName[strings.ToLower(o.Name)] = o
		byNumber[o.Number] = o
	}
	return byName, byNumber
}

// optionNumber returns the number of an option by its name, or of Option-NUMBER.
func optionNumber(name string) (message.OptionID, error) {
	if o, ok := optionsByName[strings.ToLower(name)]; ok {
		return message.OptionID(o.Number), nil
	}
	if digits, ok := cutPrefixFold(name, "Option-"); ok {
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return message.OptionID(n), nil
		}
	}
	return 0, mistakes.Errorf("%q is no option; name a registered one, or Option-NUMBER", name)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// optionName is the registered name, or Option-NUMBER.
func optionName(id message.OptionID) string {
	if o, ok := optionsByNumber[int(id)]; ok {
		return o.Name
	}
	return "Option-" + strconv.Itoa(int(id))
}

// Check reports a mistake that shows before variables are replaced.
func (o Option) Check() error { return o.check() }

// check reports a mistake that shows before variables are replaced.
func (o Option) check() error {
	if _, err := optionNumber(o.Name); err != nil {
		return err
	}
	if placeholder.MatchString(o.Value) {
		return nil
	}
	_, err := o.encode()
	return err
}

// Bytes is the value as it goes, where variables are replaced.
func (o Option) Bytes() ([]byte, error) {
	encoded, err := o.encode()
	return encoded.Value, err
}

// encode returns the option as it goes.
func (o Option) encode() (message.Option, error) {
	id, err := optionNumber(o.Name)
	if err != nil {
		return message.Option{}, err
	}
	value, err := encodeValue(id, o.Value)
	if err != nil {
		return message.Option{}, mistakes.Errorf("%s: %q %w", o.Name, o.Value, err)
	}
	return message.Option{ID: id, Value: value}, nil
}

func encodeValue(id message.OptionID, text string) ([]byte, error) {
	format := record.OpaqueOption
	if o, ok := optionsByNumber[int(id)]; ok {
		format = o.Format
	}
	if digits, ok := cutPrefixFold(text, "0x"); ok && format != record.StringOption {
		b, err := hex.DecodeString(digits)
		switch {
		case errors.Is(err, hex.ErrLength):
			return nil, mistakes.New("has half a byte: each has two digits")
		case err != nil:
			return nil, mistakes.New("is not hexadecimal")
		}
		return b, nil
	}
	switch {
	case format == record.EmptyOption && text != "":
		return nil, mistakes.New("is a value, of which the option has none")
	case format != record.UintOption:
		return []byte(text), nil
	case id == message.ContentFormat || id == message.Accept:
		if number, ok := record.ContentFormatNumber(text); ok {
			return uintBytes(uint64(number)), nil
		}
		if text == "" || text[0] < '0' || text[0] > '9' {
			return nil, mistakes.New("is no registered media type; its number will do, too")
		}
	case (id == message.Block1 || id == message.Block2) && strings.Contains(text, "/"):
		return encodeBlock(text)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, mistakes.New("is neither a whole number nor 0x and bytes in hexadecimal")
	}
	return uintBytes(n), nil
}

// encodeBlock reads NUM/MORE/SIZE.
func encodeBlock(text string) ([]byte, error) {
	var num, more, size uint64
	if n, err := fmt.Sscanf(text, "%d/%d/%d", &num, &more, &size); err != nil || n != 3 || num >= 1<<20 || more > 1 ||
		size < 16 || size > 1024 || size&(size-1) != 0 {
		return nil, mistakes.New("is not NUM/MORE/SIZE with MORE 0 or 1 and a SIZE from 16 to 1024")
	}
	v := num<<4 | more<<3
	for s := uint64(16); s < size; s <<= 1 {
		v++
	}
	return uintBytes(v), nil
}

func uintBytes(v uint64) []byte {
	var b []byte
	for ; v > 0; v >>= 8 {
		b = append([]byte{byte(v)}, b...)
	}
	return b
}

func uintOf(b []byte) (v uint64, ok bool) {
	if len(b) > 8 {
		return 0, false
	}
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, true
}

// DescribeOption returns an option's name and its value as people read it, which an Option may have.
func DescribeOption(o message.Option) Option {
	return Option{optionName(o.ID), optionText(o)}
}

func optionText(o message.Option) string {
	format := record.OpaqueOption
	if known, ok := optionsByNumber[int(o.ID)]; ok {
		format = known.Format
	}
	v, ok := uintOf(o.Value)
	switch {
	case format == record.UintOption && ok && string(uintBytes(v)) != string(o.Value), format == record.UintOption && !ok:
		return "0x" + hex.EncodeToString(o.Value)
	case (o.ID == message.ContentFormat || o.ID == message.Accept) && record.ContentFormatName(int(min(v, 1<<16))) != "":
		return record.ContentFormatName(int(v))
	case (o.ID == message.Block1 || o.ID == message.Block2) && v&7 < 7 && v < 1<<24:
		return fmt.Sprintf("%d/%d/%d", v>>4, v>>3&1, 16<<(v&7))
	case format == record.UintOption:
		return strconv.FormatUint(v, 10)
	case format == record.StringOption && utf8.Valid(o.Value):
		return string(o.Value)
	case len(o.Value) == 0:
		return ""
	}
	return "0x" + hex.EncodeToString(o.Value)
}

// tokenOf reads empty or 0x and hexadecimal.
func tokenOf(text string) (message.Token, error) {
	if text == "empty" {
		return message.Token{}, nil
	}
	digits, ok := cutPrefixFold(text, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) == 0 || len(b) > 8 {
		return nil, mistakes.New("is neither empty nor 0x and 1 to 8 bytes in hexadecimal")
	}
	return b, nil
}
