package language

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"sluice/engine/collection"
	"sluice/engine/device"
	"sluice/engine/diagnostic"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// What a user reads of an error is in the language of the window, whoever wrapped it.
func TestSay(t *testing.T) {
	if err := Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Use(English) })
	_, notCBOR := diagnostic.Read("[1, 2 2 ")
	_, _, host := collection.ReadCoapClient("coap-client")
	_, notTOML := settings.Decode("s.toml", []byte("[gateway]\nheartbeat = \n"), settings.Settings{})
	_, unknownKey := settings.Decode("s.toml", []byte("[gateway]\nheartbeet = 3\n"), settings.Default())
	_, template := device.ParseTemplate("kind = \"a\"\ninterval = \"1s\"\n[start]\nx = \"nope(1)\"\n[[publish]]\ntopic = \"a\"\npayload = \"x\"\n")
	var value any
	notJSON := json.Unmarshal([]byte(`{"a" 1}`), &value)
	refused := &net.OpError{Op: "dial", Net: "udp", Addr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, c := range []struct {
		err             error
		german, chinese string
	}{
		{nil, "", ""},
		{errors.New("whatever else"), "whatever else", "whatever else"},
		{mistakes.New("is empty"), "ist leer", "为空"},
		{fmt.Errorf("outside: %w", mistakes.New("is empty")), "outside: ist leer", "outside: 为空"},
		{fmt.Errorf("%w and %w", mistakes.New("is empty"), mistakes.New("is missing")), "ist leer and fehlt", "为空 and 缺失"},
		{errors.Join(mistakes.New("is empty"), mistakes.New("is missing")), "ist leer\nfehlt", "为空\n缺失"},
		{mistakes.List[error]{mistakes.New("is empty"), fs.ErrNotExist}, "ist leer\nes gibt keine solche Datei", "为空\n没有此文件"},
		{mistakes.Errorf("%q follows payload %s; the payload itself comes after an empty line", "a", "json"),
			`"a" folgt auf payload json; die Payload selbst kommt nach einer Leerzeile`, `payload json 之后出现 "a"；载荷本身写在空行之后`},
		{notCBOR, `Zeile 1, Spalte 7: vor "2 " fehlt ein Komma oder ]`, "第 1 行第 7 列：\"2 \" 之前缺少逗号或 ]"},
		{host, "es gibt keine URI", "没有 URI"},
		{notTOML, "s.toml:2: gateway.heartbeat: kein TOML: ein Wert wird erwartet, aber da steht '\\n'",
			"s.toml:2: gateway.heartbeat: 不是 TOML：应为值，却是 '\\n'"},
		{unknownKey.(settings.Errors)[0].Problem, "unbekannter Schlüssel; gemeint ist vielleicht heartbeat", "未知的键，是否指 heartbeat"},
		{template, "Zeile 4, Spalte 6: start.x: unbekannter Name nope", "第 4 行第 6 列：start.x: 未知的名称 nope"},
		{notJSON, "unerwartetes Zeichen '1' nach einem Schlüssel", "键之后出现意外字符 '1'"},
		{&fs.PathError{Op: "open", Path: "/a", Err: syscall.EACCES}, "/a: Zugriff verweigert", "/a: 没有权限"},
		{mistakes.Errorf("opening a socket: %w", refused), "Öffnen eines Sockets: 127.0.0.1:9: dort hört niemand zu", "打开套接字：127.0.0.1:9: 没有程序在监听"},
		{&net.OpError{Op: "dial", Net: "udp", Err: &net.DNSError{Name: "nowhere", Err: "no such host", IsNotFound: true}}, "es gibt keinen Host nowhere", "没有主机 nowhere"},
		{context.DeadlineExceeded, "die Zeit ist abgelaufen", "已超时"},
		{x509.UnknownAuthorityError{}, "das Zertifikat ist von einer unbekannten CA signiert", "证书由未知的 CA 签发"},
	} {
		for choice, want := range map[Choice]string{German: c.german, SimplifiedChinese: c.chinese} {
			Use(choice)
			if got := Say(c.err); got != want {
				t.Errorf("%s: %v\n said: %q\n want: %q", choice, c.err, got, want)
			}
		}
	}
	Use(English)
	for _, err := range []error{notCBOR, notTOML, unknownKey, template, notJSON} {
		if got := Say(err); got != err.Error() {
			t.Errorf("%q, want %q", got, err)
		}
	}
}

// Every pattern is regular in what it reads, and says what it read.
func TestForeignSentences(t *testing.T) {
	for _, format := range Foreign() {
		text := fmt.Sprintf(format, []any{"one", "two", "three"}[:countVerbs(format)]...)
		if got := foreignText(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func countVerbs(format string) (n int) {
	for i := range len(format) - 1 {
		if format[i:i+2] == "%s" {
			n++
		}
	}
	return n
}
