// What /config.json says: the sites a client may talk to. Addresses in it may be relative,
// so that one file serves every host name the page is reached by.

export interface SiteEntry {
  name: string
  region: string
  websocket: string
  cognito: string
  userPoolId: string
  userPoolClientId: string
  mailbox?: string
}

export interface Config {
  sites: SiteEntry[]
}

/** A site with absolute addresses. */
export type Site = SiteEntry

function absolute(address: string, base: string, secure: 'https:' | 'wss:'): string {
  const url = new URL(address, base)
  const plain = secure === 'wss:' ? 'ws:' : 'http:'
  if (url.protocol === 'http:' || url.protocol === 'ws:') url.protocol = plain
  else if (url.protocol === 'https:' || url.protocol === 'wss:') url.protocol = secure
  else throw new Error(`not a web address: ${address}`)
  return url.href
}

export function resolveSite(entry: SiteEntry, base: string): Site {
  return {
    ...entry,
    websocket: absolute(entry.websocket, base, 'wss:'),
    cognito: absolute(entry.cognito, base, 'https:'),
    ...(entry.mailbox ? { mailbox: absolute(entry.mailbox, base, 'https:') } : {}),
  }
}

/** Reads an untrusted value as a config, or says why it is none. */
export function parseConfig(value: unknown): Config {
  const sites = (value as { sites?: unknown } | null)?.sites
  if (!Array.isArray(sites) || sites.length === 0) throw new Error('config.json names no site')
  for (const site of sites as Record<string, unknown>[]) {
    for (const key of ['name', 'websocket', 'cognito', 'userPoolId', 'userPoolClientId']) {
      if (typeof site[key] !== 'string') throw new Error(`config.json: a site has no ${key}`)
    }
  }
  return { sites: sites as SiteEntry[] }
}
