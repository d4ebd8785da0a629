import { idMaker } from '../model/ids'
import type { Env, Socket } from '../net/ports'

/** The browser's clock, chance and sockets: the only place where net/ meets them. */
export const browserEnv: Env = {
  clock: {
    now: () => Date.now(),
    after: (ms, action) => {
      const timer = setTimeout(action, Math.min(ms, 2 ** 31 - 1))
      return () => clearTimeout(timer)
    },
  },
  random: cryptoRandom,
  openSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as Socket,
}

/** Uniform in [0, 1), good enough for ids as well. */
export function cryptoRandom(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32
}

/** Ids of messages, rooms and calls. (`crypto.randomUUID` is missing on plain-http LAN pages.) */
export const newId = idMaker(() => Date.now(), cryptoRandom)
