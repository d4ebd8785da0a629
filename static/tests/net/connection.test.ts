import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Connection, type Status } from '../../src/net/connection'
import { SignedOut, type Token } from '../../src/net/ports'
import { RequestError } from '../../src/net/rpc'
import { FakeWorld, settle, type FakeSocket } from '../fakes'

let world: FakeWorld
let connection: Connection
let statuses: Status[]
let hellos: unknown[]
let heads: unknown[]
let tokens: boolean[]
let giveToken: () => Token | Promise<Token>
let visible: boolean

beforeEach(() => {
  world = new FakeWorld()
  statuses = []
  hellos = []
  heads = []
  tokens = []
  visible = true
  giveToken = () => world.token()
  connection = new Connection({
    env: world.env,
    url: 'ws://lab/ws',
    token: async (fresh) => {
      tokens.push(fresh)
      return giveToken()
    },
    name: () => 'Lan',
    visible: () => visible,
    digest: async () => 'digest',
    onHello: async (hello) => void hellos.push(hello),
    onHeads: (value) => heads.push(value),
    onPush: () => undefined,
    onStatus: (status) => statuses.push(status),
  })
})

const welcome = { uid: 'me', ts: 1, site: 'L', rooms: [], users: [], online: [] }
const phase = () => statuses.at(-1)?.phase ?? 'connecting'

/** A server that answers everything. */
function healthy(socket: FakeSocket): void {
  socket.answer = ({ action }) => (action === 'hello' ? { ...welcome, ts: world.clock.now() } : {})
  queueMicrotask(() => socket.open())
}

async function opened(): Promise<FakeSocket> {
  world.onSocket = healthy
  connection.start()
  await settle()
  return world.socket
}

describe('opening', () => {
  it('offers the subprotocol and the token, then says hello first', async () => {
    const socket = await opened()
    expect(socket.url).toBe('ws://lab/ws')
    expect(socket.protocols).toEqual(['labchat.v1', `jwt.token-${world.clock.now()}`])
    expect(socket.sent).toEqual([{ action: 'hello', r: '1', v: 1, name: 'Lan' }])
    expect(phase()).toBe('open')
    expect(hellos).toHaveLength(1)
  })

  it('tries again although the sign-in service never answered', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    world.onSocket = healthy
    giveToken = () => new Promise(() => undefined)
    connection.start()
    await world.clock.advance(14_000)
    giveToken = () => world.token()
    await world.clock.advance(3000)
    expect(phase()).toBe('open')
    expect(warned).toHaveBeenCalledOnce()
    warned.mockRestore()
  })

  it('puts a hello in parts together', async () => {
    connection.start()
    await settle()
    world.socket.open()
    await settle()
    const { r } = world.socket.sent[0]!
    world.socket.receive({ r, ok: true, ...welcome, rooms: [{ rid: 'a' }], online: ['lan'], more: true })
    world.socket.receive({ r, ok: true, ...welcome, rooms: [{ rid: 'b' }], online: ['minh'] })
    await settle()
    expect(hellos).toMatchObject([{ rooms: [{ rid: 'a' }, { rid: 'b' }], online: ['lan', 'minh'] }])
  })

  it('waits for a cold server without a second socket', async () => {
    connection.start()
    await settle()
    world.socket.open()
    await world.clock.advance(3000)
    expect(world.sockets).toHaveLength(1)
    expect(world.socket.sent).toHaveLength(1)
  })

  it('gives up on a socket that never opens', async () => {
    connection.start()
    await world.clock.advance(10_000)
    expect(world.sockets[0]!.closed).toBe(true)
    await world.clock.advance(1000)
    expect(world.sockets.length).toBeGreaterThan(1)
  })

  it('service frames without r are noise', async () => {
    const socket = await opened()
    socket.receive({ message: 'Internal server error', connectionId: 'x', requestId: 'y' })
    socket.receive('garbage')
    expect(phase()).toBe('open')
  })
})

describe('failures', () => {
  it('come back with growing waits, and are called offline after the second', async () => {
    world.onSocket = (socket) => queueMicrotask(() => socket.drop())
    connection.start()
    await settle()
    expect(phase()).toBe('connecting')
    await world.clock.advance(260) // 0.5 x 500 ms
    expect(world.sockets).toHaveLength(2)
    expect(phase()).toBe('offline')
    await world.clock.advance(400) // not yet: 0.5 x 1000 ms
    expect(world.sockets).toHaveLength(2)
    await world.clock.advance(110)
    expect(world.sockets).toHaveLength(3)
    await world.clock.advance(600_000)
    expect(world.sockets.length).toBeLessThan(55) // every 15 s on average, no storm
  })

  it('are forgotten after half a minute of service, not before', async () => {
    const first = await opened()
    first.drop()
    await world.clock.advance(260)
    world.socket.drop() // at once again: the second failure waits longer
    await world.clock.advance(260)
    expect(world.sockets).toHaveLength(2)
    await world.clock.advance(260)
    expect(world.sockets).toHaveLength(3)
    await world.clock.advance(31_000)
    world.socket.drop()
    await world.clock.advance(260)
    expect(world.sockets).toHaveLength(4)
  })

  it('a focus or `online` connects at once', async () => {
    world.onSocket = (socket) => queueMicrotask(() => socket.drop())
    connection.start()
    await world.clock.advance(120_000)
    const before = world.sockets.length
    world.onSocket = healthy
    connection.wake()
    await settle()
    expect(world.sockets).toHaveLength(before + 1)
    expect(phase()).toBe('open')
  })

  it('refusals make it ask for a fresh token now and then', async () => {
    world.onSocket = (socket) => queueMicrotask(() => socket.drop())
    connection.start()
    await world.clock.advance(5000)
    expect(tokens.slice(0, 3)).toEqual([false, false, true])
  })

  it('a session that ended stops everything until somebody signs in', async () => {
    giveToken = () => {
      throw new SignedOut('gone')
    }
    connection.start()
    await world.clock.advance(600_000)
    expect(world.sockets).toHaveLength(0)
    expect(phase()).toBe('signedout')
    giveToken = () => world.token()
    world.onSocket = healthy
    connection.wake()
    await settle()
    expect(phase()).toBe('open')
  })

  it('a request on a dead socket ends it', async () => {
    const socket = await opened()
    socket.answer = () => undefined
    world.onSocket = () => undefined
    const outcome = connection.request('sync', {}).catch((error: RequestError) => error.code)
    await world.clock.advance(20_000)
    expect(await outcome).toBe('timeout')
    expect(socket.closed).toBe(true)
    expect(world.sockets.length).toBeGreaterThan(1)
  })
})

