// Package access is the pane of users and rules: who gets in, and who may publish and subscribe where. A box answers what a
// client may do, and names the rule that decides.
package access

import (
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine. What it changes is on disk, and holds
// for who lives, when it returns.
type Engine interface {
	Revision() uint64
	Clients() []engine.Client
	Users() []engine.User
	// PutUser makes a user or changes one; a nil password stays as it is. It hashes, which takes tens of milliseconds.
	PutUser(username string, password *string, attrs map[string]string) error
	DeleteUser(username string) (engine.DeletedUser, error)
	RestoreUser(engine.DeletedUser) error
	Anonymous() bool
	SetAnonymous(bool) error
	ClientIDRule() settings.ClientID
	SetClientIDRule(settings.ClientID) error
	Rules() []settings.Rule
	SetRules([]settings.Rule) error
	Throttled() []access.Throttled
	LoginAttempts() access.Attempts
	May(engine.Question) engine.Answer
}

// Pane is the Access pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	host   *pane.Host

	content  fyne.CanvasObject
	header   *widget.PaneHeader
	filter   *widget.FilterEntry
	users    *widget.DataTable[string, UserRow]
	list     *widget.DataTable[int, RuleRow]
	slowed   *widget.DataTable[string, slowRow]
	split    *widget.Split
	overview *overview
	detail   *userDetail
	form     *ruleForm
	check    *check
	right    *container.Scroll
	column   *fyne.Container // right above check
	sections *widget.Sections
	fitted   float32 // how high the words of the right side were at its last layout
	noUser   *widget.EmptyState
	noRule   *widget.EmptyState

	side  side
	sides [sideCount]fyne.CanvasObject
	state state // as it was gathered last
	rules []settings.Rule

	changing sync.Mutex // one change of the rules at a time: each begins with the rules as they are

	asked atomic.Pointer[question] // what Gather is to answer
	// The rest belongs to Gather.
	answered question
	revision uint64
	built    time.Time
}

// side is what the right side shows.
type side uint8

const (
	sideOverview side = iota
	sideUser
	sideRule
	sideCount
)

// question is what the user asks of the pane.
type question struct {
	filter string
	user   string // in detail
	may    engine.Question
}

// state is what is read of the engine.
type state struct {
	users     []engine.User
	rules     []settings.Rule
	anonymous bool
	clientID  settings.ClientID
	throttled []access.Throttled
	attempts  access.Attempts
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	p := &Pane{engine: e, host: h}
	p.filter = widget.NewFilterEntry(lang.L("Filter users and rules"), func(string) { p.ask() })
	p.noUser, p.noRule = widget.NewEmptyState("", ""), widget.NewEmptyState("", "")
	p.users, p.list, p.slowed = newUserTable(p), newRuleTable(p), newSlowTable()
	p.overview, p.detail, p.form = newOverview(p), newUserDetail(p), newRuleForm(p)
	p.check = newCheck(func() { p.ask() })
	p.asked.Store(&question{may: p.check.question()})

	p.header = widget.NewPaneHeader(lang.L("Access"), p.filter,
		widget.NewButton(lang.L("Who gets in"), p.showOverview),
		widget.NewButton(lang.L("Add rule"), p.addRule),
		widget.NewPrimaryButton(lang.L("Add user"), p.addUser))
	p.sections = widget.NewSections(
		widget.Section{Table: p.users},
		widget.Section{Title: lang.L("Rules, of which the first that matches decides"), Table: p.list},
		widget.Section{Title: lang.L("Slowed down after wrong passwords"), Table: p.slowed},
	)
	for s, object := range map[side]fyne.CanvasObject{sideOverview: p.overview.object, sideUser: p.detail.object, sideRule: p.form.object} {
		p.sides[s] = widget.NewPadded(16, 12, object)
	}
	p.right = container.NewVScroll(container.NewStack())
	p.column = pane.Border(nil, p.check.object, nil, nil, p.right)
	p.split = widget.NewHSplit(p.sections, widget.NewPanel(p.column), 0.66)
	p.content = pane.Border(p.header, nil, nil, nil, p.split)
	p.show(sideOverview)
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no rows.
func (p *Pane) Keyboard() fyne.Focusable {
	if to := p.users.Keyboard(); to != nil {
		return to
	}
	return p.list.Keyboard()
}

// Show selects the user with that name.
func (p *Pane) Show(item string) {
	p.filter.SetText("")
	if !p.users.Select(item) {
		p.filter.SetText(item)
	}
}

// show brings one of the three to the right side.
func (p *Pane) show(s side) {
	p.side = s
	if s != sideUser {
		p.users.Unselect()
	}
	if s != sideRule || p.form.draft.fresh {
		p.list.Unselect()
	}
	p.right.Content = p.sides[s]
	p.right.ScrollToTop()
	p.fitted = 0
	p.fit()
	p.ask()
}

// showOverview says who gets in.
func (p *Pane) showOverview() {
	p.leave()
	p.show(sideOverview)
	p.host.Window.Canvas().Focus(p.overview.anonymous)
}

// ask tells Gather what is wanted now.
func (p *Pane) ask() {
	if p.check == nil {
		return // it is being built
	}
	q := question{filter: p.filter.Text, may: p.check.question()}
	if row, ok := p.users.Selected(); ok {
		q.user = row.Username
	}
	p.asked.Store(&q)
	p.host.Wake()
}

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	q, revision := *p.asked.Load(), p.engine.Revision()
	// Once a second is enough for who is connected and who is slowed down.
	if q == p.answered && revision == p.revision && now.Sub(p.built) < time.Second && !now.Before(p.built) {
		return nil
	}
	p.answered, p.revision, p.built = q, revision, now
	s := state{users: p.engine.Users(), rules: p.engine.Rules(), anonymous: p.engine.Anonymous(), clientID: p.engine.ClientIDRule(),
		throttled: p.engine.Throttled(), attempts: p.engine.LoginAttempts()}
	var answer *verdict
	decides := -1
	if ready, problem := complete(q.may); ready && problem == nil {
		v := inWords(q.may, p.engine.May(q.may))
		answer, decides = &v, v.rule
	}
	users, slowed := buildUserRows(s.users, q.filter), buildSlowRows(s.throttled, now)
	rules := buildRuleRows(s.rules, q.filter, decides)
	var clients []engine.Client
	if q.user != "" {
		clients = clientsOf(p.engine.Clients(), q.user)
	}
	return func() {
		p.state = s
		p.noUser.Set(emptyUsers(len(s.users)), "")
		p.noRule.Set(emptyRules(len(s.rules)), "")
		p.header.SetSummary(summary(&s))
		p.users.SetRows(users)
		p.list.SetRows(rules)
		p.slowed.SetRows(slowed)
		pane.SetVisible(p.slowed, len(slowed) > 0)
		p.sections.Refresh()
		p.overview.show(&s)
		p.showRules(s.rules)
		p.showUser(clients)
		if q.may == p.check.question() && p.check.show(answer) && decides >= 0 {
			p.list.ScrollTo(decides)
		}
		p.fit()
	}
}

