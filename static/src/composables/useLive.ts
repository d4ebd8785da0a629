import { liveQuery, type Subscription } from 'dexie'
import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from 'vue'

/**
 * A query on the local store that stays true: it runs again when what it read is written by
 * any tab, or when `source` changes. Before the first answer it is `initial`.
 */
export function useLive<S, T>(
  source: WatchSource<S>,
  query: (value: S) => Promise<T>,
  initial: T,
): Readonly<ShallowRef<T>> {
  const result = shallowRef(initial) as ShallowRef<T>
  let subscription: Subscription | undefined
  watch(
    source,
    (value) => {
      subscription?.unsubscribe()
      subscription = liveQuery(() => query(value)).subscribe({
        next: (answer) => (result.value = answer),
        error: (error: unknown) => console.error('labchat: reading the local store failed:', error),
      })
    },
    { immediate: true },
  )
  onScopeDispose(() => subscription?.unsubscribe())
  return result
}
