// Every state of the client, once. The gallery, the accessibility run, the pictures and the check of
// the languages are made from this table (tests/browser/test_gallery.py).

import type { Live } from '../src/app/runtime'
import { LOBBY, type RoomSummary } from '../src/model/protocol'
import type { Dialog, Panel } from '../src/stores/ui'
import { ADMIN, DIRECT, PAPERS, ROOMS, TALK, WAITING, room } from './people'

export interface State {
  path: string
  /** Nobody is signed in. */
  stranger?: boolean
  live?: Partial<Live>
  rooms?: RoomSummary[]
  talk?: typeof TALK
  waiting?: typeof WAITING
  dialog?: Dialog
  panel?: Panel
  toast?: 'saved'
  typing?: boolean
  update?: boolean
  /** What a sign-in under way asks for. */
  asked?: 'totp' | 'password'
  /** The server refuses every request of a page. */
  refused?: boolean
  /** Typed into the composer; or pressed, once the page stands. */
  type?: string
  click?: string
  /** Kept in docs/images. */
  picture?: boolean
}

const lobby = `/r/${LOBBY}`
const open = (dialog: Dialog): State => ({ path: lobby, dialog })
const beside = (panel: Panel): State => ({ path: lobby, panel })

export const STATES = {
  talk: { path: lobby, typing: true, picture: true },
  'row tools': { path: lobby, click: '[data-id=m3]' },
  'emoji picker': { path: lobby, click: '[data-testid=pick-emoji]' },
  mention: { path: lobby, type: 'Ask @' },
  'unread line': { path: lobby, rooms: [room(LOBBY, 'general', 9, { readN: 4 }), ...ROOMS.slice(1)] },
  'empty room': { path: `/r/${PAPERS}`, talk: [] },
  'closed room': { path: `/r/${PAPERS}`, talk: [], rooms: [room(PAPERS, 'papers', 0, { closed: true })] },
  'direct room': { path: `/r/${DIRECT}`, talk: [] },
  'no such room': { path: '/r/01JN0SUCH00000000000000000' },
  connecting: { path: lobby, live: { phase: 'connecting' } },
  offline: { path: lobby, live: { phase: 'offline', online: [] }, waiting: WAITING, picture: true },
  'signed out': { path: lobby, live: { phase: 'signedout', online: [] }, waiting: WAITING },
  'not on this device': { path: `/r/${ADMIN}`, live: { phase: 'offline', online: [] }, talk: [] },
  'not loaded': { path: `/r/${ADMIN}`, talk: [], refused: true },
  update: { path: lobby, update: true },
  toast: { path: lobby, toast: 'saved' },
  thread: beside({ is: 'thread', id: 'm4' }),
  members: beside({ is: 'members' }),
  'members as owner': { path: `/r/${PAPERS}`, panel: { is: 'members' }, talk: [] },
  'members refused': { path: lobby, panel: { is: 'members' }, refused: true },
  pins: beside({ is: 'pins' }),
  search: beside({ is: 'search' }),
  switcher: open({ is: 'switch' }),
  keyboard: open({ is: 'keys' }),
  settings: { ...open({ is: 'settings' }), picture: true },
  profile: open({ is: 'profile', uid: 'minh' }),
  'create a room': open({ is: 'create' }),
  'browse rooms': open({ is: 'browse' }),
  'browse refused': { ...open({ is: 'browse' }), refused: true },
  'write to somebody': open({ is: 'direct' }),
  'bring people in': open({ is: 'invite', rid: PAPERS }),
  'about a room': open({ is: 'room', rid: LOBBY }),
  'room settings': open({ is: 'room', rid: PAPERS }),
  'sign out': { ...open({ is: 'leave' }), waiting: WAITING },
  administration: { path: '/admin', live: { admin: true } },
  'not an administrator': { path: '/admin' },
  'sign in': { path: '/sign-in', stranger: true },
  'sign in, nothing typed': { path: '/sign-in', stranger: true, click: '[data-testid=sign-in-submit]' },
  'sign up': { path: '/sign-up', stranger: true },
  confirm: { path: '/confirm', stranger: true },
  reset: { path: '/reset', stranger: true },
  'authenticator code': { path: '/sign-in/more', stranger: true, asked: 'totp' },
  'new password': { path: '/sign-in/more', stranger: true, asked: 'password' },
} satisfies Record<string, State>
