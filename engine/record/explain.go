package record

import (
	"fmt"
	"slices"
	"strings"
)

// Explanation says how a field is written and what it is for, phrase by phrase; it may be empty.
type Explanation []Phrase

// Phrase is one of Phrases, with what its placeholders stand for.
type Phrase struct {
	Text   string
	Values map[string]any // by the names in Text; nil where it has none
}

// String is the explanation in English.
func (e Explanation) String() string {
	texts := make([]string, len(e))
	for i, p := range e {
		texts[i] = p.Text
		for name, value := range p.Values {
			texts[i] = strings.ReplaceAll(texts[i], "{{."+name+"}}", fmt.Sprint(value))
		}
	}
	return strings.Join(texts, "; ")
}

// The phrases that explain fields.
const (
	phraseBits         = "bits {{.From}} to {{.To}} of byte 0: {{.Bits}}"
	phraseTokenLengths = "9 to 15 are reserved"
	phraseMessageID    = "16 bits"
	phraseJoins        = "joins a message with its ACK or RST, and tells duplicates"
	phraseToken        = "chosen by the client"
	phraseTokenJoins   = "joins a response with its request"
	phraseMarker       = "ends the options"
	phrasePayload      = "what follows is the payload"
	phraseClass        = "class {{.Class}} in the upper 3 bits {{.Bits}}"
	phraseCodeDetail   = "detail {{.Detail}} in the lower 5 bits {{.Bits}}"
	phraseEmpty        = "an empty message"
	phraseReserved     = "reserved"
	phraseNumber       = "number {{.Number}} = {{.Before}} + delta {{.Delta}}"
	phraseLength       = "length {{.Length}}"
	phraseExtended     = "bytes of extended delta or length: {{.Count}}"
	phraseLongLength   = "bytes of extended length: {{.Count}}"
	phraseBlock        = "NUM {{.Num}}, M {{.More}}, SZX {{.Size}}"
	phraseBlockFrom    = "from byte {{.Byte}} of the body on"
	phraseBERT         = "several blocks of 1024 bytes"
	phraseCritical     = "critical: who does not know it refuses the message"
	phraseElective     = "elective: who does not know it ignores it"
	phraseUnsafe       = "unsafe to forward"
	phraseSafe         = "safe to forward"
	phraseCacheKey     = "part of the cache key"
	phraseNoCacheKey   = "no part of the cache key"
	phraseRepeatable   = "repeatable"
)

// typeMeanings are what the types of messages are for (RFC 7252, section 4).
var typeMeanings = [4]string{
	"the receiver acknowledges or resets it", "nobody acknowledges it", "it acknowledges the CON with the same message ID",
	"the message with the same message ID could not be handled",
}

// codeClasses are the classes of codes (RFC 7252, section 3; RFC 8323, section 5.1).
var codeClasses = [8]string{0: "a request", 2: "success", 4: "a mistake of the client", 5: "a failure of the server", 7: "signaling"}

// Phrases are the English texts of all phrases, so that they can be translated.
func Phrases() []string {
	all := []string{
		phraseBits, phraseTokenLengths, phraseMessageID, phraseJoins, phraseToken, phraseTokenJoins, phraseMarker, phrasePayload, phraseClass,
		phraseCodeDetail, phraseEmpty, phraseReserved, phraseNumber, phraseLength, phraseExtended, phraseLongLength, phraseBlock, phraseBlockFrom,
		phraseBERT, phraseCritical, phraseElective, phraseUnsafe, phraseSafe, phraseCacheKey, phraseNoCacheKey, phraseRepeatable,
	}
	all = append(append(all, typeMeanings[:]...), codeClasses[:]...)
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}

func plain(texts ...string) Explanation {
	e := make(Explanation, len(texts))
	for i, text := range texts {
		e[i].Text = text
	}
	return e
}

// bits explains a part of the first byte, which is width bits wide.
func bits(from, to int, value byte, width int) Phrase {
	return Phrase{phraseBits, map[string]any{"From": from, "To": to, "Bits": fmt.Sprintf("%0*b", width, value)}}
}

// explain says more of the field that was added last.
func (d *decoder) explain(e ...Phrase) {
	d.m.Fields[len(d.m.Fields)-1].Explain = e
}

func codeExplained(code byte) Explanation {
	class := codeClasses[code>>5]
	switch {
	case code == 0:
		class = phraseEmpty
	case class == "":
		class = phraseReserved
	}
	return Explanation{
		{phraseClass, map[string]any{"Class": code >> 5, "Bits": fmt.Sprintf("%03b", code>>5)}}, {Text: class},
		{phraseCodeDetail, map[string]any{"Detail": fmt.Sprintf("%02d", code&0x1f), "Bits": fmt.Sprintf("%05b", code&0x1f)}},
	}
}

// repeatable are the options that may come several times (RFC 7252, section 5.10, table 4; RFC 9175, section 3.2).
var repeatable = map[int]bool{1: true, 4: true, optionLocationPath: true, optionURIPath: true, optionURIQuery: true, optionLocationQuery: true,
	optionQBlock2: true, 292: true}

// optionProperties tells what the bits of an option's number say (RFC 7252, section 5.4.6).
func optionProperties(number int) Explanation {
	properties := plain(phraseElective)
	if number&1 != 0 {
		properties = plain(phraseCritical)
	}
	switch {
	case number&2 != 0:
		properties = append(properties, plain(phraseUnsafe)...)
	case number&0x1e == 0x1c:
		properties = append(properties, plain(phraseSafe, phraseNoCacheKey)...)
	default:
		properties = append(properties, plain(phraseSafe, phraseCacheKey)...)
	}
	if repeatable[number] {
		properties = append(properties, plain(phraseRepeatable)...)
	}
	return properties
}

// explainOption tells how an option is written and what it means beyond its value.
func (c *coapDecoder) explainOption(number, previous int, value []byte, start, valueAt int) {
	e := Explanation{
		{phraseNumber, map[string]any{"Number": number, "Before": previous, "Delta": number - previous}},
		{phraseLength, map[string]any{"Length": len(value)}},
	}
	if extra := valueAt - start - 1; extra > 0 {
		e = append(e, Phrase{phraseExtended, map[string]any{"Count": extra}})
	}
	switch number {
	case optionBlock1, optionBlock2, optionQBlock1, optionQBlock2:
		if v, ok := uintValue(value); ok && c.signal == 0 {
			e = append(e, blockBits(v, c.stream)...)
		}
	}
	properties := optionProperties(number)
	if c.signal != 0 { // numbers of signaling options have no such bits but the lowest (RFC 8323, section 5.2)
		properties = properties[:1]
	}
	c.explain(append(e, properties...)...)
}

// blockBits tells the parts of a Block option (RFC 7959, section 2.2; RFC 8323, section 6).
func blockBits(v uint32, stream bool) Explanation {
	num, more, szx := v>>4, v>>3&1, v&7
	e := Explanation{{phraseBlock, map[string]any{"Num": num, "More": more, "Size": szx}}}
	switch {
	case szx < 7:
		e = append(e, Phrase{phraseBlockFrom, map[string]any{"Byte": uint64(num) << (4 + szx)}})
	case stream:
		e = append(e, Phrase{Text: phraseBERT}, Phrase{phraseBlockFrom, map[string]any{"Byte": uint64(num) << 10}})
	}
	return e
}
