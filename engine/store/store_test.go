package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"sluice/engine/settings"
)

const hash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestMain(m *testing.M) {
	if child := children[os.Getenv("SLUICE_STORE_CHILD")]; child != nil {
		child(os.Getenv("SLUICE_STORE_PATH"))
		return
	}
	os.Exit(m.Run())
}

// children are what the test binary does when a test starts it again.
var children = map[string]func(path string){}

// open opens a store that the end of the test closes.
func openStore(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// put keeps a resource and waits until it is on disk.
func put(t *testing.T, s *Store, topic, value string) {
	t.Helper()
	if err := wait(func(done func(error)) { s.PutResource(topic, []byte(value), done) }); err != nil {
		t.Fatal(err)
	}
}

func resources(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := s.Resources(func(topic string, value []byte) error {
		all[topic] = string(value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openStore(t, path)
	if _, ok, err := s.Settings(); ok || err != nil {
		t.Fatalf("a new store has settings: %v, %v", ok, err)
	}
	want := settings.Default()
	want.Gateway.ConnectionRequired = true
	want.Listeners = []settings.Listener{{Bind: "coap://:1", Dialect: settings.DialectEMQX4}}
	want.Access.Rules = []settings.Rule{{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"x"}}}
	must(t, s.PutSettings(want))
	attrs := map[string]string{"tenant": "acme"}
	must(t, s.PutUser(settings.User{Username: "b", Hash: hash, ClientAttrs: attrs}))
	must(t, s.PutUser(settings.User{Username: "a", Hash: hash}))
	must(t, s.PutUser(settings.User{Username: "c", Hash: hash}))
	must(t, s.DeleteUser("c"))
	must(t, s.DeleteUser("nobody"))
	must(t, s.PutValue("layout", []byte("{}")))
	put(t, s, "a/b", "1")
	put(t, s, "empty", "")
	must(t, wait(func(done func(error)) { s.PutRetained("r", []byte("2"), done) }))
	must(t, wait(func(done func(error)) { s.PutRetained("gone", []byte("2"), done) }))
	must(t, wait(func(done func(error)) { s.DeleteRetained("gone", done) }))
	must(t, s.Close())

	s = openStore(t, path)
	got, ok, err := s.Settings()
	got.Access.Users = nil
	if err != nil || !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("settings: %+v, %v, %v", got, ok, err)
	}
	users, err := s.Users()
	if err != nil || !reflect.DeepEqual(users, []settings.User{{Username: "a", Hash: hash}, {Username: "b", Hash: hash, ClientAttrs: attrs}}) {
		t.Errorf("users: %v, %v", users, err)
	}
	if v, ok, err := s.Value("layout"); string(v) != "{}" || !ok || err != nil {
		t.Errorf("value: %q, %v, %v", v, ok, err)
	}
	if _, ok, err := s.Value("other"); ok || err != nil {
		t.Errorf("a value that was never kept: %v, %v", ok, err)
	}
	if all := resources(t, s); !reflect.DeepEqual(all, map[string]string{"a/b": "1", "empty": ""}) {
		t.Errorf("resources: %v", all)
	}
	var retained []string
	must(t, s.Retained(func(topic string, value []byte) error {
		retained = append(retained, topic+"="+string(value))
		return nil
	}))
	if !reflect.DeepEqual(retained, []string{"r=2"}) {
		t.Errorf("retained: %v", retained)
	}
	if info, err := os.Stat(path); err != nil || s.Size() != info.Size() || s.Path() != path {
		t.Errorf("size %d, path %s", s.Size(), s.Path())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoListenersAreKeptAsNone(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	v := settings.Default()
	v.Listeners = nil
	must(t, s.PutSettings(v))
	if got, _, err := s.Settings(); err != nil || len(got.Listeners) != 0 {
		t.Errorf("%v, %v", got.Listeners, err)
	}
}

func TestPasswordsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openStore(t, path)
	if err := s.PutUser(settings.User{Username: "a", Password: "hunter2"}); err == nil {
		t.Error("a user with a password was kept")
	}
	if err := s.PutUser(settings.User{Username: "a"}); err == nil {
		t.Error("a user without a hash was kept")
	}
	v := settings.Default()
	v.Access.Users = []settings.User{{Username: "a", Password: "hunter2"}}
	must(t, s.PutSettings(v))
	must(t, s.Close())
	if data, _ := os.ReadFile(path); strings.Contains(string(data), "hunter2") {
		t.Error("the password is in the file")
	}
}

func TestWritesThatCannotBeQueued(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	for name, topic := range map[string]string{"empty": "", "long": strings.Repeat("x", 32769)} {
		if err := wait(func(done func(error)) { s.PutResource(topic, nil, done) }); err == nil {
			t.Errorf("the %s name was kept", name)
		}
	}
	must(t, s.Close())
	must(t, s.Close())
	if err := wait(func(done func(error)) { s.DeleteResource("a", done) }); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := s.Resources(nil); err == nil {
		t.Error("a closed store can be read")
	}
}

func TestQueueIsBounded(t *testing.T) {
	// Without its goroutine nothing leaves the queue.
	s := &Store{wake: make(chan struct{}, 1)}
	value := make([]byte, 1<<20)
	for range 63 {
		s.PutResource("a", value, func(err error) { t.Errorf("the queue is full too early: %v", err) })
	}
	var full error
	s.PutResource("a", value, func(err error) { full = err })
	if !errors.Is(full, ErrBusy) {
		t.Errorf("got %v", full)
	}
}

func TestLastWriteOfABatchWinsAndDoneIsInOrder(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	var order []int
	done := make(chan struct{})
	note := func(i int) func(error) {
		return func(err error) {
			if err != nil {
				t.Error(err)
			}
			order = append(order, i)
			if i == 3 {
				close(done)
			}
		}
	}
	// One batch, as the writer would take it.
	s.commit([]write{
		{bucketResources, "a", seal("a", []byte("1")), note(0)},
		{bucketResources, "b", seal("b", []byte("1")), note(1)},
		{bucketResources, "b", nil, note(2)},
		{bucketResources, "a", seal("a", []byte("2")), note(3)},
	})
	<-done
	if !reflect.DeepEqual(order, []int{0, 1, 2, 3}) {
		t.Errorf("done in order %v", order)
	}
	if got := resources(t, s); !reflect.DeepEqual(got, map[string]string{"a": "2"}) {
		t.Errorf("kept %v", got)
	}
}

func TestManyWritersShareTransactions(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	before := transactions(t, s)
	const writers = 1000
	var all sync.WaitGroup
	all.Add(writers)
	for i := range writers {
		s.PutResource(fmt.Sprintf("topic/%d", i), []byte("value"), func(err error) {
			if err != nil {
				t.Error(err)
			}
			all.Done()
		})
	}
	all.Wait()
	if n := len(resources(t, s)); n != writers {
		t.Errorf("%d of %d are there", n, writers)
	}
	if n := transactions(t, s) - before; n > writers/10 {
		t.Errorf("%d writers took %d transactions", writers, n)
	}
}

// transactions counts those that were ever written to the file.
func transactions(t *testing.T, s *Store) (n int) {
	t.Helper()
	must(t, s.view(func(tx *bbolt.Tx) error {
		n = tx.ID()
		return nil
	}))
	return n
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openStore(t, path)
	for i := range 100 {
		s.PutResource(fmt.Sprint(i), []byte("v"), func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	must(t, s.Close())
	if n := len(resources(t, openStore(t, path))); n != 100 {
		t.Errorf("%d of 100 are there", n)
	}
}

func TestDoneMayBeNil(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	s.PutResource("", nil, nil)
	s.PutResource("a", []byte("1"), nil)
	s.PutResource("b", []byte("1"), nil)
	must(t, wait(func(done func(error)) { s.DeleteResource("b", done) }))
	if got := resources(t, s); !reflect.DeepEqual(got, map[string]string{"a": "1"}) {
		t.Errorf("kept %v", got)
	}
}

func TestValueIsCopied(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "state.db"))
	value := []byte("before")
	must(t, wait(func(done func(error)) {
		s.PutResource("a", value, done)
		copy(value, "after!")
	}))
	if got := resources(t, s)["a"]; got != "before" {
		t.Errorf("kept %q", got)
	}
}