describe('an open socket', () => {
  it('is pinged with the digest 45 s after the last traffic', async () => {
    const socket = await opened()
    await world.clock.advance(30_000)
    socket.receive({ t: 'user', user: { uid: 'a', name: 'A' } })
    await world.clock.advance(44_000)
    expect(socket.actions()).toEqual(['hello'])
    socket.answer = () => ({ heads: { r: '1' } })
    await world.clock.advance(1100)
    expect(socket.sent.at(-1)).toMatchObject({ action: 'ping', h: 'digest' })
    expect(heads).toEqual([{ r: '1' }])
  })

  it('is pinged every four minutes while the page is hidden', async () => {
    visible = false
    const socket = await opened()
    await world.clock.advance(239_000)
    expect(socket.actions()).toEqual(['hello'])
    await world.clock.advance(2000)
    expect(socket.actions()).toEqual(['hello', 'ping'])
  })

  it('that does not answer a probe is replaced within seconds', async () => {
    const socket = await opened()
    socket.answer = () => undefined
    await world.clock.advance(20_000)
    connection.wake()
    await world.clock.advance(6500)
    expect(socket.closed).toBe(true)
    expect(phase()).toBe('open')
    expect(world.sockets).toHaveLength(2)
  })

  it('gets a new token before the old one ends', async () => {
    giveToken = () => world.token(600_000)
    const socket = await opened()
    await world.clock.advance(481_000)
    expect(tokens).toEqual([false, true])
    expect(socket.actions()).toContain('auth')
    await world.clock.advance(481_000)
    expect(tokens).toEqual([false, true, true])
  })

  it('does not ask for new tokens all the time when our clock is wrong', async () => {
    const DAY = 24 * 3_600_000
    giveToken = () => ({ jwt: 'token', exp: world.clock.now() - DAY + 3_600_000 })
    world.onSocket = (socket) => {
      healthy(socket)
      socket.answer = ({ action }) => (action === 'hello' ? { ...welcome, ts: world.clock.now() - DAY } : {})
    }
    connection.start()
    await world.clock.advance(3_000_000)
    expect(tokens).toEqual([false])
    await world.clock.advance(600_000)
    expect(tokens).toEqual([false, true])
  })

  it('that says `auth` gets a token once, then the request again', async () => {
    const socket = await opened()
    let refused = false
    socket.answer = ({ action }) => {
      if (action !== 'send' || refused) return {}
      refused = true
      return { ok: false, e: 'auth' }
    }
    await connection.request('send', {})
    expect(socket.actions()).toEqual(['hello', 'send', 'auth', 'send'])
  })

  it('that says `auth` while the sign-in service hangs does not hold the request for ever', async () => {
    const socket = await opened()
    socket.answer = ({ action }) => (action === 'send' ? { ok: false, e: 'auth' } : {})
    giveToken = () => new Promise(() => undefined)
    const sending = connection.request('send', {}).catch((error: unknown) => error)
    await world.clock.advance(16_000)
    expect(await sending).toMatchObject({ code: 'auth' })
  })

  it('is replaced before two hours, make before break', async () => {
    const first = await opened()
    await world.clock.advance(110 * 60_000 - 5000)
    expect(world.sockets).toHaveLength(1)
    const closedWhenHello: boolean[] = []
    world.onSocket = (socket) => {
      healthy(socket)
      const answer = socket.answer
      socket.answer = (frame) => {
        if (frame.action === 'hello') closedWhenHello.push(first.closed)
        return answer(frame)
      }
    }
    const seen = statuses.length
    await world.clock.advance(6000)
    expect(world.sockets).toHaveLength(2)
    expect(closedWhenHello).toEqual([false])
    expect(first.closed).toBe(true)
    expect(statuses.slice(seen).every((status) => status.phase === 'open')).toBe(true)
  })

  it('stays when its successor cannot be opened', async () => {
    const first = await opened()
    world.onSocket = (socket) => queueMicrotask(() => socket.drop())
    await world.clock.advance(112 * 60_000)
    expect(world.sockets.length).toBeGreaterThan(1)
    expect(first.closed).toBe(false)
    expect(phase()).toBe('open')
  })

  it('that is stopped leaves no timer behind', async () => {
    const socket = await opened()
    connection.stop()
    await world.clock.advance(8 * 3_600_000)
    expect(world.sockets).toHaveLength(1)
    expect(socket.closed).toBe(true)
    expect(socket.actions()).toEqual(['hello'])
  })
})
