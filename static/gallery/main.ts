// The real pages on a store that is filled from the table, with a network that only answers.
// `?state=NAME&theme=dark&language=vi` shows one state; without a name there is a list of them. A page
// can show others after it by `show`, which spares the tests most of their time.

import { createPinia, disposePinia } from 'pinia'
import { createApp, nextTick } from 'vue'

import App from '../src/App.vue'
import { CONNECTING, engines, type Live } from '../src/app/runtime'
import { loadMarkdown } from '../src/components/MessageBody'
import { updateReady } from '../src/app/worker'
import { isLanguage, w } from '../src/i18n'
import { LOBBY, type Actions } from '../src/model/protocol'
import { RequestError } from '../src/net/rpc'
import { router } from '../src/router'
import { ChatDb } from '../src/store/db'
import { useChat } from '../src/stores/chat'
import { usePrefs } from '../src/stores/prefs'
import { useSession } from '../src/stores/session'
import { useUi } from '../src/stores/ui'
import '../src/styles/tokens.css'
import '../src/styles/base.css'
import { ME, ROOMS, TALK, USERS } from './people'
import { STATES, type State } from './states'

/** Takes down what is shown. */
let end = (): void => undefined

async function fill(state: State): Promise<ChatDb> {
  const db = new ChatDb(ME)
  await Promise.all(db.tables.map((table) => table.clear()))
  const rooms = state.rooms ?? ROOMS
  await db.rooms.bulkPut(rooms)
  await db.users.bulkPut(USERS)
  await db.msgs.bulkPut((state.talk ?? TALK).map(({ k: _k, ...message }) => message))
  await db.cursors.bulkPut(rooms.map(({ rid, head, n }) => ({ site: 'L', rid, rev: head, complete: rid === LOBBY || n === 0 })))
  for (const entry of state.waiting ?? []) await db.outbox.add(entry)
  return db
}

/** What the server would say. */
function answers(action: keyof Actions): unknown {
  const members = USERS.map(({ uid }, i) => ({ uid, role: i === 0 ? 'owner' : i === 1 ? 'admin' : 'member', since: 0 }))
  const known: Partial<Record<keyof Actions, unknown>> = {
    'member.list': { members, more: false },
    'room.list': { rooms: ROOMS.slice(0, 3).map(({ rid, name: of, n }, i) => ({ rid, name: of, n, joined: i === 0 })) },
    'admin.banned': { uids: ['bo'], more: false },
    'admin.audit': { acts: [{ pos: 'a', at: TALK[0]!.at, uid: ME, what: 'admin.ban', whom: 'bo' }], more: false },
    pins: { items: TALK.filter(({ pinned }) => pinned) },
    thread: { root: TALK[3], items: TALK.filter(({ th }) => th === 'm4'), more: false },
    search: { items: TALK.slice(0, 2) },
    hist: { items: [], more: false },
  }
  return known[action] ?? {}
}

/** One state, once it has come to rest. */
async function show(name: string, theme: string, language: string): Promise<void> {
  end()
  const state = (STATES as Record<string, State>)[name]!
  if (state.stranger) localStorage.removeItem('labchat.account')
  else localStorage.setItem('labchat.account', JSON.stringify({ uid: ME, name: USERS[0]!.name, email: 'lan@lab.example' }))
  sessionStorage.clear()
  const db = await fill(state)
  const live: Live = { ...CONNECTING, phase: 'open', latency: 38, online: [ME, 'minh'], ...state.live }
  const call = (async (method: string, action: keyof Actions) => {
    if (live.phase !== 'open') throw new RequestError('closed')
    if (state.refused) throw new RequestError('denied')
    return method === 'ask' ? answers(action) : undefined
  }) as never
  engines.make = ({ onLive }) => {
    queueMicrotask(() => onLive(live))
    return { db, call, stop: () => undefined }
  }
  const pinia = createPinia()
  const app = createApp(App).use(pinia)
  const { prefs, apply } = usePrefs()
  prefs.language = isLanguage(language) ? language : 'en'
  prefs.theme = theme === 'dark' ? 'dark' : 'light'
  await apply()
  if (state.asked) useSession().asked = state.asked
  await Promise.all([loadMarkdown(), import('../src/rich/highlight'), import('katex')])
  await router.replace(state.path)
  app.use(router).mount('#app')
  end = () => {
    app.unmount()
    disposePinia(pinia)
    db.close()
  }
  await nextTick()
  if (state.stranger !== true) adorn(state)
  await rest()
}

/** The store has answered, panels and dialogs have taken their places: nothing changes any more. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const done = async (): Promise<void> => {
      watching.disconnect()
      await Promise.allSettled([document.fonts.ready, ...document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished)])
      resolve()
    }
    let timer = setTimeout(done, QUIET)
    const watching = new MutationObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(done, QUIET)
    })
    watching.observe(document, { attributes: true, characterData: true, childList: true, subtree: true })
  })
}

const QUIET = 100

function adorn(state: State): void {
  const [ui, chat] = [useUi(), useChat()]
  ui.dialog = state.dialog
  ui.panel = state.panel
  if (state.toast) ui.say(w.settings[state.toast])
  if (state.typing) chat.setTyping(LOBBY, 'minh', true)
  updateReady.value = state.update ? ({} as ServiceWorker) : undefined
}

function list(): void {
  const links = document.createElement('nav')
  document.body.append(links)
  end = () => links.remove()
  for (const each of Object.keys(STATES)) {
    for (const theme of ['light', 'dark']) {
      for (const language of ['en', 'vi']) {
        const link = document.createElement('a')
        link.href = `?${new URLSearchParams({ state: each, theme, language })}`
        link.textContent = `${each}, ${theme}, ${language}`
        links.append(link, document.createElement('br'))
      }
    }
  }
}

Object.assign(window, { states: STATES, show })
const query = new URLSearchParams(location.search)
const name = query.get('state') ?? ''
if (name in STATES) await show(name, query.get('theme') ?? '', query.get('language') ?? '')
else list()
