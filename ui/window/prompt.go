package window

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
)

// answerWithin is how long the window waits, before it is drawn, for what the ticker gathers for the user. It is less
// than drawing costs where the graphics are software: what was chosen and what is said of it are drawn once.
const answerWithin = 10 * time.Millisecond

// prompt lets what the user asked for be drawn together with the answer. The toolkit draws right after an event was
// handled; the ticker, which the event woke, would come too late by a moment, and its answer be drawn one drawing later.
type prompt struct {
	asked    atomic.Uint64 // how often the ticker was woken
	reading  atomic.Uint64 // asked, when it last began to gather
	answered atomic.Uint64 // asked, when what is gathered now was begun
	ready    atomic.Bool   // the ticker waits to be woken
	gathered chan struct{} // it has gathered
	latest   atomic.Pointer[delivery]

	beforeDrawing *fyne.Animation // ticks right before the window may be drawn
	waited        uint64          // asked, when it was waited last; UI goroutine only
}

// delivery is what a tick changes.
type delivery struct {
	updates []func()
	done    chan struct{}
	applied bool
}

// apply does what is to be done, once.
func (d *delivery) apply() {
	if d.applied {
		return
	}
	d.applied = true
	defer close(d.done)
	for _, update := range d.updates {
		update()
	}
}

func newPrompt() *prompt { return &prompt{gathered: make(chan struct{}, 1)} }

// begin has the UI goroutine look for answers before each drawing, until end. The toolkit ticks animations between
// events and drawing.
func (p *prompt) begin() {
	p.beforeDrawing = fyne.NewAnimation(time.Hour, func(float32) { p.await(answerWithin) })
	p.beforeDrawing.RepeatCount = fyne.AnimationRepeatForever
	p.beforeDrawing.Curve = fyne.AnimationLinear
	p.beforeDrawing.Start()
}

func (p *prompt) end() {
	if p.beforeDrawing != nil {
		p.beforeDrawing.Stop()
	}
}

// starts is told by the ticker when it begins to gather, gathers when it has what is to be applied, nil for nothing.
func (p *prompt) starts() {
	p.reading.Store(p.asked.Load())
	p.ready.Store(false)
}

func (p *prompt) gathers(d *delivery) {
	if d != nil {
		p.latest.Store(d)
	}
	p.answered.Store(p.reading.Load())
	select {
	case p.gathered <- struct{}{}:
	default:
	}
}

// await applies what was gathered. Where the user asked for more and the ticker is at it, it waits for it, once an asking
// and no longer than most.
func (p *prompt) await(most time.Duration) {
	p.applyLatest()
	asked := p.asked.Load()
	if asked == p.waited {
		return
	}
	p.waited = asked
	timeout := time.NewTimer(most)
	defer timeout.Stop()
	for p.answered.Load() < asked && (p.ready.Load() || p.reading.Load() >= asked) {
		select {
		case <-p.gathered:
		case <-timeout.C:
			return
		}
	}
	p.applyLatest()
}

func (p *prompt) applyLatest() {
	if d := p.latest.Swap(nil); d != nil {
		d.apply()
	}
}
