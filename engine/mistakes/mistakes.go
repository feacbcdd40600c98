// Package mistakes holds all that is wrong with one input, so that who wrote it can mend everything at once, and sentences that
// can be said in the language of the window.
package mistakes

import "errors"

// List is the mistakes in one input, in the order in which they stand there.
type List[E error] []E

// Error returns the mistakes, one a line.
func (l List[E]) Error() string {
	if len(l) == 0 {
		return ""
	}
	return errors.Join(l.Unwrap()...).Error()
}

// Unwrap returns the single mistakes for errors.As.
func (l List[E]) Unwrap() []error {
	all := make([]error, len(l))
	for i, one := range l {
		all[i] = one
	}
	return all
}
