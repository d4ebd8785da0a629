// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'

import MessageComposer from '../../src/components/MessageComposer.vue'
import { useChat } from '../../src/stores/chat'
import { ROOM, summary } from '../builders'

let sent: string[]
let wrapper: VueWrapper
let refuse: boolean

beforeEach(() => {
  const pinia = createPinia()
  setActivePinia(pinia)
  sent = []
  refuse = false
  useChat().send = async (rid, body) => {
    expect(rid).toBe(ROOM)
    if (refuse) throw new Error('quota')
    sent.push(body)
  }
  wrapper = mount(MessageComposer, { props: { room: summary(0) }, global: { plugins: [pinia] } })
})

const field = () => wrapper.get<HTMLTextAreaElement>('[data-testid=composer]')

async function enter(text: string, options: KeyboardEventInit = {}): Promise<void> {
  await field().setValue(text)
  await field().trigger('keydown', { key: 'Enter', ...options })
  await flushPromises()
}

it('Enter sends and empties the field', async () => {
  await enter('hello\nthere  \n')
  expect(sent).toEqual(['hello\nthere'])
  expect(field().element.value).toBe('')
})

it('Shift+Enter, and Enter that ends a composition, do not send', async () => {
  await enter('one', { shiftKey: true })
  await enter('tiếng', { isComposing: true })
  expect(sent).toEqual([])
})

it('nothing but space is not sent', async () => {
  await enter('  \n ')
  expect(sent).toEqual([])
})

it('what is too long for the server cannot be sent', async () => {
  await enter('x'.repeat(16_385))
  expect(sent).toEqual([])
  expect(wrapper.text()).toContain('too long')
  expect(wrapper.get('[data-testid=send]').attributes('disabled')).toBeDefined()
})

it('a text that could not be stored comes back', async () => {
  refuse = true
  const { error } = console
  const logged: unknown[] = []
  console.error = (...args) => logged.push(args)
  await enter('precious')
  console.error = error
  expect(logged).toHaveLength(1)
  expect(field().element.value).toBe('precious')
  expect(wrapper.text()).toContain('could not store')
})
