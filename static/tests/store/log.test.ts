import { beforeEach, describe, expect, it } from 'vitest'

import type { MessageItem } from '../../src/model/protocol'
import { ChatDb } from '../../src/store/db'
import { DexieLog } from '../../src/store/log'
import { enqueue } from '../../src/store/outbox'
import { hello, ME, message, rev, ROOM, summary } from '../builders'

let db: ChatDb
let log: DexieLog
let count = 0

beforeEach(async () => {
  db = new ChatDb(`log-${++count}`)
  log = new DexieLog(db, ME)
  await log.hello(hello([summary(10)]))
})

const push = (p: number, ...ns: number[]) =>
  log.push({ t: 'log', rid: ROOM, p: rev(p), items: ns.map((n) => message(n)) })
const ids = async () => (await db.msgs.orderBy('[rid+pos]').toArray()).map((m) => m.id)
const cursor = async () => (await log.cursors())[ROOM]

describe('hello', () => {
  it('begins to follow a new room at its head', async () => {
    expect(await cursor()).toBe(rev(10))
    expect((await db.rooms.get(ROOM))?.name).toBe('papers')
  })

  it('names rooms that moved while away, and only those', async () => {
    expect(await log.hello(hello([summary(10)]))).toEqual([])
    expect(await log.hello(hello([summary(12)]))).toEqual([ROOM])
  })

  it('reads on from an older head after a restore, instead of missing what follows', async () => {
    expect(await log.hello(hello([summary(8)]))).toEqual([ROOM])
    expect(await cursor()).toBe(rev(8))
  })

  it('forgets rooms that we are no longer in', async () => {
    await log.hello(hello([]))
    expect(await db.rooms.count()).toBe(0)
    expect(await log.cursors()).toEqual({})
  })

  it('begins anew when very much was missed, leaving no hole', async () => {
    await push(10, 11)
    expect(await log.hello(hello([summary(5000)]))).toEqual([])
    expect(await ids()).toEqual([])
    expect(await cursor()).toBe(rev(5000))
  })

  it('keeps a read marker that was set while away', async () => {
    await push(10, 11, 12)
    await log.read(ROOM, 12)
    const rooms = [summary(12, { readN: 10 })]
    await log.hello(hello(rooms))
    expect((await db.rooms.get(ROOM))?.readN).toBe(12)
    expect(await log.unsentReads(rooms)).toEqual([{ rid: ROOM, n: 12 }])
  })
})

describe('a push', () => {
  it('that continues is applied and moves the cursor', async () => {
    expect(await push(10, 11, 12)).toBe('apply')
    expect(await ids()).toEqual(['id-11', 'id-12'])
    expect(await cursor()).toBe(rev(12))
    expect((await db.rooms.get(ROOM))?.n).toBe(12)
  })

  it('after a lost one is not applied', async () => {
    expect(await push(11, 12)).toBe('gap')
    expect(await ids()).toEqual([])
    expect(await cursor()).toBe(rev(10))
  })

  it('seen twice changes nothing', async () => {
    await push(10, 11)
    expect(await push(10, 11)).toBe('known')
    expect(await ids()).toEqual(['id-11'])
  })

  it('with our own message empties the outbox in the same step', async () => {
    await enqueue(db, { id: 'id-11', rid: ROOM, body: 'text 11', at: 0 })
    await log.push({ t: 'log', rid: ROOM, p: rev(10), items: [message(11, { uid: ME })] })
    expect(await db.outbox.count()).toBe(0)
    expect(await ids()).toEqual(['id-11'])
    // Nothing was unread before our own message, so nothing is after it.
    expect((await db.rooms.get(ROOM))?.readN).toBe(11)
  })

  it('may rename the room', async () => {
    const item = { k: 'room', rid: ROOM, rev: rev(11), name: 'books', kind: 'public', by: ME, since: 0 } as const
    await log.push({ t: 'log', rid: ROOM, p: rev(10), items: [item] })
    expect((await db.rooms.get(ROOM))?.name).toBe('books')
  })
})

