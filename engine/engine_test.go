package engine

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/record"
	"sluice/engine/settings"
)

func TestFromDeviceToSubscriber(t *testing.T) {
	b := startUp(t, local(), "")
	if s := b.Status(); s.State != Running || s.Since.IsZero() || len(s.Listeners) != 3 || s.StatePath == "" || s.StateSize == 0 {
		t.Errorf("status %+v", s)
	}
	subscriber := b.listen(t, "a/#")
	device := b.device(t)
	before := b.Revision()
	if answer := device.ask(codes.POST, "/ps/a/b", "qos=1", -1, "hot"); answer.Code != codes.Changed {
		t.Fatalf("answered %v", answer)
	}
	subscriber.expect("a/b", "hot")

	if b.Revision() == before {
		t.Error("the revision did not change")
	}
	if topic, ok := b.Topics().Topic("a/b"); !ok || string(topic.Payload) != "hot" || topic.Count != 1 {
		t.Errorf("the table has %+v", topic)
	}
	if s := b.Status(); s.In == 0 || s.Out == 0 {
		t.Errorf("counted %d in, %d out", s.In, s.Out)
	}
	protocols := map[record.Protocol]int{}
	for _, f := range b.Record().Since(0, 100) {
		protocols[f.Protocol]++
		if f.Listener == "" || !f.Peer.IsValid() {
			t.Errorf("frame %+v", f)
		}
	}
	if protocols[record.CoAP] != 2 || protocols[record.MQTT] < 5 {
		t.Errorf("recorded %v", protocols)
	}
}

func TestFromMQTTToObserver(t *testing.T) {
	b := startUp(t, local(), "")
	device := b.device(t)
	if answer := device.ask(codes.GET, "/ps/a/b", "", 0, ""); answer.Code != codes.Content {
		t.Fatalf("answered %v", answer)
	}
	observers := b.Observers()
	if len(observers) != 1 || observers[0].Filter != "a/b" || observers[0].Window {
		t.Fatalf("observers %+v", observers)
	}
	publisher, err := b.mqtt(t, "publisher", "", "")
	if err != nil {
		t.Fatal(err)
	}
	publisher.publish("a/b", "cold")
	if n := device.next(); n.Code != codes.Content || string(n.Payload) != "cold" {
		t.Errorf("notified of %v", n)
	}
	await(t, "the notification is counted", func() bool { return b.Status().Notifications == 1 })
	if !b.EndObservation(observers[0].ID) || b.EndObservation(observers[0].ID) || len(b.Observers()) != 0 {
		t.Error("the observation did not end once")
	}
}

