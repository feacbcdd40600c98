package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"sluice/engine/client"
)

// securityOptions are the flags for coaps.
type securityOptions struct {
	certfile, keyfile, cacertfile string
	pskIdentity, pskfile          string
	insecure                      bool
}

func (o *securityOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.certfile, "certfile", "", "`FILE` with the client's certificate (PEM), for coaps")
	cmd.Flags().StringVar(&o.keyfile, "keyfile", "", "`FILE` with its key (PEM); without, the key is in the certfile")
	cmd.Flags().StringVar(&o.cacertfile, "cacertfile", "", "`FILE` with the authorities of servers (PEM); without, those of the system")
	cmd.Flags().StringVar(&o.pskIdentity, "psk-identity", "", "`NAME` of a pre-shared key, instead of certificates")
	cmd.Flags().StringVar(&o.pskfile, "pskfile", "", "`FILE` with the pre-shared key: 0x and hexadecimal, or text")
	cmd.Flags().BoolVar(&o.insecure, "insecure", false, "take any certificate of a server")
}

// read reads the files that are named.
func (o *securityOptions) read() (*client.Security, error) {
	s := &client.Security{SkipVerify: o.insecure, PSKIdentity: o.pskIdentity, ConnectionID: true}
	if (o.pskIdentity == "") != (o.pskfile == "") {
		return nil, usageError{errors.New("--psk-identity and --pskfile need each other")}
	}
	if o.keyfile != "" && o.certfile == "" {
		return nil, usageError{errors.New("--keyfile needs --certfile")}
	}
	if o.certfile != "" {
		keyfile := o.keyfile
		if keyfile == "" {
			keyfile = o.certfile
		}
		certificate, err := tls.LoadX509KeyPair(o.certfile, keyfile)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate: %w", err)
		}
		s.Certificate = &certificate
	}
	if o.cacertfile != "" {
		pem, err := os.ReadFile(o.cacertfile)
		if err != nil {
			return nil, fmt.Errorf("reading the authorities: %w", err)
		}
		s.Authorities = x509.NewCertPool()
		if !s.Authorities.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the authorities: %s has no certificate in PEM form", o.cacertfile)
		}
	}
	if o.pskfile != "" {
		key, err := os.ReadFile(o.pskfile)
		if err != nil {
			return nil, fmt.Errorf("reading the pre-shared key: %w", err)
		}
		if s.PSK, err = pskOf(key); err != nil {
			return nil, fmt.Errorf("reading the pre-shared key: %s %w", o.pskfile, err)
		}
	}
	return s, nil
}

// pskOf reads a key as 0x and hexadecimal or as text, without the line end behind it. The key is not in the error.
func pskOf(data []byte) ([]byte, error) {
	data = bytes.TrimRight(data, "\r\n")
	if digits, ok := bytes.CutPrefix(data, []byte("0x")); ok {
		key, err := hex.DecodeString(string(digits))
		if err != nil {
			return nil, errors.New("is not hexadecimal after 0x")
		}
		data = key
	}
	if len(data) == 0 {
		return nil, errors.New("is empty")
	}
	return data, nil
}
