// A CoAP client in node-coap: put URL FILE, get URL or observe URL. Codes go to standard error, payloads to standard
// output as they came; with observe each payload is a line.
const coap = require('coap')
const { readFileSync } = require('fs')

const [method, address, file] = process.argv.slice(2)
const url = new URL(address)
const options = method === 'put' ? { Block1: Buffer.of(0x06) } : { Block2: Buffer.of(0x06) }
const request = coap.request({
  host: url.hostname,
  port: Number(url.port),
  method: method === 'put' ? 'PUT' : 'GET',
  pathname: url.pathname,
  query: url.search.slice(1),
  observe: method === 'observe',
  options: method === 'observe' ? {} : options
})
request.on('error', (err) => {
  console.error(err.message)
  process.exit(1)
})
request.on('response', (response) => {
  console.error(response.code)
  if (method === 'observe') response.on('data', (payload) => console.log(payload.toString()))
  else process.stdout.write(response.payload, () => process.exit(0))
})
request.end(method === 'put' ? readFileSync(file) : undefined)
