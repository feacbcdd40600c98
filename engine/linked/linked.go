// Package linked has lists whose elements hold their own links: an element is put in, moved and taken out without a search
// and without an allocation.
package linked

// Links are what an element of a List embeds; it is in one list at a time.
type Links[T any] struct{ previous, next *T }

// Embedded is l, for the List that has only the element.
func (l *Links[T]) Embedded() *Links[T] { return l }

// Previous is the element before this one; nil: it is the first, or in no list.
func (l *Links[T]) Previous() *T { return l.previous }

// Next is the element after this one; nil: it is the last, or in no list.
func (l *Links[T]) Next() *T { return l.next }

// element is a pointer to a T that embeds Links[T].
type element[T any] interface {
	*T
	Embedded() *Links[T]
}

// List is a list of T, which embeds Links[T]. The zero value is empty. It has no lock.
type List[T any, E element[T]] struct{ first, last *T }

// First is the element that was pushed first of those in the list; nil: it is empty.
func (l *List[T, E]) First() *T { return l.first }

// Last is the element that was pushed last; nil: the list is empty.
func (l *List[T, E]) Last() *T { return l.last }

// Push puts an element that is in no list at the end.
func (l *List[T, E]) Push(e *T) {
	E(e).Embedded().previous = l.last
	if l.last == nil {
		l.first = e
	} else {
		E(l.last).Embedded().next = e
	}
	l.last = e
}

// Remove takes an element of the list out of it.
func (l *List[T, E]) Remove(e *T) {
	links := E(e).Embedded()
	if links.previous == nil {
		l.first = links.next
	} else {
		E(links.previous).Embedded().next = links.next
	}
	if links.next == nil {
		l.last = links.previous
	} else {
		E(links.next).Embedded().previous = links.previous
	}
	*links = Links[T]{}
}
