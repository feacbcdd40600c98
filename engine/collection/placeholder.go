package collection

import "strings"

// Placeholder is a {{...}} in a text.
type Placeholder struct {
	From, To   int    // its place, in bytes
	Expression string // what is between the braces
	// Variable says that it is the name of a variable, and no function.
	Variable bool
	Problem  error // what is wrong with it whatever the variables are
}

// Placeholders finds the placeholders of a text.
func Placeholders(text string) []Placeholder {
	var all []Placeholder
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if text[at[0]] == '\\' {
			continue
		}
		p := Placeholder{From: at[0], To: at[1], Expression: text[at[2]:at[3]]}
		words := strings.Fields(p.Expression)
		_, function := functions[words[0]]
		p.Variable = !function && len(words) == 1
		p.Problem = templateProblem(text[at[0]:at[1]])
		all = append(all, p)
	}
	return all
}

// CheckTarget reports a mistake of a verb with what it is for, as far as it shows before variables are replaced.
func CheckTarget(verb Verb, target string) error {
	var r Request
	if err := r.readFirst(string(verb) + " " + target); err != nil {
		return err
	}
	for _, p := range Placeholders(target) {
		if p.Problem != nil {
			return p.Problem
		}
	}
	if !verb.IsMethod() && verb != Ping || placeholder.MatchString(target) {
		return nil
	}
	_, _, err := parseURI(target)
	return err
}
