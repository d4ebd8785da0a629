import { describe, expect, it } from 'vitest'

import { sizeOf } from '../../src/model/files'
import { fold, ranked } from '../../src/model/fold'
import { mentioned, openWord } from '../../src/model/mentions'
import { attention } from '../../src/model/timeline'

it('folds case and marks, the Vietnamese ones too', () => {
  expect(fold('Đặng Thị ẮI')).toBe('dang thi ai')
})

it('ranks a beginning above a word above a part, and leaves out the rest', () => {
  const names = ['Tran Lan', 'Alan', 'Lan Vo', 'Bo']
  expect(ranked(names, (name) => name, 'lan')).toEqual(['Lan Vo', 'Tran Lan', 'Alan'])
})

describe('mentions', () => {
  const people = [
    { uid: '1', name: 'Ann' },
    { uid: '2', name: 'Ann Fischer' },
    { uid: '3', name: 'Bo Nguyễn' },
  ]

  it('takes the longer of two names that begin alike', () => {
    expect(mentioned('@Ann Fischer and @bo nguyễn', people)).toEqual(['2', '3'])
    expect(mentioned('@Ann, look', people)).toEqual(['1'])
  })

  it('is no part of a word or of an address', () => {
    expect(mentioned('x@Ann @Annika', people)).toEqual([])
  })

  it('is being typed at the caret', () => {
    expect(openWord('hi @bo', 6)).toEqual({ mark: '@', typed: 'bo', start: 3 })
    expect(openWord('hi @bo there', 3)).toBeUndefined()
    expect(openWord('at 10:30', 8)).toBeUndefined()
    expect(openWord('nice :ro', 8)).toEqual({ mark: ':', typed: 'ro', start: 5 })
  })
})

describe('what asks for attention', () => {
  it('is everything, mentions, or nothing, as one wants it', () => {
    const room = { n: 9, readN: 4, ment: 7 }
    expect(attention(room)).toEqual({ count: 5, mention: true })
    expect(attention({ ...room, level: 'mentions' })).toEqual({ count: 5, mention: true })
    expect(attention({ ...room, ment: 3, level: 'mentions' })).toEqual({ count: 0, mention: false })
    expect(attention({ ...room, level: 'none' })).toEqual({ count: 0, mention: false })
  })
})

it('tells sizes as people do', () => {
  expect([0, 999, 1500, 25 * 2 ** 20].map(sizeOf)).toEqual(['0 B', '999 B', '1.5 kB', '26.2 MB'])
})
