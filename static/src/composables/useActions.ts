import { w } from '../i18n'
import { RequestError } from '../net/rpc'
import type { Shown } from '../model/timeline'
import { useChat } from '../stores/chat'
import { useUi } from '../stores/ui'

/** Why something could not be done, in words. */
export function because(error: unknown): string {
  const code = error instanceof RequestError ? error.code : undefined
  if (code === 'closed' || code === 'timeout') return w.needsConnection
  if (code !== undefined && code in w.refused) return w.refused[code as keyof typeof w.refused]
  return error instanceof Error ? error.message : String(error)
}

/** What can be done with a message that the server has. */
export function useActions() {
  const chat = useChat()
  const ui = useUi()

  /** Runs it and says what went wrong; true when it was done. */
  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      ui.say(w.notDone(because(error)))
      return false
    }
  }

  function react({ rid, id, rx }: Shown, emoji: string): Promise<boolean> {
    const on = !(rx?.[emoji]?.includes(chat.me) ?? false)
    return attempt(() => chat.ask('react', { rid, id, emoji, on }))
  }

  function pin({ rid, id, pinned }: Shown): Promise<boolean> {
    return attempt(() => chat.ask('pin', { rid, id, on: pinned === undefined }))
  }

  function remove({ rid, id }: Shown): void {
    ui.dialog = {
      is: 'ask',
      text: w.message.deleteAsk,
      yes: w.delete,
      action: () => void attempt(() => chat.ask('del', { rid, id })),
    }
  }

  async function copyLink({ rid, id }: Shown): Promise<void> {
    const done = await attempt(() => navigator.clipboard.writeText(`${location.origin}/r/${rid}/${id}`))
    if (done) ui.say(w.message.linkCopied)
  }

  /** One's own may be edited and deleted; owners and admins of a room delete others' as well. */
  function may(message: Shown): { edit: boolean; remove: boolean } {
    const settled = message.state === 'sent' && !message.deleted
    const own = settled && message.uid === chat.me
    const role = chat.rooms?.find((room) => room.rid === message.rid)?.role
    return { edit: own, remove: own || (settled && (role === 'owner' || role === 'admin')) }
  }

  return { attempt, react, pin, remove, copyLink, may }
}
