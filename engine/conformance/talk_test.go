package conformance

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A conversation is a step a line. The first word is who does it: a, b, … are devices, each with a socket of its own
// (a@1 speaks to the second CoAP listener), m, m2, … are MQTT clients.
//
//	a GET ps/x?c=1 observe=0 tkn=01 -> 2.05 observe=*      asks; what must come back, complete
//	a NON POST ps/x mid=7 : payload -> 2.04 mid=same       CON, a new message ID and a new token are the defaults
//	a raw 40010007 -> RST                                  sends any bytes
//	a raw 50010007f0 -> nothing                            but to a ping; silence: not even to that
//	a again -> same                                        sends the last request again; the same bytes must come back
//	a told NON 01 2.05 observe=* "payload"                 a notification, by type, token and content; ACKs it
//	a hears CON 01 2.05 mid=same "x"                       does not; mid=same or mid=next: as, or after, the one before
//	a acks, a acks 2.04, a resets                          answers what it heard last
//	a silent                                               nothing came
//	m subscribes FILTER [qN], m publishes TOPIC [qN] [retain] [expiry=S] : payload
//	m gets TOPIC qN [retain] [expiry=S] "payload", m gets nothing
//	m stays, m goes                                        its connection is kept, or ended by the gateway
//	gateway restarts | knows ID | forgets ID | kicks ID | counts N (CoAP clients) | checks TOKEN |
//	dates X IN (in X, the Unix time in a duration)
//	wait 1s
//	for 1..100 STEP ; STEP                                 $I is the number
//
// The type of an answer is ACK to CON and NON to NON unless the row names one, and its token that of the request. A $ and
// a capital stand for what came in its place first. * matches anything; observe>$A wants a later value than A (RFC 7641,
// section 3.4), maxage<60 a smaller one, etc allows other options, and any payload if the
// row has none; opt6=00 means the bytes of option 6, whatever its name. A payload @N are N bytes that differ everywhere, @N[i:j] a part of them; payloads of the Content-Formats
// 606 and 60 are in CBOR diagnostic notation. Path segments end at slashes, queries at &; nothing is percent-decoded.
func (w *world) converse(talk string) error {
	for line := range strings.Lines(talk) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := w.step(line); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

var letter = regexp.MustCompile(`\$[A-Z]\b`)

// fill puts what is remembered in place of its letters.
func (w *world) fill(line string) string {
	return letter.ReplaceAllStringFunc(line, func(name string) string {
		if v, ok := w.values[name]; ok {
			return v
		}
		return name
	})
}

func (w *world) step(line string) error {
	who, what, _ := strings.Cut(w.fill(line), " ")
	switch {
	case who == "for":
		return w.repeat(strings.TrimPrefix(line, "for "))
	case who == "wait":
		d, err := time.ParseDuration(what)
		time.Sleep(d)
		return err
	case who == "gateway":
		return w.manage(what)
	case who[0] == 'm':
		c, err := w.client(who)
		if err != nil {
			return err
		}
		return w.listen(c, what)
	}
	d, err := w.device(who)
	if err != nil {
		return err
	}
	return w.speak(d, what)
}

func (w *world) repeat(line string) error {
	span, steps, _ := strings.Cut(line, " ")
	var from, to int
	if _, err := fmt.Sscanf(span, "%d..%d", &from, &to); err != nil {
		return err
	}
	for i := from; i <= to; i++ {
		w.values["$I"] = strconv.Itoa(i)
		for step := range strings.SplitSeq(steps, " ; ") {
			if err := w.step(step); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	}
	return nil
}

func (w *world) manage(what string) error {
	verb, id, _ := strings.Cut(what, " ")
	switch verb {
	case "restarts":
		return w.restart()
	case "knows":
		return w.knows(id, true)
	case "forgets":
		return w.knows(id, false)
	case "dates":
		name, in, _ := strings.Cut(id, " ")
		d, err := time.ParseDuration(in)
		w.values["$"+name] = strconv.FormatInt(time.Now().Add(d).Unix(), 10)
		return err
	case "checks":
		if n, err := strconv.ParseUint(id, 10, 32); err != nil || n == 0 || strconv.FormatUint(n, 10) != id {
			return errors.New("not a token")
		}
		return nil
	case "counts":
		n, err := strconv.Atoi(id)
		if got := w.count(); err == nil && got != n {
			err = fmt.Errorf("there are %d", got)
		}
		return err
	case "kicks":
		key, found := w.key(id)
		if !found || !w.engine.Disconnect(key) {
			return errors.New("there is no such client")
		}
		return nil
	}
	return errors.New("unknown step")
}

// speak does a step of a device.
func (w *world) speak(d *device, what string) error {
	verb, rest, _ := strings.Cut(what, " ")
	switch verb {
	case "told", "hears":
		return w.hear(d, rest, verb == "told")
	case "acks":
		m := message{typ: ack, mid: d.heard.mid}
		if rest != "" {
			m.code, m.token = parseCode(rest), d.heard.token
		}
		return d.send(m.encode())
	case "resets":
		return d.send((&message{typ: rst, mid: d.heard.mid}).encode())
	case "silent":
		if m, err := d.read(quiet, isNotification); m != nil || err != nil {
			return errors.Join(err, fmt.Errorf("got %v", m))
		}
		return nil
	}
	request, answer, awaited := what, "", false
	if i := strings.LastIndex(what, " -> "); i >= 0 {
		request, answer, awaited = what[:i], what[i+4:], true
	}
	datagram, err := d.sent, error(nil)
	switch verb {
	case "again":
	case "raw":
		datagram, err = hex.DecodeString(strings.ReplaceAll(request[4:], " ", ""))
		d.asked = message{}
		if len(datagram) >= 4 {
			d.asked = message{typ: int(datagram[0] >> 4 & 3), mid: uint16(datagram[2])<<8 | uint16(datagram[3])}
		}
	default:
		d.asked, err = d.parse(request)
		datagram = d.asked.encode()
	}
	if err != nil {
		return err
	}
	d.sent = datagram
	if err := d.send(datagram); err != nil || !awaited {
		return err
	}
	return w.await(d, answer, verb == "raw")
}

// await compares the answer to what was just sent. raw is what token and type are not known of.
func (w *world) await(d *device, answer string, raw bool) error {
	if answer == "nothing" || answer == "silence" {
		m, err := d.read(quiet, d.answers)
		if err == nil && m != nil {
			err = fmt.Errorf("got %v", m)
		}
		if err == nil && answer == "nothing" {
			err = d.pings()
		}
		return err
	}
	m, err := d.read(patience, d.answers)
	if err != nil {
		return err
	}
	if m == nil {
		return errors.New("no answer")
	}
	before := d.answered
	d.answered = *m
	if answer == "same" {
		if !bytes.Equal(m.datagram, before.datagram) {
			return fmt.Errorf("got %v, before that %v", m, before)
		}
		return nil
	}
	e, err := parseExpected(answer)
	if err != nil {
		return err
	}
	if m.typ == ack && m.code == 0 && e.typ < 0 && !raw { // a machine that is busy: the response comes later
		return w.hear(d, fmt.Sprintf("CON %x %s", d.asked.token, answer), true)
	}
	if e.typ < 0 && !raw {
		e.typ = ack
		if d.asked.typ == non {
			e.typ = non
		}
	}
	if e.token == nil && m.code != 0 && !raw {
		e.token = &d.asked.token
	}
	return w.compare(m, e, d.asked.mid)
}

// hear compares the next notification.
func (w *world) hear(d *device, want string, acknowledge bool) error {
	typ, rest, _ := strings.Cut(want, " ")
	tkn, rest, _ := strings.Cut(rest, " ")
	if typ != "*" {
		rest = typ + " " + rest
	}
	e, err := parseExpected(rest)
	if err != nil {
		return err
	}
	if tkn != "*" {
		token, err := hex.DecodeString(tkn)
		if err != nil {
			return err
		}
		e.token = &token
	}
	m, err := d.read(patience, isNotification)
	if err != nil {
		return err
	}
	if m == nil {
		return errors.New("nothing came")
	}
	before := d.heard
	if d.heard = *m; acknowledge && m.typ == con {
		if err := d.send((&message{typ: ack, mid: m.mid}).encode()); err != nil {
			return err
		}
	}
	return w.compare(m, e, before.mid)
}
