import { parseConfig, resolveSite, type Config, type Site } from '../model/config'

const KEY = 'labchat.config'
const PATIENCE = 4000

function cached(): Config | undefined {
  try {
    const text = localStorage.getItem(KEY)
    return text === null ? undefined : parseConfig(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function fetched(): Promise<Config> {
  const response = await fetch('/config.json', {
    cache: 'no-cache',
    signal: AbortSignal.timeout(PATIENCE),
  })
  if (!response.ok) throw new Error(`config.json: status ${response.status}`)
  const config = parseConfig(await response.json())
  localStorage.setItem(KEY, JSON.stringify(config))
  return config
}

/** Network first; the last good copy when the server is away. Throws when there is neither. */
export async function loadSites(): Promise<[Site, ...Site[]]> {
  const config = await fetched().catch((error: unknown) => {
    const copy = cached()
    if (copy === undefined) throw error
    return copy
  })
  return config.sites.map((site) => resolveSite(site, location.href)) as [Site, ...Site[]]
}
