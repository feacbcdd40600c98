package engine

import (
	"strings"
	"testing"
	"time"

	"sluice/engine/coap"
	devices "sluice/engine/device"
	"sluice/engine/record"
	"sluice/engine/settings"
)

func thermometer(t *testing.T) *devices.Template {
	t.Helper()
	return devices.Templates()[0]
}

func TestSimulatedDevicesSpeakToTheListenerOfTheirDialect(t *testing.T) {
	s := local()
	s.Listeners = []settings.Listener{
		{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectEMQX4}, {Bind: "coap://0.0.0.0:0", Dialect: settings.DialectEMQX5},
	}
	b := setUp(t, s, "")
	if _, err := b.StartDevices(devices.Order{Template: thermometer(t), Count: 1}); err == nil || !strings.Contains(err.Error(), ErrStopped.Error()) {
		t.Errorf("on a stopped engine: %v", err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, dialect := range []devices.Dialect{devices.EMQX4, devices.EMQX5} {
		if _, err := b.StartDevices(devices.Order{Template: thermometer(t), Count: 2, Dialect: dialect}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.StartDevices(devices.Order{Template: thermometer(t), Count: 2, Dialect: devices.IETF}); err == nil || !strings.Contains(err.Error(), ErrNoListener.Error()) {
		t.Errorf("a dialect that nobody speaks: %v", err)
	}
	await(t, "all run", func() bool {
		running := 0
		for _, d := range b.SimulatedDevices() {
			if d.State == devices.Running && d.Acknowledged > 0 {
				running++
			}
		}
		return running == 4
	})
	await(t, "the gateway knows them", func() bool { return len(b.Clients()) == 4 })
	b.StopDevices("thermometer-0001", "nobody")
	if n := b.DeviceCount(); n != 3 {
		t.Errorf("%d devices after one was stopped", n)
	}
	b.StopAllDevices()
	if n := b.DeviceCount(); n != 0 {
		t.Errorf("%d devices after all were stopped", n)
	}
}

func TestConditionsOfOneClientLeaveTheOthersAlone(t *testing.T) {
	b := setUp(t, local(), "")
	if err := b.SetConditions("thermometer-0001", &coap.Conditions{Loss: 2}); err == nil {
		t.Error("a loss of 200 % was taken")
	}
	if err := b.SetConditions("thermometer-0001", &coap.Conditions{Delay: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil { // conditions that were set before hold
		t.Fatal(err)
	}
	if _, err := b.StartDevices(devices.Order{Template: thermometer(t), Count: 2, Interval: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	await(t, "the round trips differ", func() bool {
		all := b.SimulatedDevices()
		return len(all) == 2 && all[0].RTT > 500*time.Millisecond && all[1].RTT > 0 && all[1].RTT < 200*time.Millisecond
	})
	await(t, "the record tells", func() bool {
		frames := b.Record().Since(0, 1000)
		for _, f := range frames {
			if f.Client == "thermometer-0001" && f.Note&record.DelayedByConditions != 0 && f.Condition.Delay > 250*time.Millisecond {
				return true
			}
		}
		return false
	})
	if n := b.ChangePort("thermometer-0002"); n != 1 {
		t.Errorf("%d ports change", n)
	}
	before := b.SimulatedDevices()[1].Local
	await(t, "the gateway sees it elsewhere", func() bool {
		for _, c := range b.Clients() {
			if c.ID == "thermometer-0002" && c.Addr != before.String() {
				return true
			}
		}
		return false
	})
	if err := b.SetConditions("thermometer-0001", &coap.LoRaLike); err != nil { // it begins with a silent period
		t.Fatal(err)
	}
	await(t, "the record names the conditions and why they lost a message", func() bool {
		for _, f := range b.Record().Since(0, 1<<20) {
			if f.Note&record.LostByConditions != 0 && f.Condition == (record.Condition{Preset: "LoRa-like", Cause: record.Silence}) {
				return true
			}
		}
		return false
	})
	if err := b.SetConditions("thermometer-0001", nil); err != nil || len(b.Conditions()) != 0 {
		t.Errorf("%v, %v", b.Conditions(), err)
	}
}
