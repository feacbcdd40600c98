package traffic

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/engine/record/pcapng"
)

// captureBytes bounds the memory that the messages of an opened file take; of a longer one the newest are there.
const captureBytes = 256 << 20

// coapPort is where CoAP is in the captures of other programs.
const coapPort = 5683

// progressEvery is how many messages pass between two words on how far it is.
const progressEvery = 5000

// writeCapture writes the messages of a ring that a filter means to a file beside path, which then takes its place, so
// that nothing half written is ever there. It goes up to the newest one of now. done gets how much is through, of 1.
func writeCapture(ctx context.Context, path string, ring *record.Ring, wanted filter.Filter, done func(float64)) (written int, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".sluice-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	written, err = writeFrames(ctx, file, ring, wanted, done)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return 0, mistakes.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return written, nil
}

func writeFrames(ctx context.Context, file io.Writer, ring *record.Ring, wanted filter.Filter, done func(float64)) (written int, err error) {
	buffer := bufio.NewWriterSize(file, 1<<16)
	w, err := pcapng.NewWriter(buffer)
	if err != nil {
		return 0, err
	}
	first, last := ring.First(), ring.Last()
	index, scanner, message := record.NewIndex(), record.NewScanner(ring), filter.Message{Get: ring.Get}
	settled := wanted.Uses("odd")
	if settled { // what is unanswered is known at the end only
		scanner.Scan(first, int(last-first+1), func(f *record.Frame) bool {
			index.Add(f)
			return ctx.Err() == nil
		})
		if newest, ok := ring.Get(last); ok {
			index.Settle(newest.At)
		}
	}
	for seq := first; seq <= last && err == nil; seq += progressEvery {
		scanner.Scan(seq, int(min(progressEvery, last-seq+1)), func(f *record.Frame) bool {
			if !settled && !wanted.Empty() {
				index.Add(f)
			}
			message.Set(f, index.Of(f.Seq))
			if wanted.Match(&message) {
				err = w.Write(f)
				written++
			}
			return err == nil
		})
		if ctx.Err() != nil {
			return written, ctx.Err()
		}
		done(float64(seq-first) / float64(last-first+1))
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = buffer.Flush()
	}
	return written, err
}

// openCapture is readCapture of the file at a path.
func openCapture(ctx context.Context, path string, ports []uint16, done func(float64)) (*source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return readCapture(ctx, filepath.Base(path), file, info.Size(), ports, done)
}

// readCapture reads the messages of a file of a given size, in which ports beside that of CoAP carry it too. done gets how
// much is through, of 1. A file that is damaged gives what is before that, with the error.
func readCapture(ctx context.Context, name string, file io.Reader, size int64, ports []uint16, done func(float64)) (*source, error) {
	counted := &countedReader{r: file}
	r := pcapng.NewReader(counted, append(ports, coapPort)...)
	ring := record.New(captureBytes)
	repeats := repeats{}
	for n := 1; ; n++ {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			err = mistakes.Errorf("read %s: %w", name, err)
			if ring.Last() == 0 {
				return nil, err
			}
			return &source{ring: ring, name: name}, err
		}
		if f.Note == 0 && record.Decode(f).Err != "" {
			f.Note = record.Malformed
		}
		repeats.note(&f)
		ring.Add(&f)
		if n%progressEvery != 0 {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if size > 0 {
			done(min(float64(counted.n)/float64(size), 1))
		}
	}
	return &source{ring: ring, name: name}, nil
}

// repeats finds in captures of other programs what was sent again, as the engine does when it receives it.
type repeats map[repeatKey]time.Time

type repeatKey struct {
	peer     netip.AddrPort
	outgoing bool
	data     string
}

const (
	// exchangeLifetime is how long a message ID stands for one message (RFC 7252, section 4.8.2).
	exchangeLifetime = 247 * time.Second
	// maxRepeats bounds the messages that are remembered.
	maxRepeats = 1 << 16
)

// note marks f when the same message passed before. ACK and RST repeat because what they answer does.
func (r repeats) note(f *record.Frame) {
	if typ := f.TypeName(); f.Protocol != record.CoAP || f.Note != 0 || typ != "CON" && typ != "NON" {
		return
	}
	key := repeatKey{f.Peer, f.Outgoing, string(f.Data)}
	if at, found := r[key]; found && f.At.Sub(at) < exchangeLifetime {
		f.Note |= record.Duplicate
		if f.Outgoing {
			f.Note = record.Retransmitted
		}
		return
	}
	if len(r) >= maxRepeats {
		clear(r)
	}
	r[key] = f.At
}

// countedReader counts what is read.
type countedReader struct {
	r io.Reader
	n int64
}

// Read implements [io.Reader].
func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
