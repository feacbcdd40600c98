// A device in node-coap: it observes a topic, publishes a body in blocks, reads it back, and observes it as it changes.
// Each step prints one line.
const coap = require('coap')
const { createHash } = require('crypto')

const body = Buffer.alloc(5000, 'node-coap sends this in blocks; ')
const hash = (b) => createHash('sha256').update(b).digest('hex').slice(0, 16)

function ask (options, payload) {
  return new Promise((resolve, reject) => {
    const req = coap.request({ host: '127.0.0.1', port: 5683, ...options })
    req.on('response', resolve)
    req.on('error', reject)
    req.end(payload)
  })
}

async function main () {
  const observed = await ask({ pathname: '/mqtt/node/command', query: 'c=node-1', observe: true })
  console.log('observing', observed.code)
  observed.on('data', (value) => {
    if (value.length > 1000) console.log('notified of', value.length, 'bytes')
    else if (value.length > 0) console.log('notified', value.toString())
  })

  const put = await ask({ method: 'PUT', pathname: '/ps/node/big', query: 'c=node-1', options: { Block1: Buffer.of(0x02) } }, body)
  console.log('published', put.code)
  const got = await ask({ pathname: '/ps/node/big', query: 'c=node-1' })
  console.log('read', got.code, got.payload.length, hash(got.payload) === hash(body))
}

main().catch((err) => {
  console.log('failed', err.message)
  process.exit(1)
})
