import { beforeEach, describe, expect, it } from 'vitest'

import { ChatDb, forget } from '../../src/store/db'
import { DexieOutbox, discard, enqueue, retry } from '../../src/store/outbox'
import { ME, ROOM, summary } from '../builders'

let db: ChatDb
let outbox: DexieOutbox
let count = 0

beforeEach(() => {
  db = new ChatDb(`outbox-${++count}`)
  outbox = new DexieOutbox(db, ME)
})

const write = (id: string, rid = ROOM) => enqueue(db, { id, rid, body: `body of ${id}`, at: 1 })
const queued = async () => (await outbox.next(ROOM, Infinity)).map((entry) => entry.id)
const ok = (id: string, n = 1) => ({ id, ok: true, pos: `p${n}`, rev: `r${n}`, n, at: 5 }) as const

it('pressing Send stores the message and clears the draft', async () => {
  await db.drafts.put({ rid: ROOM, body: 'half' })
  await write('a')
  expect(await db.drafts.get(ROOM)).toBeUndefined()
  expect(await queued()).toEqual(['a'])
})

it('the order is that of writing, whatever the ids are', async () => {
  await write('z')
  await write('a')
  await write('m', 'elsewhere')
  expect(await queued()).toEqual(['z', 'a'])
  expect((await outbox.rooms()).sort()).toEqual([ROOM, 'elsewhere'].sort())
})

it('survives a closed database, as after a crash', async () => {
  await write('a')
  db.close()
  const again = new DexieOutbox(new ChatDb(`outbox-${count}`), ME)
  expect((await again.next(ROOM, Infinity)).map((entry) => entry.id)).toEqual(['a'])
})

describe('settling', () => {
  it('moves an accepted message from the outbox to the store', async () => {
    await write('a')
    await outbox.settle(ROOM, [ok('a')])
    expect(await queued()).toEqual([])
    expect(await db.msgs.get([ROOM, 'a'])).toEqual({ id: 'a', rid: ROOM, uid: ME, body: 'body of a', pos: 'p1', rev: 'r1', n: 1, at: 5 })
  })

  it('twice does nothing the second time', async () => {
    await write('a')
    await outbox.settle(ROOM, [ok('a')])
    await outbox.settle(ROOM, [ok('a')])
    expect(await db.msgs.count()).toBe(1)
  })

  it('marks a refused message and lets the next ones pass', async () => {
    await write('a')
    await write('b')
    await outbox.settle(ROOM, [{ id: 'a', ok: false, e: 'toobig', msg: 'body: 99999 > 16384' }, ok('b')])
    expect(await db.outbox.toArray()).toMatchObject([{ id: 'a', state: 'failed', refused: { code: 'toobig' } }])
    expect(await queued()).toEqual([])
  })
})

it('"Try again" keeps id and place in the queue', async () => {
  await write('a')
  await outbox.settle(ROOM, [{ id: 'a', ok: false, e: 'denied' }])
  await write('b')
  await retry(db, 'a')
  expect(await queued()).toEqual(['a', 'b'])
  expect((await db.outbox.toArray())[0]).not.toHaveProperty('refused')
})

it('what has never left can be taken back, what may have arrived cannot', async () => {
  await write('a')
  await write('b')
  expect((await discard(db, 'b'))?.body).toBe('body of b')
  await outbox.next(ROOM, 20)
  expect(await discard(db, 'a')).toBeUndefined()
  await outbox.settle(ROOM, [{ id: 'a', ok: false, e: 'denied' }])
  expect((await discard(db, 'a'))?.body).toBe('body of a')
  expect(await db.outbox.count()).toBe(0)
})

describe('files', () => {
  const upload = (key: string, state: 'waiting' | 'done' | 'failed') =>
    db.uploads.put({ key, rid: ROOM, draft: ROOM, name: `${key}.txt`, size: 3, type: 'text/plain', state, sent: 0, ...(state === 'done' && { file: `id-${key}` }) })

  it('hold a message back until they have arrived, and no later one overtakes it', async () => {
    await upload('f', 'waiting')
    await enqueue(db, { id: 'a', rid: ROOM, body: '', at: 1, files: ['f'] })
    await write('b')
    expect(await outbox.next(ROOM, 20)).toEqual([])
    await upload('f', 'done')
    expect(await outbox.next(ROOM, 20)).toMatchObject([{ id: 'a', att: ['id-f'] }, { id: 'b' }])
  })

  it('go from this device when their message is stored', async () => {
    await upload('f', 'done')
    await db.blobs.put({ key: 'f', blob: new Blob(['abc']) })
    await enqueue(db, { id: 'a', rid: ROOM, body: '', at: 1, files: ['f'] })
    await db.rooms.put(summary(0))
    await outbox.settle(ROOM, [ok('a')])
    expect(await db.msgs.toArray()).toMatchObject([{ id: 'a', att: [{ id: 'id-f', name: 'f.txt', size: 3 }] }])
    expect([await db.uploads.count(), await db.blobs.count()]).toEqual([0, 0])
  })

  it('that cannot be uploaded fail their message; "Try again" uploads them again', async () => {
    await upload('f', 'failed')
    await enqueue(db, { id: 'a', rid: ROOM, body: '', at: 1, files: ['f'] })
    await outbox.next(ROOM, 20)
    expect(await db.outbox.toArray()).toMatchObject([{ state: 'failed', refused: { code: 'files' } }])
    await retry(db, 'a')
    expect([await db.outbox.toArray(), await db.uploads.toArray()]).toMatchObject([[{ state: 'pending' }], [{ state: 'waiting' }]])
  })
})

describe('signing out', () => {
  it('can keep what is unsent, and nothing else', async () => {
    await write('a')
    await db.users.put({ uid: 'x', name: 'X' })
    await forget(`outbox-${count}`, true)
    expect(await db.users.count()).toBe(0)
    expect(await queued()).toEqual(['a'])
  })

  it('leaves nothing otherwise', async () => {
    await write('a')
    db.close()
    await forget(`outbox-${count}`, false)
    expect(await new ChatDb(`outbox-${count}`).outbox.count()).toBe(0)
  })
})
