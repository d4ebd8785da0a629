import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref, type WatchSource } from 'vue'

/** Closer to the end than this counts as being there. */
const NEAR = 48

interface Anchor {
  row: Element
  top: number
}

/**
 * Scrolling of a list that grows at both ends: at the end it follows new rows; anywhere else
 * the row being read does not move, whatever is added, removed or grows above or below.
 */
export function useReadingPosition(
  scroller: Ref<HTMLElement | null>,
  content: Ref<HTMLElement | null>,
  changes: WatchSource,
  /** False while the newest rows are not in the list: its end is not to be followed. */
  following: () => boolean,
) {
  const atEnd = ref(true)
  let held: Anchor | undefined
  let observer: ResizeObserver | undefined

  function toEnd(): void {
    const box = scroller.value
    if (box) box.scrollTop = box.scrollHeight
    atEnd.value = true
    held = undefined
  }

  function onScroll(): void {
    const box = scroller.value
    if (box === null) return
    atEnd.value = following() && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
    held = atEnd.value ? undefined : anchor(box)
  }

  /** The first row that is visible now, and where it is. */
  function anchor(box: HTMLElement): Anchor | undefined {
    const edge = box.getBoundingClientRect().top
    for (const row of box.querySelectorAll('[data-id]')) {
      const { top, bottom } = row.getBoundingClientRect()
      if (bottom > edge) return { row, top }
    }
    return undefined
  }

  function restore(): void {
    const box = scroller.value
    if (box === null) return
    if (atEnd.value) return toEnd()
    if (held?.row.isConnected) box.scrollTop += held.row.getBoundingClientRect().top - held.top
  }

  // `pre`: the DOM still shows the old rows, so the anchor can be measured.
  watch(
    changes,
    async () => {
      const box = scroller.value
      if (box === null) return
      if (!following()) atEnd.value = false
      held = atEnd.value ? undefined : anchor(box)
      await nextTick()
      restore()
    },
    { flush: 'pre' },
  )

  onMounted(() => {
    // The composer grows, the keyboard opens, a picture or a formula is there at last. The browser
    // tells between layout and paint, so nothing is seen to move.
    observer = new ResizeObserver(restore)
    if (scroller.value) observer.observe(scroller.value)
    if (content.value) observer.observe(content.value)
  })
  onBeforeUnmount(() => observer?.disconnect())

  return { atEnd, toEnd, onScroll }
}
