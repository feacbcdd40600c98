package assets

import (
	_ "embed"
	"slices"
	"strings"
)

//go:generate sh -c "cd .. && go run ./.ci/licences > assets/licences.txt"
//go:embed licences.txt
var licences string

var (
	//go:embed fonts/OFL-Inter.txt
	licenceInter string
	//go:embed fonts/OFL-JetBrainsMono.txt
	licenceJetBrainsMono string
	//go:embed fonts/OFL-NotoSansCJK.txt
	licenceNotoSansCJK string
)

// Licence is what a part of the program is under.
type Licence struct {
	Part string // the path of a module, or the name of a font
	Name string // as in SPDX, where the text is known
	Text string
}

// Licences lists the parts of the program that others made, by name.
func Licences() []Licence {
	list := []Licence{
		{"Inter (font)", licenceName(licenceInter), licenceInter},
		{"JetBrains Mono (font)", licenceName(licenceJetBrainsMono), licenceJetBrainsMono},
		{"Noto Sans CJK SC (font)", licenceName(licenceNotoSansCJK), licenceNotoSansCJK},
	}
	for block := range strings.SplitSeq("\n"+licences, "\n\n=== ") {
		heads, text, _ := strings.Cut(strings.TrimPrefix(block, "\n=== "), "\n\n")
		text = strings.TrimSpace(text)
		for head := range strings.SplitSeq(heads, "\n") {
			list = append(list, Licence{strings.TrimPrefix(head, "=== "), licenceName(text), text})
		}
	}
	slices.SortFunc(list, func(a, b Licence) int { return strings.Compare(strings.ToLower(a.Part), strings.ToLower(b.Part)) })
	return list
}

// licenceName knows the usual licences by their words.
func licenceName(text string) string {
	var names []string
	for _, l := range []struct{ name, has, hasNot string }{
		{"Apache-2.0", "Apache License", ""},
		{"MIT", "Permission is hereby granted, free of charge", "SIL OPEN FONT"},
		{"BSD-3-Clause", "Neither the name", ""},
		{"BSD-2-Clause", "Redistribution and use", "Neither the name"},
		{"EPL", "Eclipse Public License", ""},
		{"MPL-2.0", "Mozilla Public License", ""},
		{"ISC", "Permission to use, copy, modify, and", "Permission is hereby granted"},
		{"Zlib", "This software is provided 'as-is'", ""},
		{"OFL-1.1", "SIL OPEN FONT LICENSE", ""},
		{"Unlicense", "released into the public domain", ""},
	} {
		flat := strings.Join(strings.Fields(text), " ")
		if strings.Contains(flat, l.has) && (l.hasNot == "" || !strings.Contains(flat, l.hasNot)) {
			names = append(names, l.name)
		}
	}
	return strings.Join(names, ", ")
}
