import { beforeEach, describe, expect, it } from 'vitest'

import { RequestError, Rpc } from '../../src/net/rpc'
import { FakeClock, type Sent } from '../fakes'

let clock: FakeClock
let sent: Sent[]
let rpc: Rpc

beforeEach(() => {
  clock = new FakeClock()
  sent = []
  rpc = new Rpc(clock, (text) => sent.push(JSON.parse(text) as Sent))
})

const code = (promise: Promise<unknown>) =>
  promise.then(() => 'ok', (error: unknown) => (error as RequestError).code)

describe('a request', () => {
  it('is answered by the reply with its r', async () => {
    const first = rpc.request('read', { rid: 'a', n: 1 })
    const second = rpc.request('read', { rid: 'b', n: 2 })
    rpc.receive({ r: sent[1]!.r, ok: true, readN: 2 })
    rpc.receive({ r: sent[0]!.r, ok: true, readN: 1 })
    expect(await first).toMatchObject({ readN: 1 })
    expect(await second).toMatchObject({ readN: 2 })
    expect(sent[0]).toMatchObject({ action: 'read', rid: 'a', n: 1 })
  })

  it('without a reply is repeated unchanged, and a late reply to the first still counts', async () => {
    const answer = rpc.request('sync', { rid: 'a' })
    await clock.advance(6001)
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    rpc.receive({ r: sent[0]!.r, ok: true, cur: 'x' })
    expect(await answer).toMatchObject({ cur: 'x' })
    expect(rpc.roundTrip.last).toBeUndefined()
  })

  it('gives up after three attempts, with no timer left', async () => {
    const outcome = code(rpc.request('sync', { rid: 'a' }))
    await clock.advance(60_000)
    expect(await outcome).toBe('timeout')
    expect(sent).toHaveLength(3)
    await clock.advance(60_000)
    expect(sent).toHaveLength(3)
  })

  it('fails with the code, words and wait of the server', async () => {
    const answer = rpc.request('send', {})
    rpc.receive({ r: sent[0]!.r, ok: false, e: 'rate', msg: 'slow down', after: 700 })
    await expect(answer).rejects.toMatchObject({ code: 'rate', message: 'slow down', after: 700 })
  })

  it('ends when the socket ends', async () => {
    const outcome = code(rpc.request('sync', {}))
    rpc.close()
    expect(await outcome).toBe('closed')
    expect(await code(rpc.request('sync', {}))).toBe('closed')
  })
})

it('a reply in parts is collected, and each part gives more time', async () => {
  const parts = rpc.requestParts('hello', {}, { parts: true, wait: 6000 })
  await clock.advance(5000)
  rpc.receive({ r: sent[0]!.r, ok: true, more: true, rooms: [1] })
  await clock.advance(5000)
  rpc.receive({ r: sent[0]!.r, ok: true, rooms: [2] })
  expect((await parts).map((part) => part['rooms'])).toEqual([[1], [2]])
  expect(sent).toHaveLength(1)
})

it('nobody waits for an unknown reply', () => {
  expect(() => rpc.receive({ r: 'x', ok: true })).not.toThrow()
})
