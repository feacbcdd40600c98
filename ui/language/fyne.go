package language

import _ "unsafe" // for go:linkname

// setLanguage makes a language that of lang.L. Fyne 2.8 has no exported call for it: it asks the system, and neither
// Windows nor macOS can be told another answer. The linker refuses a version of Fyne without this function.
//
//go:linkname setLanguage fyne.io/fyne/v2/lang.setupLang
func setLanguage(tag string)
