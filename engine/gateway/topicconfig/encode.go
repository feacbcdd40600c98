package topicconfig

import "github.com/fxamacker/cbor/v2"

var encoder = newEncoder()

func newEncoder() cbor.EncMode {
	e, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic("topicconfig: " + err.Error()) // the options are constants
	}
	return e
}

// Encode returns the map of the properties.
func (p *Properties) Encode() []byte {
	entries := make(map[Key]any, keys)
	for k := range keys {
		if p.Has(k) {
			entries[k] = p.value(k)
		}
	}
	b, err := encoder.Marshal(entries)
	if err != nil {
		// Strings, numbers and dates from 1970 on can all be encoded.
		panic("topicconfig: encode: " + err.Error())
	}
	return b
}

// value is a property as the encoder takes it.
func (p *Properties) value(k Key) any {
	switch k {
	case TopicName:
		return p.TopicName
	case TopicData:
		return p.TopicData
	case ResourceType:
		return p.ResourceType
	case TopicContentFormat:
		return p.TopicContentFormat
	case TopicType:
		return p.TopicType
	case ExpirationDate:
		if p.ExpirationDate.Nanosecond() == 0 {
			return cbor.Tag{Number: 1, Content: p.ExpirationDate.Unix()}
		}
		return cbor.Tag{Number: 1, Content: float64(p.ExpirationDate.Unix()) + float64(p.ExpirationDate.Nanosecond())/1e9}
	case MaxSubscribers:
		return p.MaxSubscribers
	case ObserverCheck:
		return p.ObserverCheck
	}
	if p.Initialize == nil {
		return []byte{}
	}
	return p.Initialize
}
