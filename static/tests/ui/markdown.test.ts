// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'

import { loadMarkdown, MessageBody } from '../../src/components/MessageBody'

beforeAll(loadMarkdown)
const render = (body: string, mentions = [{ uid: 'b', name: 'Bo' }]) => mount(MessageBody, { props: { body, mentions } })

it.each([
  '<img src=x onerror=alert(1)>',
  '**x** <script>alert(1)</script>',
  '[x](javascript:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x) [y](java\nscript:alert(1))',
  '![x](https://stranger.example/track.png)',
  '<a href="javascript:alert(1)">x</a>',
  '| a |\n|---|\n| <iframe src=//x> |',
  '> <svg onload=alert(1)>',
  '- [x] <b onclick=alert(1)>x</b>',
])('%s makes no element that acts or loads', (body) => {
  const wrapper = render(body)
  expect(wrapper.find('img, script, iframe, svg:not(button svg), [onclick], [onload], [onerror]').exists()).toBe(false)
  for (const link of wrapper.findAll('a')) expect(link.attributes('href')).toMatch(/^https?:/u)
})

describe('shows', () => {
  it.each([
    ['**bold** _slanted_ ~~gone~~', 'strong, em, s', 3],
    ['- one\n- two\n  1. inner', 'li', 3],
    ['> said', 'blockquote', 1],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 'td', 2],
    ['so $x^2$ and\n\n$$y$$', '.math', 2],
    ['that is 5$ or 6$, and $7', '.math', 0],
    ['```python\nx\n```', '.code pre', 1],
    ['one\ntwo **x**', 'br', 1],
  ])('%j', (body, selector, count) => {
    expect(render(body).findAll(selector)).toHaveLength(count)
  })

  it('a name only of who is mentioned', () => {
    expect(render('**hi** @Bo and @Ann').findAll('.mention').map((each) => each.text())).toEqual(['@Bo'])
  })

  it('where a link leads, when its text is something else', () => {
    expect(render('[the draft](https://lab.example/x)').text()).toBe('the draft (lab.example)')
  })
})

it.each(['*', '_', '[', '`', '>', '$', '|', '#', '- ', '1. ', '+ ', '> - ', '~', '<', '](', '!['])('a text of 16,000 %j is shown in no time', (mark) => {
  const started = performance.now()
  render(mark.repeat(16_000 / mark.length)).unmount()
  expect(performance.now() - started).toBeLessThan(2000)
})
