package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sluice/engine/client"
	"sluice/engine/device"
	"sluice/engine/device/keys"
	"sluice/engine/pki"
)

// fleetSecurity is the flags for what simulated devices show over coaps: all the same, or each its own.
type fleetSecurity struct {
	all    securityOptions
	issuer string
	psks   string
}

func (o *fleetSecurity) addFlags(cmd *cobra.Command) {
	o.all.addFlags(cmd)
	cmd.Flags().StringVar(&o.issuer, "issuer", "", "`FILE` with an authority and its key (PEM): each device gets a certificate of its own")
	cmd.Flags().StringVar(&o.psks, "psks", "", "`FILE` with a line NAME,KEY for each device: its identity, and 0x and hexadecimal, or text")
}

// read reads the files that are named.
func (o *fleetSecurity) read() (device.Credentials, error) {
	if o.issuer != "" && o.psks != "" || (o.issuer != "" || o.psks != "") && (o.all.certfile != "" || o.all.pskfile != "") {
		return nil, usageError{errors.New("--issuer, --psks, --certfile and --pskfile exclude each other")}
	}
	basis, err := o.all.read()
	switch {
	case err != nil:
		return nil, err
	case o.issuer != "":
		authority, err := readIssuer(o.issuer)
		if err != nil {
			return nil, err
		}
		return keys.IssuedBy(authority, *basis), nil
	case o.psks != "":
		return readPSKs(o.psks)
	}
	return device.SharedSecurity{Security: *basis}, nil
}

// readIssuer reads an authority with its private key.
func readIssuer(path string) (*pki.Pair, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %w", err)
	}
	imported, err := pki.Import(data, "")
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %s: %w", path, err)
	}
	for _, pair := range imported.Pairs {
		if pair.Key != nil && pair.Certificate().IsCA {
			return pair, nil
		}
	}
	return nil, fmt.Errorf("reading the issuer: %s has no authority with its private key", path)
}

// pskTable is the pre-shared keys of devices by their names.
type pskTable map[string][]byte

// SecurityOf implements device.Credentials.
func (t pskTable) SecurityOf(name string) (*client.Security, error) {
	key, there := t[name]
	if !there {
		return nil, fmt.Errorf("there is no pre-shared key for %s", name)
	}
	return &client.Security{PSKIdentity: name, PSK: key, ConnectionID: true}, nil
}

func readPSKs(path string) (pskTable, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the pre-shared keys: %w", err)
	}
	table := pskTable{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		name, text, ok := strings.Cut(lines.Text(), ",")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, fmt.Errorf("reading the pre-shared keys: line %d of %s: must be NAME,KEY", number, path)
		}
		if table[name], err = pskOf([]byte(strings.TrimSpace(text))); err != nil {
			return nil, fmt.Errorf("reading the pre-shared keys: line %d of %s: the key %w", number, path, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the pre-shared keys: %s: %w", path, err)
	}
	return table, nil
}
