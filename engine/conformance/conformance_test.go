package conformance

import (
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"sluice/engine/settings"
)

// section is one section of a specification.
type section struct {
	number, title string
	dialect       settings.Dialect
	rows          []row
}

// row is one statement.
type row struct {
	says  string // the statement
	given string // settings, in TOML
	// dialect is that of the section unless it is given.
	dialect settings.Dialect
	talk    string // what shows that it holds, see converse
	// elsewhere is the test that shows it, PACKAGE.TEST, because a conversation would take too long or too much.
	elsewhere string
	// exempt says why the statement is not to hold.
	exempt string
	// beside says why the statement has nothing to hold for here.
	beside string
}

// sections are all statements in the order of the specifications.
var sections = []section{
	emqx4Transport, emqx4Identity, emqx4Topics, emqx4MQTT, emqx4PubSub, emqx4Core, emqx4Fixed,
	emqx5Interface, emqx5Messages, emqx5Order, emqx5Replies, emqx5Lifecycle, emqx5Tokens, emqx5Publish, emqx5Subscribe,
	emqx5Access, emqx5Blockwise, emqx5Connectionless, emqx5Management, emqx5Drafts, emqx5Listeners,
	ietfResources, ietfProperties, ietfOperations, ietfLifecycle, draftsBefore,
	rfcMessages, rfcObserve, rfcBlockwise,
}

// attempts is how often a conversation may be had: on a busy machine a second may be over before its answer is there.
const attempts = 3

// tally counts rows.
type tally struct {
	holds, elsewhere, exempt, beside, all atomic.Int32
}

func (c *tally) String() string {
	return fmt.Sprintf("%3d of %3d rows hold, %2d are shown by tests elsewhere, %2d are exempt; %2d have nothing to hold for",
		c.holds.Load(), c.all.Load()-c.beside.Load(), c.elsewhere.Load(), c.exempt.Load(), c.beside.Load())
}

// TestMain lets many rows run at once, whatever the number of processors: most of them wait most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	var all tally
	counts := make([]tally, len(sections))
	t.Run("section", func(t *testing.T) {
		for i, s := range sections {
			t.Run(s.number+" "+s.title, func(t *testing.T) {
				t.Parallel()
				for _, r := range s.rows {
					t.Run(r.says, func(t *testing.T) {
						t.Parallel()
						r.run(t, s.dialect, &counts[i], &all)
					})
				}
			})
		}
	})
	for i, s := range sections {
		if counts[i].all.Load() == 0 { // not asked for by -run
			continue
		}
		t.Logf("%-9s%-52s%s", s.number, s.title, &counts[i])
	}
	t.Logf("%-61s%s", "in all", &all)
}

func (r row) run(t *testing.T, dialect settings.Dialect, counts ...*tally) {
	count := func(of func(*tally) *atomic.Int32) {
		for _, c := range counts {
			of(c).Add(1)
		}
	}
	count(func(c *tally) *atomic.Int32 { return &c.all })
	switch {
	case r.beside != "":
		count(func(c *tally) *atomic.Int32 { return &c.beside })
		return
	case r.elsewhere != "":
		count(func(c *tally) *atomic.Int32 { return &c.elsewhere })
		return
	}
	if r.dialect != "" {
		dialect = r.dialect
	}
	err := r.holds(t, dialect)
	for attempt := 2; err != nil && r.exempt == "" && attempt <= attempts; attempt++ {
		t.Logf("again: %v", err)
		err = r.holds(t, dialect)
	}
	switch {
	case err == nil && r.exempt != "":
		t.Errorf("holds, but is said not to: %s", r.exempt)
	case err == nil:
		count(func(c *tally) *atomic.Int32 { return &c.holds })
	case r.exempt != "":
		count(func(c *tally) *atomic.Int32 { return &c.exempt })
	default:
		t.Error(err)
	}
}

// holds has the conversation, and sees that the gateway is alive after it.
func (r row) holds(t *testing.T, dialect settings.Dialect) error {
	w, err := newWorld(t, dialect, r.given)
	defer w.end(t)
	if err != nil {
		return err
	}
	if err := w.converse(r.talk); err != nil {
		return err
	}
	d, err := w.device("z")
	if err != nil {
		return err
	}
	return d.pings()
}
