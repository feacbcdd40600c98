package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/engine/collection"
)

// otherClients are the programs whose lines a request can be written as.
var otherClients = map[string]func(*collection.Prepared) (string, error){
	"coap-client":    (*collection.Prepared).CoapClient,
	"aiocoap-client": (*collection.Prepared).AiocoapClient,
	"mosquitto_pub":  (*collection.Prepared).MosquittoPub,
}

var otherClientNames = []string{"coap-client", "aiocoap-client", "mosquitto_pub"}

// printLines prints the requests of files as lines for another client, and as a comment why one cannot be.
func (o *requestOptions) printLines(out io.Writer, files []opened, given map[string]string) error {
	write, known := otherClients[o.as]
	if !known {
		return usageError{fmt.Errorf("--as %q is none of %s", o.as, strings.Join(otherClientNames, ", "))}
	}
	for _, f := range files {
		scope := f.scope(o.environment, given)
		for _, r := range f.file.Requests {
			if !r.Verb.IsMethod() {
				continue
			}
			line := ""
			prepared, err := r.Prepare(scope, f.folder())
			if err == nil {
				line, err = write(prepared)
			}
			if err != nil {
				line = "# not sent: " + strings.ReplaceAll(err.Error(), "\n", " ")
			}
			if _, err := fmt.Fprintf(out, "# %s\n%s\n", r.Title, line); err != nil {
				return fmt.Errorf("printing the lines: %w", err)
			}
		}
	}
	return nil
}

// printFrom prints a line of coap-client as a request, with what it has no place for as comments.
func printFrom(out io.Writer, line string) error {
	r, notes, err := collection.ReadCoapClient(line)
	if err != nil {
		return fmt.Errorf("reading the line of coap-client: %w", err)
	}
	text := r.String()
	title, rest, _ := strings.Cut(text, "\n")
	for _, note := range slices.Backward(notes) {
		rest = "# " + note.Error() + "\n" + rest
	}
	if _, err := fmt.Fprintf(out, "%s\n%s", title, rest); err != nil {
		return fmt.Errorf("printing the request: %w", err)
	}
	return nil
}
