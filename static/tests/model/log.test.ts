import { describe, expect, it } from 'vitest'

import { decide, staleRooms } from '../../src/model/log'

const items = (...revs: string[]) => revs.map((rev) => ({ rev }))

describe('a log push', () => {
  it.each([
    ['continues the cursor', '5', '5', items('6', '7'), 'apply'],
    ['ends at or before the cursor', '7', '4', items('6', '7'), 'known'],
    ['begins after the cursor', '5', '6', items('7'), 'gap'],
    ['overlaps the cursor', '6', '5', items('6', '7'), 'gap'],
    ['meets a room without cursor', undefined, '5', items('6'), 'unknown'],
    ['is empty', '5', '5', items(), 'known'],
  ] as const)('that %s', (_case, cursor, p, list, decision) => {
    expect(decide(cursor, p, list)).toBe(decision)
  })
})

it('stale rooms are those whose head differs, and those we do not know', () => {
  expect(staleRooms({ a: '1', b: '2' }, { a: '1', b: '3', c: '1' })).toEqual(['b', 'c'])
})
