package directory

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestRemoveFromThisSide: whoever made a registration, it goes from the table and the disk, and the event says why.
func TestRemoveFromThisSide(t *testing.T) {
	disk := newMemory()
	d := open(t, Config{Store: disk})
	kept := enter(t, d, "user:a", "ep=kept", "</a>")
	gone := enter(t, d, "user:b", "ep=gone", "</a>;rt=x")
	before := d.Revision()
	if removed, err := d.Remove("/rd/"+gone, "removed by an operator"); !removed.Found() || err != nil {
		t.Fatalf("%v, %v", removed, err)
	}
	if d.Revision() == before {
		t.Error("the revision has not changed")
	}
	if all := d.Snapshot(); len(all) != 1 || all[0].Location != "/rd/"+kept || disk.len() != 1 {
		t.Errorf("left: %v, on disk %d", all, disk.len())
	}
	events := d.Events(2)
	if len(events) != 1 || events[0].Kind != Removed || events[0].Endpoint != "gone" || events[0].Reason != "removed by an operator" {
		t.Errorf("events %v", events)
	}
	for _, location := range []string{"/rd/" + gone, "/rd/", "", "/other/" + kept} {
		if removed, err := d.Remove(location, ""); removed.Found() || err != nil {
			t.Errorf("%q: %v, %v", location, removed, err)
		}
	}
}

// failing is a disk that is full.
type failing struct{ *memory }

func (failing) DeleteRegistration(_ string, done func(error)) { done(errors.New("disk full")) }

func TestRemoveSaysThatTheDiskFailed(t *testing.T) {
	d := open(t, Config{Store: failing{newMemory()}})
	id := enter(t, d, "user:a", "ep=x", "")
	if removed, err := d.Remove("/rd/"+id, ""); !removed.Found() || err == nil || err.Error() != "remove /rd/"+id+": disk full" {
		t.Errorf("%v, %v", removed, err)
	}
}

// TestRestore: what was removed is back at its location with what is left of its lifetime, on disk too.
func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newMemory()
		d := open(t, Config{Store: disk})
		id := enter(t, d, "user:a", "ep=lamp&lt=100", "</a>;rt=x")
		before := d.Snapshot()[0]
		remove := func() RemovedRegistration {
			removed, err := d.Remove("/rd/"+id, "")
			if !removed.Found() || err != nil {
				t.Fatalf("%v, %v", removed, err)
			}
			return removed
		}
		removed := remove()
		time.Sleep(60 * time.Second)
		if err := d.Restore(removed, "by an operator"); err != nil {
			t.Fatal(err)
		}
		after := d.Snapshot()[0]
		if after.Location != before.Location || after.Owner != before.Owner || !after.Since.Equal(before.Since) || len(after.Links) != 1 || after.Remaining != 40*time.Second || disk.len() != 1 {
			t.Errorf("restored %+v, on disk %d", after, disk.len())
		}
		if err := d.Restore(removed, ""); err != ErrRegisteredAgain {
			t.Errorf("twice: %v", err)
		}
		time.Sleep(40*time.Second + time.Millisecond)
		if last := d.Events(0); last[len(last)-1].Kind != Expired {
			t.Errorf("the lifetime does not end: %v", last[len(last)-1].Kind)
		}
		removed = remove()
		enter(t, d, "user:a", "ep=lamp&lt=100", "</b>")
		if err := d.Restore(removed, ""); err != ErrRegisteredAgain {
			t.Errorf("over a newer one: %v", err)
		}
		id = d.Snapshot()[0].Location[len("/rd/"):]
		removed = remove()
		time.Sleep(100*time.Second + remembered)
		if err := d.Restore(removed, ""); err != ErrLifetimeOver {
			t.Errorf("after its lifetime: %v", err)
		}
	})
}
