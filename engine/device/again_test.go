package device_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/settings"
)

func again(t *testing.T, f *device.Fleet, stopped *device.Stopped) device.Progress {
	t.Helper()
	s, err := f.Again(stopped)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	return s.Progress()
}

func names(f *device.Fleet) string {
	var all []string
	for _, d := range f.Devices() {
		all = append(all, d.Name)
	}
	return strings.Join(all, " ")
}

func TestStoppedDevicesStartAgain(t *testing.T) {
	e, addr := gateway(t, settings.DialectAuto, nil)
	f := newFleet(t)
	lamp := device.Order{Template: template(t, "lamp"), Count: 3, Address: addr, Interval: time.Hour}
	start(t, f, lamp)
	start(t, f, device.Order{Template: template(t, "door"), Count: 1, Address: addr, Interval: time.Hour, Dialect: device.EMQX4})
	if err := e.Publish(engine.Publication{Topic: "lamp/lamp-0002/command", Payload: []byte("on")}); err != nil {
		t.Fatal(err)
	}
	await(t, "it obeys", func() bool { return f.Devices()[1].Last == `{"level":100,"on":true}` })

	one := f.Stop("lamp-0002", "nobody")
	if one.Len() != 1 || names(f) != "lamp-0001 lamp-0003 door-0001" {
		t.Fatalf("%d stopped, there are %s", one.Len(), names(f))
	}
	if p := again(t, f, one); p.Kind != "lamp" || p.Total != 1 || p.Started != 1 {
		t.Errorf("%+v", p)
	}
	await(t, "it goes on as it was", func() bool {
		d, ok := f.Device("lamp-0002")
		return ok && d.Last == `{"level":100,"on":true}` && d.Observations == 1
	})

	all := f.StopAll()
	if all.Len() != 4 || f.Len() != 0 {
		t.Fatalf("%d stopped, %d are left", all.Len(), f.Len())
	}
	start(t, f, device.Order{Template: template(t, "lamp"), Count: 1, Address: addr})
	if p := again(t, f, all); p.Kind != "" || p.Total != 4 || p.Started != 3 || p.Failed != 1 || !strings.Contains(fmt.Sprint(p.Why), "lamp-0001: another device has this name") {
		t.Errorf("%+v", p)
	}
	if d, _ := f.Device("door-0001"); d.Dialect != device.EMQX4 || d.Interval != time.Hour {
		t.Errorf("%+v", d)
	}
	start(t, f, device.Order{Template: template(t, "lamp"), Count: 1, Address: addr})
	if d := f.Devices(); d[len(d)-1].Name != "lamp-0004" {
		t.Errorf("the next lamp is %s", d[len(d)-1].Name)
	}
	if _, err := f.Again(&device.Stopped{}); err == nil {
		t.Error("nothing was started again")
	}
}

// A download tells how far it is while it runs, and where it broke off.
func TestDownloadTellsHowFarItIs(t *testing.T) {
	e, addr := gateway(t, settings.DialectAuto, nil)
	f := newFleet(t)
	start(t, f, device.Order{Template: template(t, "updater"), Count: 1, Address: addr, Interval: 50 * time.Millisecond})
	await(t, "an image is there", func() bool { return f.Devices()[0].Image.Bytes == 65536 })
	if err := e.SetConditions("", &coap.Conditions{Delay: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	await(t, "it is on its way", func() bool {
		p := f.Devices()[0].Transfer
		return p.Received > 0 && p.Received < p.ToReceive && p.ToReceive == 65536
	})
}
