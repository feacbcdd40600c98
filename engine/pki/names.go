package pki

import (
	"crypto/x509"
	"net"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

const (
	maxCommonName = 64 // ub-common-name and ub-organization-name of RFC 5280, appendix A.1
	maxHostName   = 253
)

// checkName takes what a distinguished name may hold.
func checkName(what mistakes.Phrase, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return mistakes.Errorf("%s is missing", what)
	case strings.TrimSpace(name) != name:
		return mistakes.Errorf("%s begins or ends with a space", what)
	case !utf8.ValidString(name):
		return mistakes.Errorf("%s is not UTF-8", what)
	case utf8.RuneCountInString(name) > maxCommonName:
		return mistakes.Errorf("%s has %d characters, and a certificate takes %d", what, utf8.RuneCountInString(name), maxCommonName)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return mistakes.Errorf("%s has a character that cannot be shown", what)
	}
	return nil
}

// checkLifetime returns the lifetime that holds.
func checkLifetime(lifetime, otherwise time.Duration) (time.Duration, error) {
	switch {
	case lifetime == 0:
		return otherwise, nil
	case lifetime < time.Minute:
		return 0, mistakes.New("the lifetime is shorter than a minute")
	case lifetime > maxLifetime:
		return 0, mistakes.New("the lifetime is longer than 100 years")
	}
	return lifetime, nil
}

// isHostName takes host names in ASCII (RFC 1123, section 2.1), with * as the first label if need be. All digits and dots
// would be an address with a mistake in it.
func isHostName(name string) bool {
	if name == "" || len(name) > maxHostName || strings.Trim(name, "0123456789.") == "" {
		return false
	}
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if label == "*" && i == 0 && len(labels) > 1 {
			continue
		}
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, hostLetters) != "" {
			return false
		}
	}
	return true
}

// hostLetters has the underscore, which is no letter of host names, but is in those of containers and Windows machines.
const hostLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func printableASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// MachineNames are the names and addresses that clients reach this machine by, localhost included: host names first,
// then addresses in order, IPv4 before IPv6, without zones.
func MachineNames() []string {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		addresses = nil
	}
	return machineNames(host, addresses)
}

func machineNames(host string, addresses []net.Addr) []string {
	names := []string{}
	add := func(name string) {
		if isHostName(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	short, _, qualified := strings.Cut(host, ".")
	add(host)
	if qualified {
		add(short)
	}
	add(short + ".local")
	add("localhost")

	ips := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsUnspecified() && !network.IP.IsMulticast() {
			ips = append(ips, network.IP)
		}
	}
	slices.SortFunc(ips, func(a, b net.IP) int {
		if (a.To4() == nil) != (b.To4() == nil) {
			if a.To4() != nil {
				return -1
			}
			return 1
		}
		return slices.Compare(a.To16(), b.To16())
	})
	for _, ip := range slices.CompactFunc(ips, net.IP.Equal) {
		names = append(names, ip.String())
	}
	return names[:min(len(names), maxNames-1)]
}

// displayName is how a message calls a certificate.
func displayName(cert *x509.Certificate) string {
	if cert.Subject.CommonName != "" {
		return cert.Subject.CommonName
	}
	return secure.Subject(cert)
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
