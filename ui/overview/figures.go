package overview

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/flow"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

const (
	// samples is how many seconds the sparklines show.
	samples = 60
	// lately is how many seconds the median and the share of errors are of.
	lately = 10
)

// figures are the numbers above the board, sampled once a second. They belong to Gather.
type figures struct {
	requests, notifications *pane.Rate
	median, errors          *pane.Series
	answers                 [lately + 1]flow.Answers // a ring: of each of the latest seconds
	at                      int                      // in answers, of the latest
	filled                  int
}

func newFigures() *figures {
	return &figures{requests: pane.NewRate(samples), notifications: pane.NewRate(samples), median: pane.NewSeries(samples), errors: pane.NewSeries(samples)}
}

// sample reads the counters where a second has passed.
func (f *figures) sample(now time.Time, s *engine.Status, flows *flow.Table) bool {
	if !f.requests.Due(now) {
		return false
	}
	f.requests.Sample(now, s.Requests)
	f.notifications.Sample(now, s.Notifications)
	before := f.answers[f.at]
	f.at = (f.at + 1) % len(f.answers)
	f.answers[f.at] = flows.Answers()
	latest := &f.answers[f.at]
	if f.filled++; f.filled == 1 {
		return true
	}
	median, share := math.NaN(), math.NaN()
	if took, ok := latest.Median(&before); ok {
		median = took.Seconds()
	}
	if all := latest.All - before.All; all > 0 {
		share = float64(latest.Errors-before.Errors) / float64(all)
	}
	f.median.Add(median)
	f.errors.Add(share)
	return true
}

// figure is what a card shows.
type figure struct {
	text   string
	values []float64
}

// shown are the figures as the cards show them: what is not known is said so.
func (f *figures) shown() [cardCount]figure {
	latest := &f.answers[f.at]
	oldest := &f.answers[(f.at+1)%len(f.answers)]
	if f.filled < len(f.answers) {
		oldest = &f.answers[min(1, f.filled)]
	}
	shown := [cardCount]figure{
		{rateText(f.requests), f.requests.Values()},
		{rateText(f.notifications), f.notifications.Values()},
		{format.None, f.median.Values()},
		{format.None, f.errors.Values()},
	}
	if took, ok := latest.Median(oldest); ok {
		shown[2].text = durationText(took)
	}
	if all := latest.All - oldest.All; all > 0 {
		shown[3].text = format.Percent(int64(latest.Errors-oldest.Errors), int64(all))
	}
	return shown
}

// durationText has one decimal below ten milliseconds.
func durationText(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms >= 1000 {
		return format.Duration(d)
	}
	if ms < 0.1 {
		return format.Number(math.Round(1000*ms)) + " µs"
	}
	return format.Number(math.Round(10*ms)/10) + " ms"
}

func rateText(r *pane.Rate) string {
	if len(r.Values()) == 0 {
		return format.None
	}
	return format.Rate(r.Last())
}

const cardCount = 4

// figureCard is a number with what it was in the last minute.
type figureCard struct {
	object fyne.CanvasObject
	value  *widget.Text
	spark  *widget.Sparkline
}

func newFigureCard(title string, role theme.Role) *figureCard {
	c := &figureCard{value: widget.NewText(format.None, widget.TextFigure).Shrink(), spark: widget.NewSparkline(role)}
	c.spark.SetMinSize(fyne.NewSize(40, 30))
	c.spark.SetFloor(true)
	words := pane.NewColumn(2, widget.NewText(title, widget.TextCaption).Shrink(), c.value)
	c.object = widget.NewCard(container.New(beside{}, words, c.spark))
	return c
}

func (c *figureCard) show(f figure) {
	c.value.SetText(f.text)
	c.spark.SetValues(f.values)
}

// newCards are the cards side by side.
func newCards() (cards [cardCount]*figureCard, object fyne.CanvasObject) {
	cards = [cardCount]*figureCard{
		newFigureCard(lang.L("CoAP requests"), theme.RoleAccent),
		newFigureCard(lang.L("Notifications"), theme.RolePOST),
		newFigureCard(lang.L("Median answer, 10 s"), theme.RoleGood),
		newFigureCard(lang.L("Errors, 10 s"), theme.RoleBad),
	}
	objects := make([]fyne.CanvasObject, cardCount)
	for i, c := range cards {
		objects[i] = c.object
	}
	return cards, container.New(row{}, objects...)
}

// beside puts a sparkline at the right of words, where there is room for both.
type beside struct{}

// wordsLeast is the width that words need.
const wordsLeast = 110

// Layout implements [fyne.Layout].
func (beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	spark := min(size.Width*0.42, 180)
	if size.Width-spark < wordsLeast {
		spark = -8 // the words say more
	}
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(max(size.Width-spark-8, 0), size.Height))
	height := min(size.Height, objects[1].MinSize().Height)
	pane.SetVisible(objects[1], spark > 0)
	objects[1].Move(fyne.NewPos(size.Width-spark, size.Height-height))
	objects[1].Resize(fyne.NewSize(max(spark, 0), height))
}

// MinSize implements [fyne.Layout].
func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	words, spark := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(words.Width, max(words.Height, spark.Height))
}

// row gives all objects the same width.
type row struct{}

const rowGap = 12

// Layout implements [fyne.Layout].
func (row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := float32(len(objects))
	width := (size.Width - rowGap*(n-1)) / n
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i)*(width+rowGap), 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
}

// MinSize implements [fyne.Layout].
func (row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	n := float32(len(objects))
	return fyne.NewSize(n*least.Width+rowGap*(n-1), least.Height)
}
