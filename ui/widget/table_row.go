package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"sluice/ui/theme"
)

// paints are the colours and faces of one update, looked up once.
type paints struct {
	owner      fyne.Widget
	line       color.Color
	text, tint map[theme.Role]color.Color
}

func newPaints(owner fyne.Widget) *paints {
	return &paints{
		owner: owner, line: colorOf(theme.ColorRowLine, owner),
		text: make(map[theme.Role]color.Color), tint: make(map[theme.Role]color.Color),
	}
}

func (p *paints) textColor(role theme.Role) color.Color {
	c, ok := p.text[role]
	if !ok {
		c = colorOf(role.Color(), p.owner)
		p.text[role] = c
	}
	return c
}

func (p *paints) tintColor(role theme.Role) color.Color {
	c, ok := p.tint[role]
	if !ok {
		c = colorOf(role.Tint(), p.owner)
		p.tint[role] = c
	}
	return c
}

// tableRow draws one row.
type tableRow struct {
	cells   []*tableCell
	line    *canvas.Rectangle
	objects []fyne.CanvasObject
	shown   bool
}

func newTableRow(b *tableBody, spans []span) *tableRow {
	row := &tableRow{line: canvas.NewRectangle(color.Transparent), shown: true}
	for _, s := range spans {
		cell := newTableCell(b, s.column, &b.columns.columns[s.column])
		row.cells = append(row.cells, cell)
		row.objects = append(row.objects, cell.objects()...)
	}
	row.objects = append(row.objects, row.line)
	row.hide()
	return row
}

// fits reports whether the row was made for these columns.
func (r *tableRow) fits(spans []span) bool {
	if len(r.cells) != len(spans) {
		return false
	}
	for i, cell := range r.cells {
		if cell.column != spans[i].column {
			return false
		}
	}
	return true
}

func (r *tableRow) hide() {
	if r.shown {
		r.shown = false
		for _, o := range r.objects {
			o.Hide()
		}
	}
}

func (r *tableRow) show(b *tableBody, at int, y, height float32, p *paints) {
	if !r.shown {
		r.shown = true
		for _, o := range r.objects {
			o.Show()
		}
	}
	for i, cell := range r.cells {
		s := b.columns.spans[i]
		cell.show(b.source.cell(at, s.column), s.x, y, s.width, height, p)
	}
	setShown(r.line, !b.dense)
	paint(r.line, p.line, color.Transparent, 0, 0)
	place(r.line, 0, y+height-1, max(b.columns.total, b.Size().Width), 1)
}

// tableCell draws one cell: a text, a badge (ground and text), a mark or a sparkline.
type tableCell struct {
	column int
	def    *column
	face   face
	text   *canvas.Text
	ground *canvas.Rectangle
	spark  *sparkRaster

	whole string // the text before it was cut
	room  float32
}

func newTableCell(b *tableBody, index int, def *column) *tableCell {
	c := &tableCell{column: index, def: def, room: -1}
	switch def.kind {
	case KindDot:
		c.ground = canvas.NewRectangle(color.Transparent)
	case KindSparkline:
		c.spark = newSparkRaster(b, theme.RoleAccent, 1.25)
	case KindBadge:
		c.ground = canvas.NewRectangle(color.Transparent)
		c.text = canvas.NewText("", color.Transparent)
		c.face = badgeFace(b, def.mono)
	default:
		size := theme.SizeText
		if def.mono {
			size = theme.SizeSmall
		}
		c.text = canvas.NewText("", color.Transparent)
		c.face = face{size: sizeOf(size, b), style: fyne.TextStyle{Bold: def.bold, Monospace: def.mono}}
		if def.kind == KindNumber {
			c.text.Alignment = fyne.TextAlignTrailing
		}
	}
	return c
}

func (c *tableCell) objects() []fyne.CanvasObject {
	var objects []fyne.CanvasObject
	if c.ground != nil {
		objects = append(objects, c.ground)
	}
	if c.text != nil {
		objects = append(objects, c.text)
	}
	if c.spark != nil {
		objects = append(objects, c.spark.raster)
	}
	return objects
}

func (c *tableCell) show(content cellContent, x, y, width, height float32, p *paints) {
	inner := max(0, width-2*cellInset)
	switch c.def.kind {
	case KindDot:
		side := sizeOf(theme.SizeMark, p.owner)
		paintDot(c.ground, content.role, p.owner)
		place(c.ground, x+(width-side)/2, y+(height-side)/2, side, side)
	case KindSparkline:
		c.spark.set(content.values, content.role)
		place(c.spark.raster, x+cellInset, y+height*0.2, inner, height*0.6)
	case KindBadge:
		c.showBadge(content, x, y, inner, height, p)
	default:
		c.write(content.text, p.textColor(content.role), inner)
		place(c.text, x+cellInset, y, inner, height-1)
	}
}

func (c *tableCell) showBadge(content cellContent, x, y, inner, height float32, p *paints) {
	setShown(c.ground, content.text != "")
	if content.text == "" {
		c.write("", color.Transparent, inner)
		return
	}
	c.write(content.text, p.textColor(content.role), inner-2*badgeInset)
	paint(c.ground, p.tintColor(content.role), color.Transparent, 0, badgeRadius)
	width := min(inner, c.face.width(c.text.Text)+2*badgeInset)
	top := y + (height-1-badgeHeight)/2
	place(c.ground, x+cellInset, top, width, badgeHeight)
	place(c.text, x+cellInset+badgeInset, top, width-2*badgeInset, badgeHeight)
}

// write cuts the text to the room there is, only when one of them changed.
func (c *tableCell) write(text string, col color.Color, room float32) {
	if text != c.whole || room != c.room {
		c.whole, c.room = text, room
		switch {
		case c.def.middle:
			text = c.face.fitMiddle(text, room)
		case c.def.before != "":
			text = c.face.fitBefore(text, c.def.before, room)
		default:
			text = c.face.fit(text, room)
		}
	} else {
		text = c.text.Text
	}
	write(c.text, text, col, c.face)
}
