import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref, type WatchSource } from 'vue'

/** Closer to the end than this counts as being there. */
const NEAR = 48

/**
 * Scrolling of a list that grows at both ends: at the end it follows new rows; anywhere else
 * the row being read does not move, whatever is added above or below.
 */
export function useReadingPosition(scroller: Ref<HTMLElement | null>, changes: WatchSource) {
  const atEnd = ref(true)
  let observer: ResizeObserver | undefined

  function toEnd(): void {
    const box = scroller.value
    if (box) box.scrollTop = box.scrollHeight
    atEnd.value = true
  }

  function onScroll(): void {
    const box = scroller.value
    if (box) atEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
  }

  /** The first row that is visible now, and where it is. */
  function anchor(box: HTMLElement): { row: Element; top: number } | undefined {
    const edge = box.getBoundingClientRect().top
    for (const row of box.querySelectorAll('[data-id]')) {
      const { top, bottom } = row.getBoundingClientRect()
      if (bottom > edge) return { row, top }
    }
    return undefined
  }

  // `pre`: the DOM still shows the old rows, so the anchor can be measured.
  watch(
    changes,
    async () => {
      const box = scroller.value
      if (box === null) return
      const follow = atEnd.value
      const held = follow ? undefined : anchor(box)
      await nextTick()
      if (follow) toEnd()
      else if (held?.row.isConnected) box.scrollTop += held.row.getBoundingClientRect().top - held.top
    },
    { flush: 'pre' },
  )

  onMounted(() => {
    // The composer grows, the keyboard opens, the window is resized: the end stays in view.
    observer = new ResizeObserver(() => {
      if (atEnd.value) toEnd()
    })
    if (scroller.value) observer.observe(scroller.value)
  })
  onBeforeUnmount(() => observer?.disconnect())

  return { atEnd, toEnd, onScroll }
}
