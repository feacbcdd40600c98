package seal

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/zalando/go-keyring"

	"sluice/engine/mistakes"
)

// service is what the entries of the keyring are filed under.
const service = "Sluice"

// ask runs one call to the keyring, which may hang for as long as a dialogue to unlock it is open, or for ever without a
// session bus. The call goes on when ctx has ended; nobody waits for it.
func ask(ctx context.Context, call func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil { // the library trusts what the bus answers
				answered <- answer{err: mistakes.Errorf("the keyring cannot be used: %v", r)}
			}
		}()
		text, err := call()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func fromKeyring(ctx context.Context, account string) ([]byte, error) {
	kept := Kept{Where: Keyring}
	text, err := ask(ctx, func() (string, error) { return keyring.Get(service, account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, &Error{Reason: Lost, Kept: kept}
	}
	if err != nil {
		return nil, &Error{Reason: NotAnswering, Kept: kept, Err: err}
	}
	master, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(master) != masterSize {
		return nil, &Error{Reason: WrongKey, Kept: kept}
	}
	return master, nil
}

// toKeyring keeps master under an account that nothing else has, and reads it back: not every keyring that accepts also
// keeps.
func toKeyring(ctx context.Context, account string, master []byte) error {
	_, err := ask(ctx, func() (string, error) {
		return "", keyring.Set(service, account, base64.StdEncoding.EncodeToString(master))
	})
	if err != nil {
		return &Error{Reason: NotAnswering, Kept: Kept{Where: Keyring}, Err: err}
	}
	back, err := fromKeyring(ctx, account)
	if err != nil {
		return err
	}
	if string(back) != string(master) {
		return &Error{Reason: WrongKey, Kept: Kept{Where: Keyring}}
	}
	return nil
}

func forgetInKeyring(ctx context.Context, account string) error {
	_, err := ask(ctx, func() (string, error) { return "", keyring.Delete(service, account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}
