package linkformat

import (
	"strings"

	"sluice/engine/mistakes"
)

// Reference is a URI reference taken apart (RFC 3986, appendix B). Nothing is decoded.
type Reference struct {
	Scheme, Authority, Path, Query, Fragment string
	HasAuthority, HasQuery, HasFragment      bool
}

// ParseReference takes s apart; every string has parts.
func ParseReference(s string) (r Reference) {
	if scheme, rest, ok := cutScheme(s); ok {
		r.Scheme, s = scheme, rest
	}
	s, r.Fragment, r.HasFragment = strings.Cut(s, "#")
	s, r.Query, r.HasQuery = strings.Cut(s, "?")
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		r.HasAuthority = true
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			r.Authority, r.Path = rest[:i], rest[i:]
		} else {
			r.Authority = rest
		}
		return r
	}
	r.Path = s
	return r
}

// cutScheme cuts scheme and colon off (RFC 3986, section 3.1).
func cutScheme(s string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(s, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return "", s, false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isAlphanumeric(c) && c != '+' && c != '-' && c != '.' {
			return "", s, false
		}
	}
	return scheme, rest, true
}

// String puts the parts together (RFC 3986, section 5.3).
func (r Reference) String() string {
	var b strings.Builder
	if r.Scheme != "" {
		b.WriteString(r.Scheme + ":")
	}
	if r.HasAuthority {
		b.WriteString("//" + r.Authority)
	}
	b.WriteString(r.Path)
	if r.HasQuery {
		b.WriteString("?" + r.Query)
	}
	if r.HasFragment {
		b.WriteString("#" + r.Fragment)
	}
	return b.String()
}

// Resolve returns what reference means below the base r (RFC 3986, section 5.2).
func (r Reference) Resolve(reference Reference) Reference {
	t := reference
	switch {
	case t.Scheme != "":
		t.Path = removeDotSegments(t.Path)
		return t
	case t.HasAuthority:
		t.Path = removeDotSegments(t.Path)
	case t.Path == "":
		t.Path = r.Path
		if !t.HasQuery {
			t.Query, t.HasQuery = r.Query, r.HasQuery
		}
	case t.Path[0] == '/':
		t.Path = removeDotSegments(t.Path)
	default:
		t.Path = removeDotSegments(r.merge(t.Path))
	}
	if !t.HasAuthority {
		t.Authority, t.HasAuthority = r.Authority, r.HasAuthority
	}
	t.Scheme = r.Scheme
	return t
}

// merge puts a relative path in the place of the base's last segment (RFC 3986, section 5.2.3).
func (r Reference) merge(path string) string {
	if r.HasAuthority && r.Path == "" {
		return "/" + path
	}
	return r.Path[:strings.LastIndexByte(r.Path, '/')+1] + path
}

// removeDotSegments is the routine of RFC 3986, section 5.2.4.
func removeDotSegments(path string) string {
	if !strings.Contains(path, ".") {
		return path
	}
	in, out := path, make([]byte, 0, len(path))
	for in != "" {
		switch {
		case strings.HasPrefix(in, "../"):
			in = in[3:]
		case strings.HasPrefix(in, "./"), strings.HasPrefix(in, "/./"):
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"), in == "/..":
			in = "/" + strings.TrimPrefix(in[3:], "/")
			out = out[:max(strings.LastIndexByte(string(out), '/'), 0)]
		case in == ".", in == "..":
			in = ""
		default:
			end := strings.IndexByte(in[1:], '/') + 1
			if end == 0 {
				end = len(in)
			}
			out = append(out, in[:end]...)
			in = in[end:]
		}
	}
	return string(out)
}

// Resolve returns l as it reads outside its document: target and, if there is one, anchor resolved against base. Those
// that are URIs already stay as they are.
func (l Link) Resolve(base Reference) Link {
	l.Target = resolveAgainst(base, l.Target)
	for i := range l.Attributes {
		if !sameName(l.Attributes[i].Name, "anchor") {
			continue
		}
		attributes := make([]Attribute, len(l.Attributes))
		copy(attributes, l.Attributes)
		attributes[i].Value = resolveAgainst(base, attributes[i].Value)
		l.Attributes = attributes
		break
	}
	return l
}

func resolveAgainst(base Reference, s string) string {
	r := ParseReference(s)
	if r.Scheme != "" {
		return s
	}
	return base.Resolve(r).String()
}

// CheckLimited reports the first link that is not in Limited Link Format (RFC 9176, appendix C): every target and anchor
// is a URI or begins with a single slash. An anchor may also be empty, which is the base itself (RFC 9176, section 5).
func CheckLimited(links []Link) error {
	for i := range links {
		if target := links[i].Target; !limited(target) {
			return mistakes.Errorf("link %d: the target <%s> is neither a URI nor begins with a single slash", i+1, target)
		}
		if anchor, ok := links[i].Get("anchor"); ok && anchor != "" && !limited(anchor) {
			return mistakes.Errorf("link %d: the anchor %q is neither a URI nor begins with a single slash", i+1, anchor)
		}
	}
	return nil
}

func limited(reference string) bool {
	if strings.HasPrefix(reference, "/") {
		return !strings.HasPrefix(reference, "//")
	}
	_, _, ok := cutScheme(reference)
	return ok
}

// IsURI reports whether s begins with a scheme and has only characters that a URI may have (RFC 3986, section 2).
func IsURI(s string) bool {
	if _, _, ok := cutScheme(s); !ok {
		return false
	}
	for i := range len(s) {
		if !isURIByte(s[i]) && !isEncoded(s[i:]) {
			return false
		}
	}
	return true
}
