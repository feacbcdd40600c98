// A device in node-coap that registers simply (RFC 9176, section 5.1): it asks for it and is then asked for its links, both
// on one socket. Its links are more than a datagram. Each step prints one line.
const coap = require('coap')
const dgram = require('dgram')

const links = Array.from({ length: 100 }, (_, i) => `</sensors/${i}>;rt="temperature";if="sensor"`).join(',')

const socket = dgram.createSocket('udp4')
socket.bind(0, '127.0.0.1', () => {
  const server = coap.createServer((req, res) => {
    console.log('asked for', req.url, 'in', req.headers.Accept)
    res.setOption('Content-Format', 'application/link-format')
    res.setOption('Max-Age', 120)
    res.end(links)
  })
  server.listen(socket)
  const agent = new coap.Agent({ socket })
  const register = (first) => {
    const req = coap.request({
      host: '127.0.0.1', port: Number(process.argv[2]), method: 'POST', pathname: '/.well-known/rd', query: 'ep=simple&lt=600', agent
    })
    req.on('response', (res) => {
      console.log(first ? 'registered' : 'refreshed', res.code, 'from', socket.address().port)
      if (first) register(false)
    })
    req.end()
  }
  register(true)
})