func TestClientsOfBothSides(t *testing.T) {
	b := startUp(t, local(), "")
	b.listen(t, "a/#")
	b.device(t).ask(codes.POST, "/ps/x", "clientid=dev1", -1, "1")
	b.device(t).ask(codes.PUT, "/mqtt/x", "c=old1", -1, "1")
	modes := map[string]Client{}
	for _, c := range b.Clients() {
		modes[c.Mode] = c
	}
	if c := modes["MQTT 5"]; c.ID != "listener" || c.Transport != "mqtt" || len(c.Subscribes) != 1 || c.Heartbeat != 30*time.Second {
		t.Errorf("the MQTT client is %+v", c)
	}
	if c := modes["v4 query"]; c.ID != "old1" || c.Transport != "coap" || c.Listener != "coap://127.0.0.1:0" {
		t.Errorf("the client of version 4 is %+v", c)
	}
	if c := modes["connectionless"]; c.Transport != "coap" || len(c.Publishes) != 1 || c.Publishes[0] != "x" {
		t.Errorf("the client without connection is %+v", c)
	}
	for _, c := range b.Clients() {
		if !b.Disconnect(c.Key) {
			t.Errorf("%s cannot be ended", c.Key)
		}
	}
	await(t, "no client is left", func() bool { return len(b.Clients()) == 0 })
	if b.Disconnect("nobody") || b.Disconnect("mqtt/nobody") {
		t.Error("nobody was ended")
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	b := startUp(t, local(), path)
	device := b.device(t)
	device.ask(codes.POST, "/ps/kept", "retain=true", -1, "from a device")
	if answer := device.ask(codes.PUT, "/ps/resource", "c=old", -1, "of version 4"); answer.Code>>5 != 2 {
		t.Errorf("answered %v", answer)
	}
	if err := b.Publish(Publication{Topic: "kept/window", Payload: []byte("from the window"), Retain: true}); err != nil {
		t.Fatal(err)
	}
	if err := b.PutLayoutValue("panes", []byte("wide")); err != nil {
		t.Fatal(err)
	}
	b.close(t)

	b = startUp(t, local(), path)
	if topic, ok := b.Topics().Topic("kept"); !ok || string(topic.Payload) != "from a device" || !topic.Retained {
		t.Errorf("the table has %+v", topic)
	}
	subscriber := b.listen(t, "kept/window")
	subscriber.expect("kept/window", "from the window")
	if answer := b.device(t).ask(codes.GET, "/ps/resource", "c=old", -1, ""); string(answer.Payload) != "of version 4" {
		t.Errorf("the resource is %v", answer)
	}
	if got := b.LayoutValue("panes"); string(got) != "wide" {
		t.Errorf("the layout is %q", got)
	}
	if _, err := b.ClearRetained("kept"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeleteTopic("kept/window"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeleteTopic("resource"); err != nil {
		t.Fatal(err)
	}
	b.close(t)

	b = startUp(t, local(), path)
	if n := b.Topics().Len(); n != 0 {
		t.Errorf("%d topics came back", n)
	}
	if answer := b.device(t).ask(codes.GET, "/ps/resource", "c=old", -1, ""); answer.Code != codes.NotFound {
		t.Errorf("the resource came back: %v", answer)
	}
}

func TestWithoutStateFile(t *testing.T) {
	e, err := New(Config{Settings: local()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Publish(Publication{Topic: "a", Payload: []byte("1"), Retain: true}); err != nil {
		t.Error(err)
	}
	if err := e.SetSettings(local()); err != nil {
		t.Error(err)
	}
	if err := e.PutLayoutValue("a", nil); err != nil || e.LayoutValue("a") != nil {
		t.Error("something is kept nowhere")
	}
	if s := e.Status(); s.StatePath != "" || s.StateSize != 0 {
		t.Errorf("status %+v", s)
	}
	if e.Record().Last() != 0 {
		t.Error("traffic is recorded though nobody watches")
	}
}

func TestTheWindowObserves(t *testing.T) {
	b := startUp(t, local(), "")
	if err := b.Publish(Publication{Topic: "a/old", Payload: []byte("0"), Retain: true}); err != nil {
		t.Fatal(err)
	}
	id, err := b.ObserveTopic("a/+")
	if err != nil {
		t.Fatal(err)
	}
	observer := func() Observer {
		t.Helper()
		all := b.Observers()
		if len(all) != 1 || !all[0].Window || all[0].ID != id || all[0].Filter != "a/+" {
			t.Fatalf("observers %+v", all)
		}
		return all[0]
	}
	if o := observer(); string(o.Value) != "0" || o.ValueTopic != "a/old" {
		t.Errorf("the first value is %s %q", o.ValueTopic, o.Value)
	}
	before := b.Revision()
	b.device(t).ask(codes.POST, "/ps/a/b", "", -1, "1")
	if o := observer(); string(o.Value) != "1" || o.ValueTopic != "a/b" || o.Sent != 1 {
		t.Errorf("the next value is %s %q", o.ValueTopic, o.Value)
	}
	if b.Revision() == before {
		t.Error("the revision did not change")
	}
	if !b.EndObservation(id) || b.EndObservation(id) || len(b.Observers()) != 0 {
		t.Error("the observation did not end once")
	}
	for _, filter := range []string{"", "a/#/b", "a+"} {
		if _, err := b.ObserveTopic(filter); err == nil {
			t.Errorf("%q can be observed", filter)
		}
	}
}

func TestPublishRefusesWhatIsNoTopic(t *testing.T) {
	b := startUp(t, local(), "")
	for _, topic := range []string{"", "a/+", "#", "a\x00", "\xff"} {
		for _, retain := range []bool{false, true} {
			if err := b.Publish(Publication{Topic: topic, Retain: retain, Payload: []byte("1")}); err == nil {
				t.Errorf("published to %q, retain %v", topic, retain)
			}
		}
	}
}

func TestStoppedEngine(t *testing.T) {
	b := setUp(t, local(), "")
	if s := b.Status(); s.State != Stopped || len(s.Listeners) != 3 || s.Listeners[1].Scheme != "mqtt" || !s.Since.IsZero() {
		t.Errorf("status %+v", s)
	}
	if err := b.Publish(Publication{Topic: "a"}); !errors.Is(err, ErrStopped) {
		t.Errorf("Publish: %v", err)
	}
	if _, err := b.ObserveTopic("a"); !errors.Is(err, ErrStopped) {
		t.Errorf("ObserveTopic: %v", err)
	}
	if _, err := b.DeleteTopic("a"); !errors.Is(err, ErrStopped) {
		t.Errorf("DeleteTopic: %v", err)
	}
	if b.Clients() != nil || b.Observers() != nil || b.Disconnect("x") || b.EndObservation(1) {
		t.Error("a stopped engine has clients or observers")
	}
	if err := b.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestStartAndStopLeaveNothingBehind(t *testing.T) {
	b := setUp(t, local(), "")
	cycle := func() {
		t.Helper()
		if err := b.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := b.Start(context.Background()); err != nil {
			t.Error("a second Start is not ignored:", err)
		}
		subscriber := b.listen(t, "#")
		device := b.device(t)
		device.ask(codes.GET, "/ps/a", "", 0, "")
		if _, err := b.ObserveTopic("a"); err != nil {
			t.Error(err)
		}
		b.device(t).ask(codes.POST, "/ps/a", "", -1, "1")
		subscriber.expect("a", "1")
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
		<-subscriber.client.Done()
	}
	cycle()
	before := runtime.NumGoroutine()
	for range 5 {
		cycle()
	}
	await(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

func TestEverythingAtOnce(t *testing.T) {
	b := setUp(t, local(), "")
	var all sync.WaitGroup
	for _, do := range []func(int){
		func(int) { _ = b.Start(context.Background()) },
		func(i int) {
			if i%5 == 0 {
				_ = b.Stop()
			}
		},
		func(i int) { _ = b.Publish(Publication{Topic: "a", Payload: []byte{byte(i)}, Retain: i%2 == 0}) },
		func(int) {
			if id, err := b.ObserveTopic("#"); err == nil {
				b.EndObservation(id)
			}
		},
		func(int) { b.Status(); b.Clients(); b.Observers(); b.Revision() },
		func(i int) {
			s := b.Settings()
			s.Gateway.ConnectionRequired = i%2 == 0
			s.Access.Rules = []settings.Rule{{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"x"}}}
			_ = b.SetSettings(s)
		},
		func(int) { _ = b.MoveListener("coap://127.0.0.1:0", "coap://127.0.0.1:0") },
	} {
		all.Go(func() {
			for i := range 20 {
				do(i)
			}
		})
	}
	all.Wait()
}
