import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import { loadSites } from '../app/config'
import type { Site } from '../model/config'

/** The site in use. config.json may name several; the first is taken. */
export const useSite = defineStore('site', () => {
  const site = shallowRef<Site>()
  let loading: Promise<Site> | undefined

  /** Loads once; a failure is not remembered, so the next call tries again. */
  function load(): Promise<Site> {
    loading ??= loadSites().then(
      ([first]) => (site.value = first),
      (error: unknown) => {
        loading = undefined
        throw error
      },
    )
    return loading
  }

  return { site, load }
})
