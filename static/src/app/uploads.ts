// Files on their way: kept in the database until a message names them, so that a reload, a closed
// browser or a dead server loses none. The leading tab uploads, one at a time, in order.

import { liveQuery, type Subscription } from 'dexie'

import type { Actions, Form, Limits } from '../model/protocol'
import { RequestError } from '../net/rpc'
import type { ChatDb, Upload } from '../store/db'

const AGAIN = 3000
/** Progress is written down this often: every tab shows it. */
const TOLD = 300
const THUMB_SIDE = 480
const OTHER = 'application/octet-stream'

type Ask = <A extends keyof Actions>(action: A, fields: Actions[A][0]) => Promise<Actions[A][1]>

export class Uploader {
  readonly #db: ChatDb
  readonly #ask: Ask
  readonly #limits: () => Limits | undefined
  readonly #subscription: Subscription
  #current: { key: string; request?: XMLHttpRequest } | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #waiting: string[] = []

  constructor(db: ChatDb, ask: Ask, limits: () => Limits | undefined) {
    this.#db = db
    this.#ask = ask
    this.#limits = limits
    this.#subscription = liveQuery(() => db.uploads.where('state').equals('waiting').primaryKeys()).subscribe((keys) => {
      this.#waiting = keys
      // Taken back while it was on its way.
      if (this.#current && !keys.includes(this.#current.key)) this.#current.request?.abort()
      this.kick()
    })
  }

  /** There is a connection, or there was one: whatever waits may be tried. */
  kick(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [key] = this.#waiting
    if (key === undefined || this.#current !== undefined || this.#limits() === undefined) return
    this.#current = { key }
    void this.#upload(key)
      .catch((error: unknown) => this.#failed(key, error))
      .finally(() => {
        this.#current = undefined
        if (this.#timer === undefined) this.kick()
      })
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#subscription.unsubscribe()
    this.#current?.request?.abort()
  }

  async #upload(key: string): Promise<void> {
    const [upload, content] = await Promise.all([this.#db.uploads.get(key), this.#db.blobs.get(key)])
    if (upload === undefined || content === undefined) return
    const picture = await pictureOf(content.blob)
    const type = this.#limits()?.types.includes(upload.type) ? upload.type : OTHER
    const { id, form, thumb } = await this.#ask('file.upload', {
      rid: upload.rid,
      name: upload.name,
      size: upload.size,
      type,
      ...(picture && { w: picture.w, h: picture.h }),
      ...(picture?.thumb && { thumb: { size: picture.thumb.size, type: 'image/webp' as const } }),
    })
    if (thumb && picture?.thumb) await this.#post(thumb, picture.thumb)
    await this.#post(form, content.blob, (sent) => void this.#db.uploads.update(key, { sent }))
    const seen = picture && { w: picture.w, h: picture.h, ...(thumb && { thumb: true }) }
    await this.#db.uploads.update(key, { state: 'done', sent: upload.size, file: id, type, ...seen })
    // The query tells it too, but later than the next one is looked for.
    this.#waiting = this.#waiting.filter((each) => each !== key)
  }

  #post(form: Form, blob: Blob, progress?: (sent: number) => void): Promise<void> {
    const body = new FormData()
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value)
    body.append('file', blob)
    const request = new XMLHttpRequest()
    if (this.#current) this.#current.request = request
    return new Promise((resolve, reject) => {
      let told = 0
      request.upload.onprogress = ({ loaded, timeStamp }) => {
        if (timeStamp - told < TOLD) return
        told = timeStamp
        progress?.(loaded)
      }
      request.onload = () => (request.status < 300 ? resolve() : reject(refusal(request.status)))
      request.onerror = request.onabort = () => reject(new RequestError('closed'))
      request.open('POST', form.url)
      request.send(body)
    })
  }

  /** What the server refused stays refused; everything else is tried again. */
  async #failed(key: string, error: unknown): Promise<void> {
    const code = error instanceof RequestError ? error.code : 'invalid'
    if (['closed', 'timeout', 'busy', 'rate', 'auth'].includes(code)) {
      this.#timer = setTimeout(() => this.kick(), AGAIN)
      return
    }
    console.warn('labchat: a file was not taken:', error)
    await this.#db.uploads.update(key, { state: 'failed' })
    this.#waiting = this.#waiting.filter((each) => each !== key)
  }
}

/** The bucket's refusals say nothing that a repetition with a new form would not mend, but for these. */
function refusal(status: number): RequestError {
  return new RequestError(status === 400 || status === 403 ? 'busy' : status < 500 ? 'invalid' : 'closed')
}

interface Picture {
  w: number
  h: number
  thumb: Blob | undefined
}

/** A picture's size and a small copy; undefined for what the browser does not show. */
async function pictureOf(blob: Blob): Promise<Picture | undefined> {
  if (!/^image\/(?:png|jpeg|webp|gif|avif)$/u.test(blob.type)) return undefined
  try {
    const bitmap = await createImageBitmap(blob)
    const { width: w, height: h } = bitmap
    const scale = Math.min(1, THUMB_SIDE / Math.max(w, h))
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale)))
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    const thumb = await canvas.convertToBlob({ type: 'image/webp', quality: 0.7 })
    // docs/protocol.md: a thumb has at most 64 KiB; a browser without WebP makes something else.
    return { w, h, thumb: thumb.type === 'image/webp' && thumb.size <= 65_536 ? thumb : undefined }
  } catch {
    return undefined
  }
}

/** Writes a file down, for the composer of this key; it goes on its way at once. */
export async function attach(db: ChatDb, key: string, rid: string, draft: string, file: File): Promise<void> {
  const upload: Upload = { key, rid, draft, name: file.name.slice(-120) || 'file', size: file.size, type: file.type || OTHER, state: 'waiting', sent: 0 }
  await db.transaction('rw', db.uploads, db.blobs, async () => {
    await db.blobs.add({ key, blob: file })
    await db.uploads.add(upload)
  })
}
