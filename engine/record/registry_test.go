package record

import "testing"

func TestRegistry(t *testing.T) {
	var last int
	for _, o := range Options() {
		if o.Number <= last || o.Name == "" || o.Format == "" || o.Max < o.Min || o.Section == "" {
			t.Errorf("%+v after %d", o, last)
		}
		last = o.Number
	}
	for name, want := range map[string]int{
		"text/plain": 0, "text/plain; charset=utf-8": 0, "Application/JSON": 50, "application/cbor": 60, "nothing/known": -1,
	} {
		if number, ok := ContentFormatNumber(name); ok != (want >= 0) || ok && number != want {
			t.Errorf("%s is %d, %t", name, number, ok)
		}
	}
	for _, number := range ContentFormats() {
		if again, ok := ContentFormatNumber(ContentFormatName(number)); !ok || again != number {
			t.Errorf("%d is read back as %d, %t", number, again, ok)
		}
	}
}
