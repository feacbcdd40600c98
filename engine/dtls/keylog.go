package dtls

import (
	"bytes"
	"encoding/hex"
	"io"
)

// keyLog writes a handshake's line of the NSS key log format to what is asked for at that moment.
type keyLog struct {
	to     func() io.Writer
	random []byte // the client's
}

func keyLogFor(to func() io.Writer, random []byte) io.Writer {
	if to == nil {
		return nil
	}
	return keyLog{to, random}
}

// Write takes a line of pion, "CLIENT_RANDOM random secret". In a session that is taken up pion puts the server's random
// there, by which nobody finds it.
func (k keyLog) Write(line []byte) (int, error) {
	w := k.to()
	if w == nil {
		return len(line), nil
	}
	fields := bytes.SplitN(line, []byte(" "), 3)
	if len(fields) == 3 {
		fields[1] = []byte(hex.EncodeToString(k.random))
	}
	if _, err := w.Write(bytes.Join(fields, []byte(" "))); err != nil {
		return 0, err
	}
	return len(line), nil
}
