// Reads coap://127.0.0.1:<first argument>/topic with node-coap and prints it; then observes it and prints what comes.
const coap = require('coap')

function get (observe, then) {
  const req = coap.request({ host: '127.0.0.1', port: process.argv[2], pathname: '/topic', observe })
  req.on('response', then)
  req.on('error', (err) => { throw err })
  req.end()
}

function observe () {
  get(true, (observed) => {
    observed.on('data', (value) => {
      console.log('notified', value.toString())
      if (value.toString() === 'last') process.exit(0)
    })
  })
}

get(false, (read) => {
  console.log(read.code, read.payload.toString())
  setTimeout(observe, 50) // the socket of the first request is on its way out
})
