// What loopback.py is for Python, for Node: `node --require loopback.cjs`. Sockets to AWS's hosts are
// opened to this machine, whichever client opens them: every one ends in Socket.prototype.connect.
'use strict'

const net = require('node:net')

const port = Number(process.env._LOOPBACK_PORT)
const domains = process.env._LOOPBACK_DOMAINS.split(',').map((name) => `.${name}`)
const connect = net.Socket.prototype.connect

function diverted(host) {
  const name = `.${String(host).toLowerCase().replace(/\.$/, '')}`
  return domains.some((domain) => name.endsWith(domain))
}

net.Socket.prototype.connect = function (...args) {
  const normalized = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args)
  const options = normalized[0]
  // A copy: TLS checks the certificate against the host in the original.
  if (diverted(options.host)) normalized[0] = { ...options, host: '127.0.0.1', port }
  return connect.call(this, normalized)
}
