package mistakes

import (
	"errors"
	"fmt"
)

// Sentence is an error that remembers what its text is made of, so that the window can say it in another language. Its
// own text is English.
type Sentence struct {
	// Format is the English text with the verbs of package fmt; it is what a translation is found by.
	Format string
	// Args are what the verbs stand for; nil: Format is the text as it stands. Those that are errors, or a Phrase, are
	// said in the other language as well.
	Args []any

	english error
}

// Phrase is an English text within a sentence that is translated as the sentence is, other than what a user wrote.
type Phrase string

// Worded is an error that is a sentence, and has fields of its own besides.
type Worded interface {
	error
	// Words is what the error says.
	Words() error
}

// New is errors.New for what a user may read.
func New(text string) error { return &Sentence{Format: text, english: errors.New(text)} }

// Errorf is fmt.Errorf for what a user may read. The arguments must not change afterwards.
func Errorf(format string, args ...any) error {
	english := fmt.Errorf(format, args...)
	if args == nil {
		args = []any{}
	}
	return &Sentence{Format: format, Args: args, english: english}
}

// Error returns the English text, as fmt.Errorf would write it.
func (s *Sentence) Error() string { return s.english.Error() }

// Unwrap leads to the arguments of %w.
func (s *Sentence) Unwrap() error {
	if _, several := s.english.(interface{ Unwrap() []error }); several {
		return s.english
	}
	return errors.Unwrap(s.english)
}
