package directory

import (
	"errors"
	"testing"
)

// TestRemoveFromThisSide: whoever made a registration, it goes from the table and the disk, and the event says why.
func TestRemoveFromThisSide(t *testing.T) {
	disk := newMemory()
	d := open(t, Config{Store: disk})
	kept := enter(t, d, "user:a", "ep=kept", "</a>")
	gone := enter(t, d, "user:b", "ep=gone", "</a>;rt=x")
	before := d.Revision()
	if found, err := d.Remove("/rd/"+gone, "removed by an operator"); !found || err != nil {
		t.Fatalf("%v, %v", found, err)
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
		if found, err := d.Remove(location, ""); found || err != nil {
			t.Errorf("%q: %v, %v", location, found, err)
		}
	}
}

// failing is a disk that is full.
type failing struct{ *memory }

func (failing) DeleteRegistration(_ string, done func(error)) { done(errors.New("disk full")) }

func TestRemoveSaysThatTheDiskFailed(t *testing.T) {
	d := open(t, Config{Store: failing{newMemory()}})
	id := enter(t, d, "user:a", "ep=x", "")
	if found, err := d.Remove("/rd/"+id, ""); !found || err == nil || err.Error() != "remove /rd/"+id+": disk full" {
		t.Errorf("%v, %v", found, err)
	}
}
