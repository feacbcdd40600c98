package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/mistakes"
)

// record is a SenML record, RFC 8428, sections 4.3 and 6.
type record struct {
	BaseName  string   `json:"bn" cbor:"-2,keyasint,omitempty"`
	BaseTime  float64  `json:"bt" cbor:"-3,keyasint,omitempty"`
	BaseUnit  string   `json:"bu" cbor:"-4,keyasint,omitempty"`
	BaseValue *float64 `json:"bv" cbor:"-5,keyasint,omitempty"`
	BaseSum   *float64 `json:"bs" cbor:"-6,keyasint,omitempty"`
	Name      string   `json:"n" cbor:"0,keyasint,omitempty"`
	Unit      string   `json:"u" cbor:"1,keyasint,omitempty"`
	Value     *float64 `json:"v" cbor:"2,keyasint,omitempty"`
	String    *string  `json:"vs" cbor:"3,keyasint,omitempty"`
	Bool      *bool    `json:"vb" cbor:"4,keyasint,omitempty"`
	Sum       *float64 `json:"s" cbor:"5,keyasint,omitempty"`
	Time      float64  `json:"t" cbor:"6,keyasint,omitempty"`
	JSONData  string   `json:"vd" cbor:"-"`
	CBORData  []byte   `json:"-" cbor:"8,keyasint,omitempty"`
}

var errNoRecords = mistakes.New("no SenML records")

// parseSenML reads a pack in either representation and resolves its base fields (RFC 8428, section 4.6).
func parseSenML(data []byte) ([]record, error) {
	var records []record
	var err error
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		err = json.Unmarshal(trimmed, &records)
	} else {
		err = cbor.Unmarshal(data, &records)
	}
	if err != nil {
		return nil, mistakes.Errorf("read SenML: %w", err)
	}
	resolved := make([]record, 0, len(records))
	var base record
	for _, r := range records {
		base = base.rebase(r)
		r.Name = base.BaseName + r.Name
		r.Time += base.BaseTime
		if r.Unit == "" {
			r.Unit = base.BaseUnit
		}
		r.Value, r.Sum = plus(r.Value, base.BaseValue), plus(r.Sum, base.BaseSum)
		if r.Name != "" && r.hasValue() {
			resolved = append(resolved, r)
		}
	}
	if len(resolved) == 0 {
		return nil, errNoRecords
	}
	return resolved, nil
}

// rebase returns the base fields that hold from r on.
func (b record) rebase(r record) record {
	if r.BaseName != "" {
		b.BaseName = r.BaseName
	}
	if r.BaseTime != 0 {
		b.BaseTime = r.BaseTime
	}
	if r.BaseUnit != "" {
		b.BaseUnit = r.BaseUnit
	}
	if r.BaseValue != nil {
		b.BaseValue = r.BaseValue
	}
	if r.BaseSum != nil {
		b.BaseSum = r.BaseSum
	}
	return b
}

func plus(v, base *float64) *float64 {
	if v == nil || base == nil {
		return v
	}
	sum := *v + *base
	return &sum
}

func (r record) hasValue() bool {
	return r.Value != nil || r.String != nil || r.Bool != nil || r.Sum != nil || r.JSONData != "" || r.CBORData != nil
}

// isSenML reports whether a body that says nothing about itself is a pack.
func isSenML(data []byte) bool {
	_, err := parseSenML(data)
	return err == nil
}

// absoluteFrom is where times stop being relative to now, RFC 8428, section 4.5.3.
const absoluteFrom = 1 << 28

func (r record) line() Line {
	line := Line{{pictured(r.Name), Key}, {"  ", Plain}}
	switch {
	case r.Value != nil:
		line = append(line, Span{decimal(*r.Value), Numeral})
	case r.String != nil:
		line = append(line, Span{strconv.Quote(*r.String), String})
	case r.Bool != nil:
		line = append(line, Span{strconv.FormatBool(*r.Bool), Word})
	case r.JSONData != "":
		line = append(line, Span{pictured(r.JSONData), String})
	case r.CBORData != nil:
		line = append(line, Span{fmt.Sprintf("h'%x'", r.CBORData), String})
	}
	if r.Unit != "" {
		line = append(line, Span{" " + pictured(unitSign(r.Unit)), Plain})
	}
	if r.Sum != nil {
		line = append(line, Span{"  sum " + decimal(*r.Sum), Muted})
	}
	if r.Time >= absoluteFrom && r.Time < 1<<40 {
		at := time.UnixMilli(int64(r.Time * 1000)).UTC()
		line = append(line, Span{"  " + at.Format("2006-01-02T15:04:05.999Z"), Muted})
	} else if r.Time != 0 {
		line = append(line, Span{"  " + strconv.FormatFloat(r.Time, 'f', -1, 64) + " s", Muted})
	}
	return line
}

func decimal(v float64) string {
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// unitSign writes the units of the SenML registry (RFC 8428, section 12.1) as people do.
func unitSign(unit string) string {
	switch unit {
	case "Cel":
		return "°C"
	case "%RH", "%EL":
		return "%"
	case "Ohm":
		return "Ω"
	}
	return unit
}
