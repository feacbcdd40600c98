package topics

import (
	"sync"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/theme"
)

// undoneBytes is how much is kept of what one question deleted; of more nothing is.
const undoneBytes = 8 << 20

// kept is what one question deleted, so that it can be brought back.
type kept struct {
	mu    sync.Mutex
	list  []engine.DeletedTopic
	bytes int
}

func (k *kept) add(d engine.DeletedTopic) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bytes += d.Size(); k.bytes > undoneBytes {
		k.list = nil
	} else if !d.Empty() {
		k.list = append(k.list, d)
	}
}

func keptOf(d engine.DeletedTopic) *kept {
	k := &kept{}
	k.add(d)
	return k
}

// offer tells what was deleted, with a way to take it back where it was not too much.
func (p *Pane) offer(branch, text string, k *kept) {
	if len(k.list) == 0 {
		p.host.Notify(theme.RoleGood, text, "", nil)
		return
	}
	title := lang.L("Bringing {{.Topic}} back", map[string]any{"Topic": branch})
	p.host.Undoable(text, func() error {
		_, err := p.each(title, len(k.list), func(i int) error { return p.engine.RestoreTopic(k.list[i]) })
		return err
	})
}
