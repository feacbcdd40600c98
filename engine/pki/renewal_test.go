package pki

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestServerIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := inMemory(t)
		if _, needs := k.ServerNeedsRenewal(time.Now()); needs {
			t.Error("there is none to renew")
		}
		set, err := k.SetUp("")
		must(t, err)
		must(t, k.Rename(set.Server, "gateway"))
		if _, needs := k.ServerNeedsRenewal(time.Now()); needs {
			t.Error("a new one needs renewal")
		}
		time.Sleep(ServerLifetime - renewBefore + time.Hour)
		e, needs := k.ServerNeedsRenewal(time.Now())
		if !needs || e.ID != set.Server {
			t.Errorf("%+v, %v", e, needs)
		}
		renewed, err := k.RenewServer()
		must(t, err)
		if renewed.Name != "gateway" || time.Until(renewed.NotAfter) < ServerLifetime-time.Hour {
			t.Errorf("%+v", renewed)
		}
		if _, there := k.Entry(set.Server); there {
			t.Error("the old one is still there")
		}
	})
}

func TestServerIsNotRenewedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := inMemory(t)
		authority, err := k.CreateAuthority("short", 10*day)
		must(t, err)
		first, err := k.SetUp("")
		must(t, err)
		time.Sleep(time.Minute)
		if _, needs := k.ServerNeedsRenewal(time.Now()); needs {
			t.Error("a new one would not end later")
		}
		must(t, k.Revoke(authority.ID))
		if _, needs := k.ServerNeedsRenewal(time.Now()); needs {
			t.Error("nobody could issue another")
		}
		_, err = k.CreateAuthority("long", 0)
		must(t, err)
		if e, needs := k.ServerNeedsRenewal(time.Now()); !needs || e.ID != first.Server {
			t.Error("a longer one is not asked for")
		}
	})
}

func TestServerThatLacksANameOfTheMachineNeedsRenewal(t *testing.T) {
	k := inMemory(t)
	_, err := k.CreateAuthority("", 0)
	must(t, err)
	e, err := k.IssueServer("gateway.example", "192.0.2.7")
	must(t, err)
	c := *k.certs[e.ID]
	c.Names = []string{"localhost", "gateway.example", "192.0.2.7"}
	k.certs[e.ID] = &c
	if _, needs := k.ServerNeedsRenewal(time.Now()); !needs {
		t.Error("it does not")
	}
	e, err = k.RenewServer()
	must(t, err)
	for _, name := range append(MachineNames(), "gateway.example", "192.0.2.7") {
		if !slices.Contains(e.Names, name) {
			t.Errorf("%q is not in %q", name, e.Names)
		}
	}
}

func TestWarnings(t *testing.T) {
	f := inKeyFile(t)
	k := f.open()
	_, err := k.CreateAuthority("", 0)
	must(t, err)
	lamp, err := k.Issue(Request{Name: "lamp-3", Kind: Client, Lifetime: 60 * day})
	must(t, err)
	revoked, err := k.Issue(Request{Name: "lamp-4", Kind: Client, Lifetime: 60 * day})
	must(t, err)
	must(t, k.Revoke(revoked.ID))

	for _, test := range []struct {
		left time.Duration
		want Step
	}{{31 * day, NotNear}, {30 * day, Month}, {8 * day, Month}, {7 * day, Week}, {time.Second, Week}, {-time.Second, Over}} {
		now := lamp.NotAfter.Add(-test.left)
		warnings := k.Warnings(now)
		if test.want == NotNear {
			if len(warnings) != 0 {
				t.Errorf("%v left: %+v", test.left, warnings)
			}
			continue
		}
		if len(warnings) != 1 || warnings[0].Entry.ID != lamp.ID || warnings[0].Step != test.want {
			t.Fatalf("%v left: %+v", test.left, warnings)
		}
	}
	now := lamp.NotAfter.Add(-20 * day)
	if k.Warnings(now)[0].Told {
		t.Error("it was told before")
	}
	must(t, k.MarkTold(k.Warnings(now)))
	k = f.open()
	if !k.Warnings(now)[0].Told {
		t.Error("that it was told is forgotten")
	}
	if k.Warnings(now.Add(15 * day))[0].Told {
		t.Error("the next step was told before")
	}
	_, err = k.Issue(Request{Name: "lamp-3", Kind: Client, Lifetime: 90 * day})
	must(t, err)
	if warnings := k.Warnings(now); len(warnings) != 0 {
		t.Errorf("there is a successor, and yet: %+v", warnings)
	}
}
