import { newId } from '../app/env'
import { attach } from '../app/uploads'
import { w } from '../i18n'
import { sizeOf } from '../model/files'
import { dropFiles } from '../store/outbox'
import { useChat } from '../stores/chat'
import { useUi } from '../stores/ui'
import { useLive } from './useLive'

/** The files of one composer: written down at once, uploaded meanwhile. */
export function useFiles(key: string, rid: string) {
  const chat = useChat()
  const ui = useUi()
  const files = useLive(() => chat.db, async (db) => (await db?.uploads.where('draft').equals(key).toArray()) ?? [], [])

  async function add(picked: Iterable<File>): Promise<void> {
    const db = chat.db
    if (db === undefined) return
    const { limits } = chat.status
    let count = files.value.length
    for (const file of picked) {
      if (limits && ++count > limits.files) return ui.say(w.attach.tooMany(limits.files))
      if (limits && file.size > limits.file) ui.say(w.attach.tooBig(file.name, sizeOf(limits.file)))
      else if (file.size > 0) await attach(db, newId(), rid, key, file)
    }
  }

  async function remove(upload: string): Promise<void> {
    const db = chat.db
    await db?.transaction('rw', db.uploads, db.blobs, () => dropFiles(db, [upload]))
  }

  return { files, add, remove }
}
