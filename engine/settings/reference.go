package settings

import (
	"bytes"
	"fmt"
	"strings"
)

// Reference returns a settings file that says of every key what it may hold, with the values of a fresh installation.
// Decode reads it. What has no value there is in comments.
func Reference() []byte {
	values, lists := literals(string(Encode(Default())))
	var b bytes.Buffer
	b.WriteString("# Everything that can be set, with the value that it has when it is not. Copy what you change.\n")
	for _, table := range keys {
		members := membersOf(table.path)
		if len(members) == 0 || inList(table.path) {
			continue
		}
		if strings.HasPrefix(table.allowed, "tables") {
			fmt.Fprintf(&b, "\n# Each [[%s]] may have:\n", table.path)
			for _, k := range keys {
				if name, below := strings.CutPrefix(k.path, table.path+"."); below && len(membersOf(k.path)) == 0 {
					fmt.Fprintf(&b, "#   %s: %s\n", name, k.allowed)
					if meaning := meanings[k.path]; meaning != "" {
						fmt.Fprintf(&b, "#     %s\n", meaning)
					}
				}
			}
			b.WriteString(lists[table.path])
			continue
		}
		fmt.Fprintf(&b, "\n[%s]\n", table.path)
		for _, k := range members {
			_, name := splitKey(k.path)
			if len(membersOf(k.path)) > 0 {
				continue
			}
			fmt.Fprintf(&b, "# %s\n# Allowed: %s\n", meanings[k.path], k.allowed)
			if value, ok := values[k.path]; ok {
				fmt.Fprintf(&b, "%s = %s\n", name, value)
			} else {
				fmt.Fprintf(&b, "# %s =\n", name)
			}
		}
	}
	return b.Bytes()
}

// membersOf returns the keys directly below a table; none if path is no table.
func membersOf(path string) []describedKey {
	var members []describedKey
	for _, k := range keys {
		if table, _ := splitKey(k.path); table == path {
			members = append(members, k)
		}
	}
	return members
}

// inList reports whether a table is below an array of tables, with which it is described.
func inList(path string) bool {
	for table, _ := splitKey(path); table != ""; table, _ = splitKey(table) {
		if strings.HasPrefix(allowedFor(table), "tables") {
			return true
		}
	}
	return false
}

// literals takes what Encode wrote apart: the value of every key by its path, and the text of each array of tables.
func literals(encoded string) (values, lists map[string]string) {
	values, lists = map[string]string{}, map[string]string{}
	table, list := "", ""
	for line := range strings.Lines(encoded) {
		line = strings.TrimSpace(line)
		name, value, pair := strings.Cut(line, " = ")
		switch {
		case strings.HasPrefix(line, "[["):
			list = strings.Trim(line, "[]")
			lists[list] += line + "\n"
		case strings.HasPrefix(line, "["):
			table, list = strings.Trim(line, "[]"), ""
		case list != "" && line != "":
			lists[list] += line + "\n"
		case pair:
			values[join(table, name)] = value
		}
	}
	return values, lists
}
