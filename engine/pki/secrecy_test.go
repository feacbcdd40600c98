package pki

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"sluice/engine/pki/seal"
)

// secrets are byte strings that must be nowhere but where they are sealed.
type secrets map[string][]byte

// in returns the names of those that data has: as they are, in hex, in Base64 at any offset, or as fmt prints bytes.
func (s secrets) in(data []byte) []string {
	lower := bytes.ToLower(data)
	var found []string
	for name, secret := range s {
		forms := [][]byte{secret}
		printed := strings.Trim(fmt.Sprint(secret[:min(len(secret), 12)]), "[]")
		forms = append(forms, []byte(printed), []byte(strings.ReplaceAll(printed, " ", ",")))
		for offset := range 3 {
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, offset), secret...))
			forms = append(forms, []byte(encoded[4:len(encoded)-4]))
			encoded = base64.URLEncoding.EncodeToString(append(make([]byte, offset), secret...))
			forms = append(forms, []byte(encoded[4:len(encoded)-4]))
		}
		for _, form := range forms {
			if bytes.Contains(data, form) {
				found = append(found, name)
			}
		}
		if bytes.Contains(lower, []byte(hex.EncodeToString(secret))) {
			found = append(found, name+" in hex")
		}
	}
	return found
}

// addKey adds the number that a private key is, and its PKCS #8 form.
func (s secrets) addKey(t *testing.T, name string, key any) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	s[name+" (PKCS #8)"] = der
	if private, ok := key.(*ecdsa.PrivateKey); ok {
		number, err := private.Bytes()
		must(t, err)
		s[name] = number
	}
}

func TestNoSecretIsInTheStateFileOrTheLog(t *testing.T) {
	keyring.MockInit()
	for name, place := range map[string]seal.Place{
		"keyring":    {Where: seal.Keyring},
		"key file":   {Where: seal.KeyFile},
		"passphrase": {Where: seal.Passphrase, Passphrase: "correct horse battery staple"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newStateFile(t, place)
			var log bytes.Buffer
			known := secrets{
				"passphrase":      []byte("correct horse battery staple"),
				"password":        []byte("import password 1"),
				"pre-shared key":  []byte("a pre-shared key 1234567890"),
				"deleted key":     []byte("a deleted pre-shared key 12"),
				"replaced key":    []byte("a replaced pre-shared key 1"),
				"second password": []byte("another passphrase for sealing"),
			}
			everything(t, f, known, &log)
			f.close()
			data, err := os.ReadFile(f.path)
			must(t, err)
			if found := known.in(data); found != nil {
				t.Errorf("in the state file: %q", found)
			}
			if found := known.in(log.Bytes()); found != nil {
				t.Errorf("in the log: %q", found)
			}
		})
	}
}

// everything does with secrets all that a keeper can do, and adds those that come up to known.
func everything(t *testing.T, f *stateFile, known secrets, log *bytes.Buffer) {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_ = f.open()
	k := keeperOf(t, Options{Store: f.store, Place: f.place, Log: logger})
	set, err := k.SetUp("lamp-3")
	must(t, err)
	must(t, k.AddPSK("lamp-4", known["replaced key"], ""))
	must(t, k.AddPSK("lamp-4", known["pre-shared key"], ""))
	must(t, k.AddPSK("lamp-5", known["deleted key"], ""))
	undo, err := k.DeletePSK("lamp-5")
	must(t, err)
	must(t, undo())
	_, err = k.DeletePSK("lamp-5")
	must(t, err)

	other := inMemory(t)
	their, err := other.SetUp("theirs")
	must(t, err)
	files, err := other.Export(their.Device, PKCS12, ExportOptions{Password: string(known["password"])})
	must(t, err)
	_, err = k.Import("theirs", files[0].Data, string(known["password"]))
	must(t, err)
	for i, id := range []string{set.Authority, set.Server, set.Device, their.Device} {
		key, err := k.certs[id].unseal(k.box)
		must(t, err)
		known.addKey(t, fmt.Sprint("private key ", i), key)
	}
	for _, format := range []Format{PEM, DER, CHeader, Zephyr, MbedTLS, CoAPClient} {
		_, err := k.Export(set.Device, format, ExportOptions{})
		must(t, err)
	}
	_, err = k.ExportPSK("lamp-4", CHeader, ExportOptions{})
	must(t, err)
	_, err = k.Delete(their.Device)
	must(t, err)

	c := credentialsOf(t, k, CredentialOptions{Password: ""})
	options := CredentialOptions{CertFile: "x", Password: string(known["password"])}
	_, missing := k.Credentials(options)
	for _, logger := range []*slog.Logger{logger, slog.New(slog.NewJSONHandler(log, nil))} {
		logger.Info("all", "keeper", k, "credentials", c, "options", options, "entries", k.Entries(), "psks", k.PSKs(), "error", missing)
	}
	for _, v := range []any{k, c, options, &options, k.Entries(), k.PSKs(), k.Warnings(k.Entries()[0].NotAfter), set, k.SealedBy(),
		struct{ K *Keeper }{k}, struct{ k *Keeper }{k}, []any{k, c}} {
		fmt.Fprintf(log, "%v %+v %#v %s %x %q\n", v, v, v, v, v, v)
		if text, err := json.Marshal(v); err == nil {
			log.Write(text)
		}
	}
	must(t, k.KeepIn(context.Background(), seal.Place{Where: seal.Passphrase, Passphrase: string(known["second password"])}))
	f.place.Passphrase = "a wrong one"
	_ = keeperOf(t, Options{Store: f.store, Place: f.place, Log: logger}).Unlock(context.Background(), "another wrong one")
	must(t, k.KeepIn(context.Background(), seal.Place{Where: seal.KeyFile}))
}

func TestTheSearchForSecretsFindsThem(t *testing.T) {
	secret := []byte("a pre-shared key 1234567890")
	known := secrets{"key": secret}
	for name, text := range map[string]string{
		"raw": string(secret), "hex": hex.EncodeToString(secret), "HEX": strings.ToUpper(hex.EncodeToString(secret)),
		"base64": base64.StdEncoding.EncodeToString(secret), "shifted base64": base64.StdEncoding.EncodeToString(append([]byte("x"), secret...)),
		"PEM": string(pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: secret})), "fmt": fmt.Sprint(secret),
	} {
		if known.in([]byte("some "+text+" text")) == nil {
			t.Errorf("%s is not found", name)
		}
	}
	if found := known.in([]byte("another text")); found != nil {
		t.Errorf("%q are found", found)
	}
}
