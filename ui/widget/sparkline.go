package widget

import (
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// sparkRaster draws values as a line into one canvas object; it is drawn anew only when values, role or size change.
type sparkRaster struct {
	raster *canvas.Raster
	owner  fyne.Widget
	values []float64
	role   theme.Role
	line   float32
	fill   uint8
	floor  bool
}

func newSparkRaster(owner fyne.Widget, role theme.Role, line float32) *sparkRaster {
	s := &sparkRaster{owner: owner, role: role, line: line, fill: 0x30}
	s.raster = canvas.NewRaster(s.draw)
	return s
}

func (s *sparkRaster) draw(w, h int) image.Image {
	scale := float32(1)
	if width := s.raster.Size().Width; width > 0 {
		scale = float32(w) / width
	}
	p := plot{values: s.values, line: colorOf(s.role.Color(), s.owner), fill: s.fill, width: s.line * scale, floor: s.floor}
	return p.draw(w, h)
}

// set copies values; a gap is equal to a gap.
func (s *sparkRaster) set(values []float64, role theme.Role) {
	same := func(a, b float64) bool { return a == b || a != a && b != b }
	if s.role == role && slices.EqualFunc(s.values, values, same) {
		return
	}
	s.values = append(s.values[:0], values...)
	s.role = role
	s.raster.Refresh()
}

// Sparkline is a small line over the last values of something, without axes.
type Sparkline struct {
	fynewidget.BaseWidget
	spark *sparkRaster
	least fyne.Size
}

// NewSparkline returns a sparkline without values.
func NewSparkline(role theme.Role) *Sparkline {
	s := &Sparkline{least: fyne.NewSize(70, 18)}
	s.spark = newSparkRaster(s, role, 1.25)
	s.ExtendBaseWidget(s)
	return s
}

// SetValues shows values from left to right, oldest first; NaN is a gap. They are copied.
func (s *Sparkline) SetValues(values []float64) { s.spark.set(values, s.spark.role) }

// SetRole changes the colour.
func (s *Sparkline) SetRole(role theme.Role) { s.spark.set(s.spark.values, role) }

// SetFloor says whether the bottom is zero, as it is for rates, rather than the smallest value.
func (s *Sparkline) SetFloor(zero bool) {
	if s.spark.floor != zero {
		s.spark.floor = zero
		s.spark.raster.Refresh()
	}
}

// SetMinSize changes the least size, which is 70 by 18.
func (s *Sparkline) SetMinSize(size fyne.Size) {
	s.least = size
	s.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (s *Sparkline) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: []fyne.CanvasObject{s.spark.raster},
		layout:  s.spark.raster.Resize,
		minSize: func() fyne.Size { return s.least },
		refresh: s.spark.raster.Refresh, // the theme's colours may have changed
	}
}
