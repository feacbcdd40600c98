package linkformat

import "testing"

// TestFilters applies section 4.1 of RFC 6690 to the example of its section 5.
func TestFilters(t *testing.T) {
	links, err := Parse(`</sensors>;ct=40;title="Sensor Index",`+
		`</sensors/temp>;rt="temperature-c x.temp";if="sensor";ct="0 50";obs,`+
		`</sensors/light>;rt="light-lux";if="sensor",`+
		`<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby",`+
		`</a%20b%2A>;et=p;et=q`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		queries []string
		want    string // indices of links
	}{
		{nil, "01234"},
		{[]string{"rt=light-lux"}, "2"},
		{[]string{"rt=temperature-c"}, "1"},
		{[]string{"rt=x.temp"}, "1"},
		{[]string{"rt=x.t*"}, "1"},
		{[]string{"rt=temperature-c x.temp"}, ""},
		{[]string{"rt=temp"}, ""},
		{[]string{"rt=*"}, "12"},
		{[]string{"rt="}, ""},
		{[]string{"RT=light-lux"}, "2"},
		{[]string{"if=sensor", "rt=light*"}, "2"},
		{[]string{"if=sensor", "rt=nothing"}, ""},
		{[]string{"ct=50"}, "1"},
		{[]string{"ct=5*"}, "1"},
		{[]string{"ct=5"}, ""},
		{[]string{"title=Sensor Index"}, "0"},
		{[]string{"title=Sensor*"}, "0"},
		{[]string{"title=Index"}, ""},
		{[]string{"href=/sensors"}, "0"},
		{[]string{"href=/sensors*"}, "012"},
		{[]string{"href=/sensors/*"}, "12"},
		{[]string{"href=http://www.example.com/*"}, "3"},
		{[]string{"href=/a b**"}, "4"},
		{[]string{"href=/a%20b%2a"}, "4"},
		{[]string{"anchor=/sensors/temp"}, "3"},
		{[]string{"rel=describedby"}, "3"},
		{[]string{"et=p", "et=q"}, "4"},
		{[]string{"et=p", "et=r"}, ""},
		{[]string{"obs"}, "1"},
		{[]string{"obs="}, "1"},
		{[]string{"href"}, "01234"},
		{[]string{""}, ""},
		{[]string{"=x"}, ""},
	} {
		filters, got := ParseFilters(c.queries), ""
		for i := range links {
			if filters.Match(&links[i]) {
				got += string(rune('0' + i))
			}
		}
		if got != c.want {
			t.Errorf("%q: links %q, want %q", c.queries, got, c.want)
		}
	}
}
