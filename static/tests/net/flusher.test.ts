import { beforeEach, expect, it } from 'vitest'

import { Flusher } from '../../src/net/flusher'
import { RequestError } from '../../src/net/rpc'
import { ChatDb } from '../../src/store/db'
import { DexieOutbox, enqueue } from '../../src/store/outbox'
import { ME, ROOM } from '../builders'
import { FakeClock, settle } from '../fakes'

interface Call {
  rid: string
  ids: string[]
  accept: () => void
  fail: (error: RequestError) => void
}

let clock: FakeClock
let db: ChatDb
let calls: Call[]
let flusher: Flusher
/** What the server has, in the order in which it took it. */
let stored: string[]
let count = 0

beforeEach(() => {
  clock = new FakeClock()
  db = new ChatDb(`flusher-${++count}`)
  calls = []
  stored = []
  flusher = new Flusher(clock, new DexieOutbox(db, ME), (_action, fields) => {
    const { rid, msgs } = fields as { rid: string; msgs: { id: string }[] }
    return new Promise((resolve, reject) => {
      const accept = () => {
        const results = msgs.map(({ id }) => {
          if (!stored.includes(id)) stored.push(id)
          const n = stored.indexOf(id) + 1
          return { id, ok: true, pos: `p${n}`, rev: `r${n}`, n, at: n }
        })
        resolve({ msgs: results } as never)
      }
      calls.push({ rid, ids: msgs.map((m) => m.id), accept, fail: reject })
    })
  })
})

async function write(...ids: string[]): Promise<void> {
  for (const id of ids) await enqueue(db, { id, rid: ROOM, body: id, at: 0 })
  await flusher.kick()
  await settle()
}

async function online(): Promise<void> {
  flusher.setOnline(true)
  await settle()
}

it('sends nothing while offline, everything in order afterwards', async () => {
  await write('c', 'a', 'b')
  expect(calls).toEqual([])
  await online()
  expect(calls.map((call) => call.ids)).toEqual([['c', 'a', 'b']])
  calls[0]!.accept()
  await settle()
  expect(await db.outbox.count()).toBe(0)
  expect((await db.msgs.orderBy('[rid+pos]').toArray()).map((m) => m.id)).toEqual(['c', 'a', 'b'])
})

it('has one batch of a room in flight; what is written meanwhile follows', async () => {
  await online()
  await write('a')
  await write('b')
  await write('c')
  expect(calls.map((call) => call.ids)).toEqual([['a']])
  calls[0]!.accept()
  await settle()
  expect(calls.map((call) => call.ids)).toEqual([['a'], ['b', 'c']])
})

it('does not let one room wait for another', async () => {
  await enqueue(db, { id: 'x', rid: 'elsewhere', body: '', at: 0 })
  await write('a')
  await online()
  expect(calls.map((call) => call.rid).sort()).toEqual([ROOM, 'elsewhere'].sort())
})

it('repeats with the same ids after a lost reply, and stores once', async () => {
  await write('a', 'b')
  await online()
  calls[0]!.accept() // the server takes it …
  stored = [...stored]
  calls.length = 0
  await settle()
  await write('c')
  calls[0]!.fail(new RequestError('timeout'))
  await clock.advance(2000)
  expect(calls[1]!.ids).toEqual(['c'])
  calls[1]!.accept()
  await settle()
  expect(stored).toEqual(['a', 'b', 'c'])
  expect(await db.outbox.count()).toBe(0)
})

it('waits as long as the server asks', async () => {
  await write('a')
  await online()
  calls[0]!.fail(new RequestError('rate', 'slow down', 5000))
  await clock.advance(4900)
  expect(calls).toHaveLength(1)
  await clock.advance(200)
  expect(calls[1]!.ids).toEqual(['a'])
})

it('a lost connection stops it; the next one goes on, exactly once', async () => {
  await write('a')
  await online()
  flusher.setOnline(false)
  calls[0]!.fail(new RequestError('closed'))
  await clock.advance(10_000)
  expect(calls).toHaveLength(1)
  await online()
  expect(calls[1]!.ids).toEqual(['a'])
  await clock.advance(10_000)
  expect(calls).toHaveLength(2)
})

it('finds the one bad message of a refused batch, and sends the rest', async () => {
  await write('a', 'bad', 'c')
  await online()
  calls[0]!.fail(new RequestError('invalid'))
  await settle()
  expect(calls[1]!.ids).toEqual(['a'])
  calls[1]!.accept()
  await settle()
  // Whatever is asked next, `bad` must end as failed and the others as stored.
  for (let i = 2; i < 8 && calls[i]; i++) {
    if (calls[i]!.ids.includes('bad')) calls[i]!.fail(new RequestError('invalid', 'no good'))
    else calls[i]!.accept()
    await settle()
  }
  expect(stored).toEqual(['a', 'c'])
  expect(await db.outbox.toArray()).toMatchObject([{ id: 'bad', state: 'failed', refused: { code: 'invalid' } }])
})

it('goes round without end neither on `denied` nor on an empty answer', async () => {
  await write('a')
  await online()
  calls[0]!.fail(new RequestError('denied', 'not a member'))
  await clock.advance(60_000)
  expect(calls).toHaveLength(1)
  expect(await db.outbox.toArray()).toMatchObject([{ state: 'failed', refused: { code: 'denied' } }])
})
