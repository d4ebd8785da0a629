import { expect, it } from 'vitest'

import { byteLength, fits, pack } from '../../src/model/pack'
import { LIMITS } from '../../src/model/protocol'

const queue = (count: number, body: string) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(26, '0'), body }))

it('takes at most twenty messages, from the front', () => {
  const batch = pack(queue(25, 'short'))
  expect(batch.map((m) => Number(m.id))).toEqual(Array.from({ length: 20 }, (_, i) => i))
})

it('stays within a frame, counting escapes and multi-byte characters', () => {
  const batch = pack(queue(20, '"ế'.repeat(500)))
  expect(batch.length).toBeGreaterThan(1)
  expect(batch.length).toBeLessThan(20)
  const frame = { action: 'send', r: '123', rid: '0'.repeat(26), msgs: batch }
  expect(byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(LIMITS.frame)
})

it('never answers empty for a full queue, or one oversized message would block it', () => {
  expect(pack(queue(2, 'x'.repeat(40_000)))).toHaveLength(1)
})

it('a message fits up to 16 KiB of UTF-8', () => {
  expect(fits('x'.repeat(LIMITS.body))).toBe(true)
  expect(fits('x'.repeat(LIMITS.body + 1))).toBe(false)
  expect(fits('ế'.repeat(LIMITS.body / 2))).toBe(false)
  expect(fits('"'.repeat(LIMITS.body))).toBe(false)
})

it('a message fits as far as the server takes its JSON form', () => {
  expect(fits('"'.repeat(13_311))).toBe(true)
  expect(fits('"'.repeat(13_312))).toBe(false)
})
