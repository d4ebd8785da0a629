import { expect, it } from 'vitest'

import { crc32, digest } from '../../src/model/digest'

it('is the CRC-32 of zlib', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array())).toBe(0)
})

it('does not depend on the order of the rooms', () => {
  expect(digest({ b: '2', a: '1' })).toBe(digest({ a: '1', b: '2' }))
  expect(digest({ a: '1', b: '2' })).not.toBe(digest({ a: '1', b: '3' }))
})

it('equals what Python computes: zlib.crc32(b"a:1\\nb:2")', () => {
  expect(digest({ a: '1', b: '2' })).toBe('1084054785')
  expect(digest({})).toBe('0')
})
