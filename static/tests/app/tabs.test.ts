import { afterEach, expect, it } from 'vitest'

import { TabLine } from '../../src/app/tabs'
import type { Commands } from '../../src/net/client'
import type { Status } from '../../src/net/connection'
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
const OPEN: Status = { phase: 'open', latency: 5 }

it('a follower asks the leader', async () => {
  const [leader, follower] = tabs()
  leader.lead(commands({ list: async (after) => ({ rooms: [], next: `after ${after}` }) }), () => OPEN)
  expect(await follower.call('list', 'x')).toEqual({ rooms: [], next: 'after x' })
})

it('the leader asks itself', async () => {
  const [leader] = tabs()
  leader.lead(commands({ list: async () => ({ rooms: [] }) }), () => OPEN)
  expect(await leader.call('list')).toEqual({ rooms: [] })
})

it('a refusal reaches the follower with its code', async () => {
  const [leader, follower] = tabs()
  const refuse = () => Promise.reject(new RequestError('conflict', 'taken'))
  leader.lead(commands({ create: refuse }), () => OPEN)
  await expect(follower.call('create', 'r', 'n')).rejects.toMatchObject({ code: 'conflict', message: 'taken' })
})

it('the state of the connection is known in every tab, also in a new one', async () => {
  const [leader, follower] = tabs()
  const heard = new Promise<Status>((resolve) => (follower.onStatus = resolve))
  leader.lead(commands({}), () => OPEN)
  leader.publish(OPEN)
  expect(await heard).toEqual(OPEN)

  const late = new TabLine(`tabs-${count}`)
  lines.push(late)
  expect(await new Promise((resolve) => (late.onStatus = resolve))).toEqual(OPEN)
})
