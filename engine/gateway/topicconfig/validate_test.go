package topicconfig

import (
	"testing"
	"time"
)

func valid() Properties {
	return Properties{Present: SetOf(TopicName, ResourceType), TopicName: "n", ResourceType: DataResourceType}
}

func TestCreate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *Properties)
		want   string
	}{
		{"name and resource type", func(*Properties) {}, ""},
		{"without a name", func(p *Properties) { p.Present &^= SetOf(TopicName) }, "topic-name is missing"},
		{"without a resource type", func(p *Properties) { p.Present &^= SetOf(ResourceType) }, "resource-type is missing"},
		{"an empty name", func(p *Properties) { p.TopicName = "" }, "topic-name is empty"},
		{"another resource type", func(p *Properties) { p.ResourceType = "example.data" }, ""},
		{"two resource types", func(p *Properties) { p.ResourceType = "core.ps.data x" }, "resource-type is not one resource type"},
		{"a quote in the resource type", func(p *Properties) { p.ResourceType = `a"b` }, "resource-type is not one resource type"},
		{"initialize alone", func(p *Properties) { p.Present |= SetOf(Initialize) },
			"topic-content-format is missing, and initialize needs it"},
		{"initialize with a format", func(p *Properties) { p.Present |= SetOf(Initialize, TopicContentFormat) }, ""},
		{"a path", data("/ps/data/x"), ""},
		{"another host", data("coap://[2001:db8::1]:5683/x?y=z"), ""},
		{"nothing for topic-data", data(""), "topic-data is empty"},
		{"a fragment", data("/ps/data/x#y"), "topic-data has a fragment"},
		{"half an escape", data("/ps/%2"), "topic-data is not a URI reference"},
		{"a bracket", data("/ps/<x>"), "topic-data is not a URI reference"},
		{"a URN", data("urn:dev:x"), "topic-data has a scheme but no path"},
	} {
		p := valid()
		c.change(&p)
		got := ""
		if err := Create(&p); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func data(uri string) func(*Properties) {
	return func(p *Properties) { p.TopicData, p.Present = uri, p.Present|SetOf(TopicData) }
}

func TestReplaceAndPatch(t *testing.T) {
	now := valid()
	data("/ps/data/x")(&now)
	now.Present |= SetOf(TopicType, MaxSubscribers)
	now.TopicType, now.MaxSubscribers = "temperature", 5

	next := Properties{Present: SetOf(ObserverCheck), ObserverCheck: 60}
	replaced, err := now.Replace(&next)
	if err != nil || replaced.Present != SetOf(TopicName, TopicData, ResourceType, ObserverCheck) || replaced.TopicName != "n" ||
		replaced.TopicData != "/ps/data/x" || replaced.Gap() != time.Minute {
		t.Errorf("replaced: %+v, %v", replaced, err)
	}
	patched, err := now.Patch(&next)
	if err != nil || patched.Present != now.Present|SetOf(ObserverCheck) || patched.TopicType != "temperature" || patched.MaxSubscribers != 5 {
		t.Errorf("patched: %+v, %v", patched, err)
	}
	if _, err := now.Replace(&now); err != nil {
		t.Errorf("repeating what cannot be changed: %v", err)
	}
	for want, change := range map[string]Properties{
		"topic-name cannot be changed":    {Present: SetOf(TopicName), TopicName: "m"},
		"topic-data cannot be changed":    {Present: SetOf(TopicData), TopicData: "/ps/data/y"},
		"resource-type cannot be changed": {Present: SetOf(ResourceType), ResourceType: "x"},
	} {
		if _, err := now.Replace(&change); err == nil || err.Error() != want {
			t.Errorf("replace: %v, want %s", err, want)
		}
		if _, err := now.Patch(&change); err == nil || err.Error() != want {
			t.Errorf("patch: %v, want %s", err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	p := valid()
	p.Present |= SetOf(MaxSubscribers)
	p.MaxSubscribers = 5
	for _, c := range []struct {
		filter Properties
		want   bool
	}{
		{Properties{}, true},
		{Properties{Present: SetOf(TopicName), TopicName: "n"}, true},
		{Properties{Present: SetOf(TopicName), TopicName: "m"}, false},
		{Properties{Present: SetOf(TopicName, MaxSubscribers), TopicName: "n", MaxSubscribers: 5}, true},
		{Properties{Present: SetOf(TopicName, MaxSubscribers), TopicName: "n", MaxSubscribers: 6}, false},
		{Properties{Present: SetOf(TopicContentFormat)}, false},
	} {
		if got := p.Matches(&c.filter); got != c.want {
			t.Errorf("%+v: %v", c.filter, got)
		}
	}
}
