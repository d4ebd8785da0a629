import { describe, expect, it } from 'vitest'

import { parseBody, parseInline } from '../../src/model/text'

const links = (text: string) => parseInline(text).flatMap((part) => (part.is === 'link' ? [part.href] : []))

describe('links', () => {
  it.each([
    ['see https://example.org/a?b=c#d now', 'https://example.org/a?b=c#d'],
    ['(https://example.org/x)', 'https://example.org/x'],
    ['https://en.wikipedia.org/wiki/A_(b)', 'https://en.wikipedia.org/wiki/A_(b)'],
    ['https://example.org/a.', 'https://example.org/a'],
    ['[(https://example.org/x_(y).)]', 'https://example.org/x_(y)'],
    ['HTTP://EXAMPLE.org', 'http://example.org/'],
  ])('in %j', (text, href) => {
    expect(links(text)).toEqual([href])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://example.org', 'file:///etc/passwd', 'http://'])(
    'are never made of %j',
    (text) => expect(links(text)).toEqual([]),
  )

  it.each([')', '.', '.)', '])}'])('ending in many %j take no time', (tail) => {
    const text = `http://a/${tail.repeat(16_000 / tail.length)}`
    const started = performance.now()
    expect(links(text)).toEqual(['http://a/'])
    expect(links(`${text}x`)).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(200)
  })

  it('keep every character of the text', () => {
    const text = 'a `b` https://x.org/, (http://y.org) <b>c</b>'
    const back = parseInline(text).map((part) => (part.is === 'code' ? `\`${part.text}\`` : part.text)).join('')
    expect(back).toBe(text)
  })

  it('inside code are code', () => {
    expect(parseInline('`https://x.org`')).toEqual([{ is: 'code', text: 'https://x.org' }])
  })
})

describe('blocks', () => {
  it('are split at fences', () => {
    expect(parseBody('before\n```python\na\n  b\n```\nafter')).toEqual([
      { is: 'text', parts: [{ is: 'text', text: 'before' }] },
      { is: 'code', lang: 'python', text: 'a\n  b' },
      { is: 'text', parts: [{ is: 'text', text: 'after' }] },
    ])
  })

  it('an open fence reaches to the end', () => {
    expect(parseBody('```\na\nb')).toEqual([{ is: 'code', lang: '', text: 'a\nb' }])
  })

  it('line breaks and spaces of plain text stay', () => {
    expect(parseBody('a\n\n  b')).toEqual([{ is: 'text', parts: [{ is: 'text', text: 'a\n\n  b' }] }])
  })
})
