// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it, vi } from 'vitest'

import { CONNECTING, engines } from '../../src/app/runtime'
import AdminPage from '../../src/pages/AdminPage.vue'
import { ChatDb } from '../../src/store/db'
import { useUi } from '../../src/stores/ui'

it('offers for each person what can be done, from all pages of who is shut out', async () => {
  const shut = new Set(['bo', 'zoe'])
  const call = (async (_method: string, action: string, { after = '', uid = '' }) => {
    if (action === 'admin.audit') return { acts: [], more: false }
    if (action === 'admin.ban') return shut.delete(uid)
    const left = [...shut].filter((each) => each > after)
    return { uids: left.slice(0, 1), more: left.length > 1 }
  }) as never
  const db = new ChatDb('root')
  await db.users.bulkPut(['Ada', 'Bo', 'Zoe'].map((name) => ({ uid: name.toLowerCase(), name })))
  engines.make = ({ onLive }) => {
    queueMicrotask(() => onLive({ ...CONNECTING, phase: 'open', admin: true }))
    return { db, call, stop: () => undefined }
  }
  localStorage.setItem('labchat.account', JSON.stringify({ uid: 'root', email: 'a@b.c', name: 'Root' }))
  const pinia = createPinia()
  setActivePinia(pinia)
  const stubs = { RouterLink: true, OpenDialog: true, ToastStack: true }
  const page = mount(AdminPage, { global: { plugins: [pinia], stubs } })
  const offers = () => page.findAll('li').map((row) => `${row.get('.name').text()}: ${row.findAll('button').map((button) => button.text()).join()}`)
  await vi.waitFor(() => expect(offers()).toEqual(['Ada: Shut out', 'Bo: Let in again', 'Zoe: Let in again']))

  await page.findAll('li')[1]!.get('button').trigger('click')
  const { dialog } = useUi()
  if (dialog?.is === 'ask') await dialog.action()
  await vi.waitFor(() => expect(offers()).toEqual(['Ada: Shut out', 'Bo: Shut out', 'Zoe: Let in again']))
})
