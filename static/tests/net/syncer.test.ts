import { beforeEach, describe, expect, it } from 'vitest'

import type { LogPush, MessageItem } from '../../src/model/protocol'
import { RequestError } from '../../src/net/rpc'
import { Syncer } from '../../src/net/syncer'
import { ChatDb } from '../../src/store/db'
import { DexieLog } from '../../src/store/log'
import { hello, ME, message, rev, ROOM, summary } from '../builders'
import { FakeClock, settle } from '../fakes'

/** A server with one room, whose pages are small so that paging is seen. */
class FakeServer {
  log: MessageItem[] = []
  readonly asked: string[] = []
  fail: RequestError | undefined
  page = 2

  readonly request = async (action: string, fields: object): Promise<never> => {
    const { after = '', before = '~', limit = 99 } = fields as { after?: string; before?: string; limit?: number }
    this.asked.push(`${action} ${action === 'sync' ? after : (fields as { before?: string }).before ?? ''}`.trim())
    if (this.fail) throw this.fail
    const size = Math.min(limit, this.page)
    if (action === 'sync') {
      const rest = this.log.filter((item) => item.rev > after)
      const items = rest.slice(0, size)
      return { items, cur: items.at(-1)?.rev ?? after, more: rest.length > size } as never
    }
    if (action === 'hist') {
      const rest = this.log.filter((item) => item.pos < before)
      return { items: rest.slice(-size), more: rest.length > size } as never
    }
    return { readN: (fields as { n: number }).n } as never
  }

  push(n: number): LogPush {
    return { t: 'log', rid: ROOM, p: rev(n - 1), items: [message(n)] }
  }
}

let db: ChatDb
let server: FakeServer
let syncer: Syncer
let clock: FakeClock
let count = 0

beforeEach(async () => {
  clock = new FakeClock()
  db = new ChatDb(`syncer-${++count}`)
  server = new FakeServer()
  server.log = Array.from({ length: 10 }, (_, i) => message(i + 1))
  syncer = new Syncer(clock, new DexieLog(db, ME), server.request)
})

const here = async () => (await db.msgs.orderBy('[rid+pos]').toArray()).map((m) => m.n)
const commit = (...ns: number[]) => server.log.push(...ns.map((n) => message(n)))

describe('following the log', () => {
  beforeEach(() => syncer.hello(hello([summary(10)])))

  it('pushes in a row need no request', async () => {
    for (const n of [11, 12, 13]) syncer.push(server.push(n))
    await settle(40)
    expect(await here()).toEqual([11, 12, 13])
    expect(server.asked).toEqual([])
  })

  it('a lost push is fetched when the next one comes, page by page', async () => {
    commit(11, 12, 13, 14, 15)
    syncer.push(server.push(15))
    await settle(60)
    expect(await here()).toEqual([11, 12, 13, 14, 15])
    expect(server.asked).toEqual([`sync ${rev(10)}`, `sync ${rev(12)}`, `sync ${rev(14)}`])
  })

  it('a push that comes while a gap is read is not missed', async () => {
    commit(11, 12)
    syncer.push(server.push(12))
    commit(13, 14)
    syncer.push(server.push(14))
    await settle(60)
    expect(await here()).toEqual([11, 12, 13, 14])
  })

  it('a lost push is found by the heads of a ping', async () => {
    commit(11)
    await syncer.heads({ [ROOM]: rev(11) })
    await settle(40)
    expect(await here()).toEqual([11])
  })

  it('a room that the server knows and we do not asks for a new hello', async () => {
    let asked = 0
    syncer.onStrangers = () => asked++
    await syncer.heads({ [ROOM]: rev(10), other: rev(1) })
    expect(asked).toBe(1)
  })

  it('a failed read is taken up again by the next hello', async () => {
    commit(11)
    server.fail = new RequestError('closed')
    syncer.push({ ...server.push(11), p: 'lost' + rev(10) })
    await settle(40)
    expect(await here()).toEqual([])
    server.fail = undefined
    await syncer.hello(hello([summary(11)]))
    await settle(40)
    expect(await here()).toEqual([11])
  })
})

describe('a room that is opened', () => {
  it('gets its newest page, and nothing falls between page and pushes', async () => {
    server.page = 50
    await syncer.hello(hello([summary(10)]))
    commit(11)
    const filling = syncer.fill(ROOM)
    commit(12)
    syncer.push(server.push(12))
    await filling
    await settle(60)
    expect(await here()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('goes back page by page to the start, then asks no more', async () => {
    await syncer.hello(hello([summary(10)]))
    for (let i = 0; i < 7; i++) await syncer.older(ROOM)
    expect(await here()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(server.asked.filter((text) => text.startsWith('hist'))).toHaveLength(5)
  })

  it('asks once even when asked twice', async () => {
    await syncer.hello(hello([summary(10)]))
    await Promise.all([syncer.older(ROOM), syncer.older(ROOM)])
    expect(server.asked).toHaveLength(1)
  })
})

it('a push that overtakes the hello is not lost', async () => {
  commit(11)
  syncer.push(server.push(11))
  await syncer.hello(hello([summary(10)]))
  await settle(40)
  expect(await here()).toEqual([11])
})

it('a joined room is followed from its head', async () => {
  await syncer.hello(hello([]))
  await syncer.room(summary(10))
  syncer.push(server.push(11))
  await settle(40)
  expect(await here()).toEqual([11])
})

it.each(['reply', 'push'])('a message that overtakes the %s of joining is not lost', async (way) => {
  await syncer.hello(hello([]))
  commit(11)
  syncer.push(server.push(11))
  if (way === 'reply') await syncer.room(summary(10))
  else syncer.push({ t: 'joined', room: summary(10) })
  await settle(60)
  expect(await here()).toEqual([11])
})

it('read markers and users of pushes are stored', async () => {
  await syncer.hello(hello([summary(10, { readN: 3 })]))
  syncer.push({ t: 'read', rid: ROOM, readN: 7 })
  syncer.push({ t: 'user', user: { uid: 'u', name: 'Ann' } })
  await settle(40)
  expect((await db.rooms.get(ROOM))?.readN).toBe(7)
  expect((await db.users.get('u'))?.name).toBe('Ann')
})
