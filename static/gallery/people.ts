// Who is in the gallery, and what they said: fixed, so that pictures of two builds can be compared.

import { LOBBY, type MessageItem, type RoomSummary, type User } from '../src/model/protocol'

export const ME = 'lan'
export const PAPERS = '01JPAPERS00000000000000000'
export const ADMIN = '01JADM1N000000000000000000'
export const DIRECT = '01JD1RECT00000000000000000'

export const USERS: User[] = [
  { uid: ME, name: 'Lan Trần', status: 'In the lab until 18:00' },
  { uid: 'minh', name: 'Minh Võ', status: 'Đang đi tàu, trả lời chậm' },
  { uid: 'ann', name: 'Ann Fischer' },
  { uid: 'bo', name: 'Bo Nguyễn' },
]

/** Today, so that the words of the day stay the same; the hour does not depend on the clock. */
const DAY = new Date(new Date().setHours(9, 30, 0, 0)).getTime()

const place = (n: number) => String(n).padStart(10, '0')
export const rev = (n: number) => `${place(n)}L`

export function said(n: number, uid: string, body: string, more: Partial<MessageItem> = {}, rid = LOBBY): MessageItem {
  return { k: 'message', rid, rev: rev(n), id: `m${n}`, uid, pos: `${place(n)}LXXXXX`, n, body, at: DAY + n * 60_000, ...more }
}

export function room(rid: string, name: string, n: number, more: Partial<RoomSummary> = {}): RoomSummary {
  return { rid, name, kind: 'public', role: 'member', head: rev(n), n, readN: n, ...more }
}

export const ROOMS = [
  room(LOBBY, 'general', 9, { topic: 'What everybody should know' }),
  room(PAPERS, 'papers', 0, { role: 'owner' }),
  room(ADMIN, 'admin', 12, { kind: 'private', readN: 9, ment: 11 }),
  room(DIRECT, '', 3, { kind: 'direct', uids: [ME, 'minh'], readN: 2 }),
]

const CODE = '```yaml\nloader:\n  batch_size: 512   # fits on node 3 only\n```'

export const TALK: MessageItem[] = [
  said(1, 'minh', 'Job 4411 stopped again overnight, out of memory on **node 7**. The log is at https://lab.example/jobs/4411', { rx: { '✔': [ME, 'ann'], '❤': ['bo'] } }),
  said(2, 'minh', `The batch size in the config is still 512:\n${CODE}`, { pinned: DAY }),
  said(3, ME, 'Setting it to 256 and restarting. @Minh Võ can you look at the loss tonight?', { ment: ['minh'], edited: DAY }),
  said(4, 'minh', 'Yes. With $\\eta = 10^{-3}$ it should follow\n\n$$\\mathcal{L}(t) = \\mathcal{L}_0 e^{-\\eta t}$$', { q: 'm3', replies: 2 }),
  said(5, 'ann', 'Two figures are missing in the draft:\n\n- the ablation\n- the map\n  1. with a scale\n\n> Reviewer 2 asked for both.'),
  said(6, 'ann', 'I will do them tomorrow.', { th: 'm4' }),
  said(7, 'bo', '', { deleted: true }),
  said(8, 'minh', 'Cảm ơn! Đọc trên tàu nên trả lời chậm.', { th: 'm4' }),
  said(9, 'bo', '| run | loss | time |\n|---|---|---|\n| 4411 | 0.42 | 8 h |\n| 4412 | **0.31** | 7 h |'),
]

export const WAITING = [
  { id: 'w1', rid: LOBBY, body: 'Written while the server was away', at: DAY + 600_000, state: 'pending' as const },
  { id: 'w2', rid: LOBBY, body: 'Written to a room that does not take it', at: DAY + 660_000, state: 'failed' as const, refused: { code: 'denied' } },
]
