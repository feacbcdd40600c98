package pcapng

import (
	"bytes"
	"io"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

const (
	// maxSegment is how much of a message one TCP segment carries, in bytes.
	maxSegment = 32 << 10
	// maxConnections bounds the TCP connections whose sequence numbers are remembered.
	maxConnections = 1 << 16
	// hopLimit is the TTL and Hop Limit of the packets.
	hopLimit = 64
	// window is the TCP window of the packets, which nothing fills.
	window = 1<<16 - 1
)

// Writer writes frames as packets of a pcapng file. It is not safe for use by several goroutines.
type Writer struct {
	file        *pcapgo.NgWriter
	interfaces  map[string]networkInterface // by the URL of the listener
	connections map[connection]*sequenceNumbers
	buffer      gopacket.SerializeBuffer
}

// networkInterface stands for a listener.
type networkInterface struct {
	number int
	local  endpoint
}

// connection is one over TCP.
type connection struct {
	number int // of the interface
	peer   netip.AddrPort
}

// sequenceNumbers are those of the next segment in each direction.
type sequenceNumbers struct{ incoming, outgoing uint32 }

// NewWriter begins a file on w. What is written is buffered until Flush.
func NewWriter(w io.Writer) (*Writer, error) {
	options := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{
		Application: "Sluice",
		Comment:     "Packets made for the messages that passed; passwords and tokens are overwritten with *",
	}}
	file, err := pcapgo.NewNgWriterInterface(w, interfaceOf(""), options)
	if err != nil {
		return nil, mistakes.Errorf("begin the capture: %w", err)
	}
	return &Writer{
		file:        file,
		interfaces:  map[string]networkInterface{"": {number: 0, local: endpointOf("")}},
		connections: map[connection]*sequenceNumbers{},
		buffer:      gopacket.NewSerializeBuffer(),
	}, nil
}

func interfaceOf(listener string) pcapgo.NgInterface {
	return pcapgo.NgInterface{Name: listener, LinkType: layers.LinkTypeRaw}
}

// Write adds a frame. An error is that of the writer below; a frame that no packet can carry is one too.
func (w *Writer) Write(f *record.Frame) error {
	i, err := w.interfaceFor(f.Listener)
	if err != nil {
		return err
	}
	local := i.local.towards(f.Peer.Addr())
	from, to := netip.AddrPortFrom(f.Peer.Addr().WithZone(""), f.Peer.Port()), local
	if f.Outgoing {
		from, to = to, from
	}
	data, comments := withoutSecrets(f), commentsOf(f)
	if f.Protocol == record.CoAP {
		udp := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
		return w.packet(f, i.number, from, to, udp, data, comments)
	}
	sequence := w.sequenceOf(f, connection{i.number, f.Peer})
	for {
		segment := data[:min(len(data), maxSegment)]
		data = data[len(segment):]
		sent, received := &sequence.incoming, &sequence.outgoing
		if f.Outgoing {
			sent, received = received, sent
		}
		tcp := &layers.TCP{
			SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()),
			Seq: *sent, Ack: *received, ACK: true, PSH: len(data) == 0, Window: window,
		}
		*sent += uint32(len(segment))
		if err := w.packet(f, i.number, from, to, tcp, segment, comments); err != nil {
			return err
		}
		if len(data) == 0 {
			return nil
		}
	}
}

// interfaceFor returns the interface of a listener, and describes it when it is the first time.
func (w *Writer) interfaceFor(listener string) (networkInterface, error) {
	i, known := w.interfaces[listener]
	if known {
		return i, nil
	}
	number, err := w.file.AddInterface(interfaceOf(listener))
	if err != nil {
		return i, mistakes.Errorf("describe the listener %s: %w", listener, err)
	}
	i = networkInterface{number: number, local: endpointOf(listener)}
	w.interfaces[listener] = i
	return i, nil
}

// sequenceOf returns the sequence numbers of a connection. They begin with the time, as those of a host do (RFC 9293,
// section 3.4.1), so that a connection which was forgotten meanwhile goes on with higher ones.
func (w *Writer) sequenceOf(f *record.Frame, c connection) *sequenceNumbers {
	s, known := w.connections[c]
	if !known {
		if len(w.connections) >= maxConnections {
			clear(w.connections)
		}
		initial := uint32(f.At.UnixMicro() / 4)
		s = &sequenceNumbers{incoming: initial, outgoing: initial}
		w.connections[c] = s
	}
	return s
}

// transport is a UDP or TCP header.
type transport interface {
	gopacket.SerializableLayer
	SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
}

// packet writes one packet.
func (w *Writer) packet(f *record.Frame, number int, from, to netip.AddrPort, header transport, data []byte, comments []string) error {
	protocol := layers.IPProtocolUDP
	if header.LayerType() == layers.LayerTypeTCP {
		protocol = layers.IPProtocolTCP
	}
	var network interface {
		gopacket.SerializableLayer
		gopacket.NetworkLayer
	}
	if from.Addr().Is4() {
		network = &layers.IPv4{
			Version: 4, TTL: hopLimit, Protocol: protocol, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice(),
		}
	} else {
		network = &layers.IPv6{
			Version: 6, HopLimit: hopLimit, NextHeader: protocol, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice(),
		}
	}
	if err := header.SetNetworkLayerForChecksum(network); err != nil {
		return mistakes.Errorf("make a packet for frame %d: %w", f.Seq, err)
	}
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(w.buffer, options, network, header, gopacket.Payload(data)); err != nil {
		return mistakes.Errorf("make a packet for frame %d: %w", f.Seq, err)
	}
	direction := pcapgo.NgEpbFlagDirectionInbound
	if f.Outgoing {
		direction = pcapgo.NgEpbFlagDirectionOutbound
	}
	packet := w.buffer.Bytes()
	info := gopacket.CaptureInfo{Timestamp: f.At, CaptureLength: len(packet), Length: len(packet), InterfaceIndex: number}
	about := pcapgo.NgPacketOptions{Comments: comments, Flags: &pcapgo.NgEpbFlags{Direction: direction}}
	if err := w.file.WritePacketWithOptions(info, packet, about); err != nil {
		return mistakes.Errorf("write a packet for frame %d: %w", f.Seq, err)
	}
	return nil
}

// Flush hands on what is buffered. The file is complete then, and may be added to.
func (w *Writer) Flush() error {
	if err := w.file.Flush(); err != nil {
		return mistakes.Errorf("write the capture: %w", err)
	}
	return nil
}

// withoutSecrets returns the bytes of f, with asterisks for passwords and tokens.
func withoutSecrets(f *record.Frame) []byte {
	mask := record.Decode(*f).Mask
	if len(mask) == 0 {
		return f.Data
	}
	data := bytes.Clone(f.Data)
	for _, span := range mask {
		for i := span.From; i < span.To; i++ {
			data[i] = '*'
		}
	}
	return data
}
