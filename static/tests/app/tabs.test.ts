import { afterEach, expect, it } from 'vitest'

import { CONNECTING, type Live } from '../../src/app/runtime'
import { TabLine } from '../../src/app/tabs'
import type { Commands } from '../../src/net/client'
import { RequestError } from '../../src/net/rpc'

const lines: TabLine[] = []
let count = 0

function tabs(): [TabLine, TabLine] {
  const uid = `tabs-${++count}`
  const pair: [TabLine, TabLine] = [new TabLine(uid), new TabLine(uid)]
  lines.push(...pair)
  return pair
}

afterEach(() => lines.splice(0).forEach((line) => line.close()))

const commands = (part: Partial<Commands>) => part as Commands
const OPEN: Live = { ...CONNECTING, phase: 'open', latency: 5, online: ['ada'] }

it('a follower asks the leader', async () => {
  const [leader, follower] = tabs()
  leader.lead(commands({ ask: (async (action: string, fields: object) => ({ action, fields })) as never }), () => OPEN)
  expect(await follower.call('ask', 'pins', { rid: 'x' })).toEqual({ action: 'pins', fields: { rid: 'x' } })
})

it('the leader asks itself', async () => {
  const [leader] = tabs()
  leader.lead(commands({ ask: (async () => ({ items: [] })) as never }), () => OPEN)
  expect(await leader.call('ask', 'pins', { rid: 'x' })).toEqual({ items: [] })
})

it('a refusal reaches the follower with its code', async () => {
  const [leader, follower] = tabs()
  const refuse = () => Promise.reject(new RequestError('conflict', 'taken'))
  leader.lead(commands({ ask: refuse as never }), () => OPEN)
  await expect(follower.call('ask', 'room.create', { rid: 'r', name: 'n', kind: 'public' })).rejects.toMatchObject({ code: 'conflict', message: 'taken' })
})

it('the state of the connection is known in every tab, also in a new one', async () => {
  const [leader, follower] = tabs()
  const heard = new Promise<Live>((resolve) => (follower.onLive = resolve))
  leader.lead(commands({}), () => OPEN)
  leader.publish(OPEN)
  expect(await heard).toEqual(OPEN)

  const late = new TabLine(`tabs-${count}`)
  lines.push(late)
  expect(await new Promise((resolve) => (late.onLive = resolve))).toEqual(OPEN)
})

it('who is writing is told to every tab', async () => {
  const [leader, follower] = tabs()
  const heard = new Promise((resolve) => (follower.onTyping = (...who) => resolve(who)))
  leader.typing('room', 'bob')
  expect(await heard).toEqual(['room', 'bob'])
})
