package dtls

import (
	"errors"
	"fmt"
	"reflect"

	pion "github.com/pion/dtls/v3"
)

// pion checks the cookie of a ClientHello against one that it made itself when the first came, which is state kept before
// the client proved its address, and in v3 there is no hook to give it another. So a handshake of pion begins only with a
// ClientHello whose cookie was checked here, pion is made to believe that it sent that very cookie, and the only way is
// to write over the bytes of its own in a private field. That is done on pion's goroutine, while it sends its
// HelloVerifyRequest and before it reads what answers that one, so nothing else looks at the field.

var errCookieField = errors.New("github.com/pion/dtls: Conn.state.cookie is not as in v3.1: stateless cookies need it")

// cookieField finds the field.
func cookieField(conn *pion.Conn) (reflect.Value, error) {
	state := reflect.ValueOf(conn).Elem().FieldByName("state")
	if !state.IsValid() || state.Kind() != reflect.Struct {
		return reflect.Value{}, errCookieField
	}
	field := state.FieldByName("cookie")
	if !field.IsValid() || field.Type() != reflect.TypeFor[[]byte]() {
		return reflect.Value{}, errCookieField
	}
	return field, nil
}

// setCookie writes over the cookie that pion made.
func setCookie(conn *pion.Conn, cookie []byte) error {
	field, err := cookieField(conn)
	if err != nil {
		return err
	}
	bytes := field.Bytes()
	if len(bytes) != len(cookie) {
		return fmt.Errorf("%w: it holds %d bytes", errCookieField, len(bytes))
	}
	copy(bytes, cookie)
	return nil
}

// checkPion says whether the pion that was linked is one that this package can work with.
func checkPion() error {
	_, err := cookieField(new(pion.Conn))
	return err
}
