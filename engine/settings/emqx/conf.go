package emqx

import (
	"regexp"
	"strings"

	"sluice/engine/mistakes"
)

var (
	confKey    = regexp.MustCompile(`^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$`)
	pluginLine = regexp.MustCompile(`(?m)^[ \t]*coap\.[A-Za-z0-9_.]+[ \t]*=`)
	blockStart = regexp.MustCompile(`(?m)^[ \t]*"?gateway"?[ \t]*[.{=:]`)
)

// isPluginFile tells an emqx_coap.conf of EMQX 4 from a configuration of EMQX 5.
func isPluginFile(text string) bool {
	return pluginLine.MatchString(text) && !blockStart.MatchString(text)
}

// readConf reads lines KEY = VALUE; what follows a # is a comment.
func readConf(text string) ([]*node, *unreadable) {
	var pairs []*node
	line := 0
	for written := range strings.Lines(text) {
		line++
		content, _, _ := strings.Cut(written, "#")
		content = strings.TrimSpace(content)
		if content == "" {
			continue
		}
		key, value, ok := strings.Cut(content, "=")
		key = strings.TrimSpace(key)
		if !ok || !confKey.MatchString(key) {
			return nil, &unreadable{line, mistakes.New("is not KEY = VALUE")}
		}
		pairs = append(pairs, &node{key: key, line: line, text: strings.TrimSpace(value)})
	}
	return pairs, nil
}