// fit lays the right side out anew where its words need another height.
func (p *Pane) fit() {
	if p.column == nil {
		return // it is being built
	}
	for range 2 { // how high wrapped lines are is known once they have their width
		height := p.right.Content.MinSize().Height + p.check.object.MinSize().Height
		if height == p.fitted {
			return
		}
		p.fitted = height
		p.right.Refresh()
		p.column.Refresh()
	}
}

// clientsOf lists who is connected under a username, by ID.
func clientsOf(clients []engine.Client, username string) []engine.Client {
	clients = slices.DeleteFunc(clients, func(c engine.Client) bool { return c.Username != username })
	slices.SortFunc(clients, func(a, b engine.Client) int { return compare(a.ID, b.ID) })
	return clients
}

// showRules brings the form up to date.
func (p *Pane) showRules(rules []settings.Rule) {
	p.rules = rules
	if p.side == sideRule && !p.form.follow(rules) {
		p.show(sideOverview)
	}
}

// showUser brings the detail of the selected user up to date.
func (p *Pane) showUser(clients []engine.Client) {
	if p.side != sideUser {
		return
	}
	if row, ok := p.users.Selected(); ok {
		p.detail.show(row, clients)
	} else {
		p.show(sideOverview)
	}
}

// summary is the line beside the pane's title.
func summary(s *state) string {
	if s.anonymous {
		return lang.L("Anonymous clients are let in")
	}
	return lang.L("Only users are let in")
}

func emptyUsers(all int) string {
	if all > 0 {
		return lang.L("No user matches the filter.")
	}
	return lang.L("No user is defined. Add one for each device that logs in.")
}

func emptyRules(all int) string {
	if all > 0 {
		return lang.L("No rule matches the filter.")
	}
	return lang.L("There are no rules: who gets in may publish and subscribe everywhere.")
}

// layout is what is remembered of the pane.
type layout struct {
	Users widget.TableState `json:"users"`
	Rules widget.TableState `json:"rules"`
	Split float64           `json:"split"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Users: p.users.State(), Rules: p.list.State(), Split: p.split.Offset()})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.users.SetState(l.Users)
	p.list.SetState(l.Rules)
	p.split.SetOffset(l.Split)
	return nil
}

// failed tells that a change did not come about, and has the pane look again.
func (p *Pane) failed(what string, err error) {
	p.host.Failed(what, err)
	p.host.Wake()
}

// done tells that a change came about.
func (p *Pane) done(text string) {
	p.host.Notify(theme.RoleGood, text, "", nil)
	p.host.Wake()
}
