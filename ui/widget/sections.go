package widget

import (
	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Section is a titled part of [Sections]; the title may be empty.
type Section struct {
	Title string
	Table Natural
}

// Natural is an object with a height at which nothing of it needs to be scrolled.
type Natural interface {
	fyne.CanvasObject
	NaturalHeight() float32
}

// Sections stacks tables under their titles, each as high as its rows. Where there is no room for all of them, those that
// want more than their share are scrolled. A table that is hidden has no title either.
type Sections struct {
	fynewidget.BaseWidget
	sections []Section
	titles   []*Text
}

// The measures of a section's title.
const (
	sectionTitle = 39
	sectionInset = 12
)

// NewSections stacks sections.
func NewSections(sections ...Section) *Sections {
	s := &Sections{sections: sections}
	for _, section := range sections {
		s.titles = append(s.titles, NewText(section.Title, TextStrong))
	}
	s.ExtendBaseWidget(s)
	return s
}

// shares divides room among parts that want heights: nobody gets more than it wants, and what one leaves the others get.
func shares(wants []float32, room float32) []float32 {
	got := make([]float32, len(wants))
	var open []int
	for i := range wants {
		open = append(open, i)
	}
	for len(open) > 0 {
		share := max(0, room) / float32(len(open))
		var rest []int
		for _, i := range open {
			if wants[i] > share {
				rest = append(rest, i)
				continue
			}
			got[i] = wants[i]
			room -= wants[i]
		}
		if len(rest) == len(open) {
			for _, i := range rest {
				got[i] = share
			}
			return got
		}
		open = rest
	}
	return got
}

// CreateRenderer implements [fyne.Widget].
func (s *Sections) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{}
	for i, section := range s.sections {
		r.objects = append(r.objects, s.titles[i], section.Table)
	}
	height := func(i int) float32 {
		if s.sections[i].Title == "" || !s.sections[i].Table.Visible() {
			return 0
		}
		return sectionTitle
	}
	r.layout = func(size fyne.Size) {
		room := size.Height
		wants := make([]float32, len(s.sections))
		for i, section := range s.sections {
			if section.Table.Visible() {
				wants[i] = section.Table.NaturalHeight()
			}
			setShown(s.titles[i], section.Table.Visible() && section.Title != "")
			room -= height(i)
		}
		var y float32
		for i, got := range shares(wants, room) {
			title := s.titles[i].MinSize()
			place(s.titles[i], sectionInset, y+(height(i)-title.Height)/2+3, size.Width-sectionInset, title.Height)
			y += height(i)
			place(s.sections[i].Table, 0, y, size.Width, got)
			y += got
		}
	}
	r.minSize = func() fyne.Size {
		var least fyne.Size
		for i, section := range s.sections {
			if !section.Table.Visible() {
				continue
			}
			m := section.Table.MinSize()
			least = fyne.NewSize(max(least.Width, m.Width), least.Height+height(i)+min(m.Height, section.Table.NaturalHeight()))
		}
		return least
	}
	r.refresh = func() { r.layout(s.Size()) }
	return r
}
