import { describe, expect, it } from 'vitest'

import { rows, unread, type Row, type Shown } from '../../src/model/timeline'

const noon = new Date(2026, 10, 22, 12).getTime()
const MINUTE = 60_000

function shown(minute: number, uid: string, n?: number): Shown {
  const base = { id: `${uid}${minute}`, rid: 'r', uid, body: '', at: noon + minute * MINUTE }
  return n === undefined ? { ...base, state: 'pending' } : { ...base, state: 'sent', n }
}

const shape = (list: Row[]) => list.map((row) => (row.is === 'message' ? (row.first ? 'first' : 'next') : row.is))

describe('rows', () => {
  it('group one author within five minutes', () => {
    const list = [shown(0, 'a', 1), shown(4, 'a', 2), shown(10, 'a', 3), shown(11, 'b', 4)]
    expect(shape(rows(list, undefined, 'me'))).toEqual(['day', 'first', 'next', 'first', 'first'])
  })

  it('separate days', () => {
    const list = [shown(0, 'a', 1), shown(24 * 60, 'a', 2)]
    expect(shape(rows(list, undefined, 'me'))).toEqual(['day', 'first', 'day', 'first'])
  })

  it('draw one "New" line, before the first unread message of somebody else', () => {
    const list = [shown(0, 'a', 1), shown(1, 'me', 2), shown(2, 'a', 3), shown(3, 'a', 4), shown(4, 'me')]
    expect(shape(rows(list, 1, 'me'))).toEqual(['day', 'first', 'first', 'new', 'first', 'next', 'first'])
    expect(shape(rows(list, 4, 'me'))).not.toContain('new')
  })
})

it('unread is never negative', () => {
  expect(unread({ n: 7, readN: 3 })).toBe(4)
  expect(unread({ n: 3, readN: 7 })).toBe(0)
})
