// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'

import { MessageBody } from '../../src/components/MessageBody'

const render = (body: string) => mount(MessageBody, { props: { body } })

it.each([
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '[x](javascript:alert(1))',
  'https://x.org/"onmouseover="alert(1)',
  '`<b>`',
  '```\n</code></pre><script>alert(1)</script>\n```',
])('%s stays text', (body) => {
  const wrapper = render(body)
  expect(wrapper.find('img, script, b, [onmouseover], [href^="javascript"]').exists()).toBe(false)
})

it('a link opens apart and tells the other side nothing', () => {
  const link = render('see https://example.org/x').get('a')
  expect(link.attributes()).toMatchObject({
    href: 'https://example.org/x',
    target: '_blank',
    rel: 'noopener noreferrer',
  })
})

it('line breaks are kept in the text', () => {
  expect(render('a\nb').get('p').element.textContent).toBe('a\nb')
})
