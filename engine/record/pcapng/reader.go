package pcapng

import (
	"bufio"
	"io"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// maxMessage bounds a message that is put together from TCP segments, in bytes.
const maxMessage = 16 << 20

// Link types that name IP without a header before it, beside LINKTYPE_RAW.
const (
	rawBSD     = 12
	rawOpenBSD = 14
)

// Reader reads frames from a pcapng file, or one of the older format, pcap, one after the other, whatever the length of
// the file. It is not safe for use by several goroutines.
type Reader struct {
	input   *bufio.Reader
	blocks  *blocks
	file    *pcapgo.NgReader // nil until the first Next, and for the older format
	older   *classic
	ports   map[uint16]bool
	packets int
	frames  uint64
	headers headers
	// partial is the message whose segments come one after the other.
	partial record.Frame
}

// NewReader returns a reader of the file r. In files of other programs CoAP is what goes to or comes from one of the UDP
// ports, 5683 if none is given; the end with that port is taken as this one, so that requests to it are incoming.
func NewReader(r io.Reader, ports ...uint16) *Reader {
	if len(ports) == 0 {
		ports = []uint16{5683}
	}
	input := bufio.NewReader(r)
	reader := &Reader{input: input, blocks: newBlocks(input), ports: map[uint16]bool{}}
	for _, p := range ports {
		reader.ports[p] = true
	}
	reader.headers.init()
	return reader
}

// Next returns the next message. Packets that carry none are passed over. At the end of the file the error is io.EOF;
// any other names the packet, counted as Wireshark does, and the byte of the file where it begins.
func (r *Reader) Next() (record.Frame, error) {
	if r.file == nil && r.older == nil {
		if err := r.begin(); err != nil {
			return record.Frame{}, mistakes.Errorf("read the capture: %w", err)
		}
	}
	for {
		p, err := r.read()
		if err == io.EOF {
			return record.Frame{}, io.EOF
		}
		r.packets++
		if err != nil {
			return record.Frame{}, mistakes.Errorf("read packet %d, byte %d: %w", r.packets, r.at(), err)
		}
		f, complete := r.frame(p.data, p.about, p.options)
		if !complete {
			continue
		}
		r.frames++
		f.Seq, f.At = r.frames, p.at
		return f, nil
	}
}

// begin finds out the format.
func (r *Reader) begin() (err error) {
	if isClassic(r.input) {
		r.older, err = newClassic(r.input)
	} else {
		r.file, err = pcapgo.NewNgReader(r.blocks, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	}
	return err
}

// at is the byte of the file where the packet begins that is read.
func (r *Reader) at() int64 {
	if r.older != nil {
		return r.older.at
	}
	return r.blocks.at
}

// stored is a packet as a file has it.
type stored struct {
	data    []byte
	at      time.Time
	about   pcapgo.NgInterface
	options pcapgo.NgPacketOptions
}

// read returns the next packet of either format.
func (r *Reader) read() (stored, error) {
	if r.older != nil {
		data, at, err := r.older.packet()
		return stored{data: data, at: at, about: pcapgo.NgInterface{LinkType: r.older.link}}, err
	}
	data, info, options, err := r.file.ReadPacketDataWithOptions()
	if err != nil {
		return stored{}, err
	}
	about, err := r.file.Interface(info.InterfaceIndex)
	return stored{data: data, at: info.Timestamp, about: about, options: options}, err
}

// frame returns the message in a packet, and whether there is one and it is complete.
func (r *Reader) frame(data []byte, about pcapgo.NgInterface, options pcapgo.NgPacketOptions) (record.Frame, bool) {
	p, ok := r.headers.decode(about.LinkType, data)
	if !ok {
		return record.Frame{}, false
	}
	f := record.Frame{Data: p.payload}
	local := endpointOf(about.Name)
	ours := options.Flags != nil && local.scheme != "" && options.Flags.Direction != pcapgo.NgEpbFlagDirectionUnknown
	switch {
	case ours:
		f.Listener, f.Outgoing = about.Name, options.Flags.Direction == pcapgo.NgEpbFlagDirectionOutbound
		f.Protocol = local.protocol()
	case p.stream || len(p.payload) == 0:
		return record.Frame{}, false
	case r.ports[p.to.Port()] && (!r.ports[p.from.Port()] || isRequest(p.payload)):
	case r.ports[p.from.Port()]:
		f.Outgoing = true
	default:
		return record.Frame{}, false
	}
	here := p.to
	f.Peer = p.from
	if f.Outgoing {
		f.Peer, here = p.to, p.from
	}
	if !ours {
		f.Listener = "coap://" + here.String()
	}
	annotate(&f, options.Comments)
	if p.stream {
		return r.assembled(f, p.push)
	}
	return f, true
}

// assembled puts the segments of one message together; the last one has PSH set.
func (r *Reader) assembled(f record.Frame, last bool) (record.Frame, bool) {
	if r.partial.Peer == f.Peer && r.partial.Listener == f.Listener && r.partial.Outgoing == f.Outgoing {
		f.Data = append(r.partial.Data, f.Data...)
	}
	if len(f.Data) > maxMessage {
		f.Data, f.Note = f.Data[:maxMessage], f.Note|record.Cut
	}
	r.partial = record.Frame{}
	if !last {
		r.partial = f
	}
	return f, last
}

// isRequest tells the direction of a datagram between two devices that both use the port of CoAP.
func isRequest(data []byte) bool { return len(data) > 1 && data[1] > 0 && data[1] < 0x20 }

// packet is what the headers of a packet say.
type packet struct {
	from, to netip.AddrPort
	stream   bool // TCP
	push     bool
	payload  []byte
}

// headers decodes the headers of packets.
type headers struct {
	ethernet layers.Ethernet
	vlan     layers.Dot1Q
	loopback layers.Loopback
	cooked1  layers.LinuxSLL
	cooked2  layers.LinuxSLL2
	ip4      layers.IPv4
	ip6      layers.IPv6
	skipped  layers.IPv6ExtensionSkipper
	udp      layers.UDP
	tcp      layers.TCP
	payload  gopacket.Payload
	parsers  map[gopacket.LayerType]*gopacket.DecodingLayerParser
	decoded  []gopacket.LayerType
}

func (h *headers) init() {
	h.parsers = map[gopacket.LayerType]*gopacket.DecodingLayerParser{}
	for _, first := range []gopacket.LayerType{
		layers.LayerTypeEthernet, layers.LayerTypeLoopback, layers.LayerTypeLinuxSLL, layers.LayerTypeLinuxSLL2,
		layers.LayerTypeIPv4, layers.LayerTypeIPv6,
	} {
		p := gopacket.NewDecodingLayerParser(first, &h.ethernet, &h.vlan, &h.loopback, &h.cooked1, &h.cooked2, &h.ip4, &h.ip6,
			&h.skipped, &h.udp, &h.tcp, &h.payload)
		p.IgnoreUnsupported = true
		h.parsers[first] = p
	}
}

// decode returns what a packet carries over UDP or TCP; false if it is anything else, a fragment, or cut.
func (h *headers) decode(link layers.LinkType, data []byte) (packet, bool) {
	first, known := firstLayer(link, data)
	if !known || h.parsers[first].DecodeLayers(data, &h.decoded) != nil {
		return packet{}, false
	}
	var p packet
	var source, destination netip.Addr
	found := false
	for _, layer := range h.decoded {
		switch layer {
		case layers.LayerTypeIPv4:
			source, destination = addressOf(h.ip4.SrcIP), addressOf(h.ip4.DstIP)
		case layers.LayerTypeIPv6:
			source, destination = addressOf(h.ip6.SrcIP), addressOf(h.ip6.DstIP)
		case layers.LayerTypeUDP:
			found = true
			p.from = netip.AddrPortFrom(source, uint16(h.udp.SrcPort))
			p.to = netip.AddrPortFrom(destination, uint16(h.udp.DstPort))
			p.payload = h.udp.Payload
		case layers.LayerTypeTCP:
			found = true
			p.from = netip.AddrPortFrom(source, uint16(h.tcp.SrcPort))
			p.to = netip.AddrPortFrom(destination, uint16(h.tcp.DstPort))
			p.payload, p.stream, p.push = h.tcp.Payload, true, h.tcp.PSH
		}
	}
	return p, found && !h.parsers[first].Truncated && source.IsValid() && destination.IsValid()
}

// addressOf copies an address, so that it outlives the packet.
func addressOf(ip []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a
}

// firstLayer is what the packets of an interface begin with.
func firstLayer(link layers.LinkType, data []byte) (gopacket.LayerType, bool) {
	switch link {
	case layers.LinkTypeEthernet:
		return layers.LayerTypeEthernet, true
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return layers.LayerTypeLoopback, true
	case layers.LinkTypeLinuxSLL:
		return layers.LayerTypeLinuxSLL, true
	case layers.LinkTypeLinuxSLL2:
		return layers.LayerTypeLinuxSLL2, true
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, rawBSD, rawOpenBSD:
		if len(data) > 0 && data[0]>>4 == 6 {
			return layers.LayerTypeIPv6, true
		}
		return layers.LayerTypeIPv4, true
	}
	return gopacket.LayerTypeZero, false
}