describe('sync', () => {
  it('fills the gap and moves the cursor', async () => {
    await log.sync(ROOM, rev(10), { items: [message(11), message(12)], cur: rev(12), more: false })
    expect(await ids()).toEqual(['id-11', 'id-12'])
    expect(await cursor()).toBe(rev(12))
  })

  it('never sets the cursor back', async () => {
    await push(10, 11, 12, 13)
    await log.sync(ROOM, rev(10), { items: [message(11)], cur: rev(11), more: false })
    expect(await cursor()).toBe(rev(13))
  })

  it('that was asked for before the room was begun anew is dropped, or it would leave a hole', async () => {
    await push(10, 11)
    await log.hello(hello([summary(5000)]))
    await log.sync(ROOM, rev(11), { items: [message(12), message(13)], cur: rev(13), more: true })
    expect(await ids()).toEqual([])
    expect(await cursor()).toBe(rev(5000))
  })

  it('an id used again in another room displaces nothing', async () => {
    const other = 'another room'
    await log.hello(hello([summary(10), summary(0, { rid: other })]))
    await push(10, 11)
    await enqueue(db, { id: 'waiting', rid: ROOM, body: 'mine', at: 1 })
    const stolen = (n: number, id: string) => message(n, { rid: other, id, uid: 'eve' })
    await log.push({ t: 'log', rid: other, p: rev(0), items: [stolen(20, 'id-11'), stolen(21, 'waiting')] })
    expect(await db.msgs.filter((m) => m.id === 'id-11').count()).toBe(2)
    expect(await db.outbox.count()).toBe(1)
  })

  it('a newer revision of a message replaces it, an older one does not', async () => {
    await push(10, 11)
    const change = (n: number, body: string) => ({ ...message(11), rev: rev(n), body })
    await log.sync(ROOM, rev(11), { items: [change(20, 'new')], cur: rev(20), more: false })
    await log.sync(ROOM, rev(20), { items: [change(5, 'old')], cur: rev(20), more: false })
    expect((await db.msgs.get([ROOM, 'id-11']))?.body).toBe('new')
  })
})

describe('history', () => {
  it('comes before what is stored, and leaves the cursor alone', async () => {
    await push(10, 11)
    await log.history(ROOM, await log.oldest(ROOM), { items: [message(9), message(10)], more: true })
    expect(await ids()).toEqual(['id-9', 'id-10', 'id-11'])
    expect(await cursor()).toBe(rev(11))
    expect(await log.complete(ROOM)).toBe(false)
  })

  it('knows when the first message is here', async () => {
    await log.history(ROOM, undefined, { items: [message(1)], more: false })
    expect(await log.complete(ROOM)).toBe(true)
  })

  it('that was asked for before the room was begun anew is dropped', async () => {
    await push(10, 11)
    const before = await log.oldest(ROOM)
    await log.hello(hello([summary(5000)]))
    await log.history(ROOM, before, { items: [message(9), message(10)], more: true })
    expect(await ids()).toEqual([])
  })
})

describe('changes of older messages', () => {
  const change = (p: number, n: number, fields: Partial<MessageItem>) =>
    log.push({ t: 'log', rid: ROOM, p: rev(p), items: [message(n, fields)] })

  it('replace what is here', async () => {
    await push(10, 11)
    await change(11, 11, { rev: rev(12), body: 'better', edited: 1 })
    expect(await db.msgs.get([ROOM, 'id-11'])).toMatchObject({ body: 'better', edited: 1, n: 11 })
    expect(await cursor()).toBe(rev(12))
  })

  it('are not stored alone, which would leave a hole', async () => {
    expect(await change(10, 3, { rev: rev(11), body: 'better' })).toBe('apply')
    expect(await ids()).toEqual([])
    expect(await cursor()).toBe(rev(11))
  })

  it('win over an older form on a page that was on its way', async () => {
    await change(10, 3, { rev: rev(11), body: 'better' })
    await log.history(ROOM, undefined, { items: [message(3)], more: false })
    expect((await db.msgs.get([ROOM, 'id-3']))?.body).toBe('better')
  })

  it('are stored when the message itself is new to us', async () => {
    const items = [message(11, { rev: rev(13), body: 'better' })]
    await log.sync(ROOM, rev(10), { items, cur: rev(13), more: false })
    expect((await db.msgs.get([ROOM, 'id-11']))?.body).toBe('better')
  })
})

it('nothing of a room stays when we are no longer in it', async () => {
  await push(10, 11)
  await log.leave(ROOM)
  expect([await ids(), await db.rooms.count(), await log.cursors()]).toEqual([[], 0, {}])
})
