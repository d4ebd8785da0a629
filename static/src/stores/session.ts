import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import type { Account, Step } from '../app/auth'
import { useSite } from './site'

type Auth = typeof import('../app/auth')

const KEY = 'labchat.account'
const EMAIL = 'labchat.email'
/** Signing out tells the service, but does not depend on it. */
const PATIENCE = 5000

function remembered(): Account | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as Account | null) ?? undefined
  } catch {
    return undefined
  }
}

/** Who uses this browser, and the ways in and out. */
export const useSession = defineStore('session', () => {
  /** Remembered, so that the cached chat paints before Amplify is even loaded. */
  const account = shallowRef(remembered())
  /** The address typed on one page is there on the next one, and after a reload. */
  const email = ref(sessionStorage.getItem(EMAIL) ?? '')
  /** Kept in memory only, to sign in right after the address is confirmed. */
  let password = ''
  let auth: Promise<Auth> | undefined
  /** What a sign-in under way asks for; gone with a reload, as Cognito's session is. */
  const asked = ref<'totp' | 'password'>()

  function load(): Promise<Auth> {
    auth ??= start().catch((error: unknown) => {
      auth = undefined
      throw error
    })
    return auth
  }

  async function start(): Promise<Auth> {
    const site = await useSite().load().catch(() => {
      throw Object.assign(new Error('config.json could not be had'), { name: 'SiteAway' })
    })
    const module = await import('../app/auth')
    module.configure(site)
    return module
  }

  function remember(address: string): void {
    email.value = address
    sessionStorage.setItem(EMAIL, address)
  }

  async function signIn(address: string, secret: string): Promise<Step> {
    remember(address)
    const module = await load()
    const step = await module.enter(address, secret)
    password = step === 'confirm' ? secret : ''
    return follow(module, step)
  }

  async function answer(response: string): Promise<Step> {
    const module = await load()
    return follow(module, await module.answer(response))
  }

  async function follow(module: Auth, step: Step): Promise<Step> {
    asked.value = step === 'totp' || step === 'password' ? step : undefined
    if (step === 'done') await adopt(module)
    return step
  }

  async function adopt(module: Auth): Promise<void> {
    const found = await module.account()
    if (found === undefined) throw Object.assign(new Error('no session'), { name: 'NotSignedIn' })
    localStorage.setItem(KEY, JSON.stringify(found))
    account.value = found
  }

  async function signUp(address: string, name: string, secret: string): Promise<void> {
    remember(address)
    await (await load()).register(address, name, secret)
    password = secret
  }

  /** Confirms the address; signs in as well if the password was given a moment ago. */
  async function confirm(address: string, code: string): Promise<'in' | 'out'> {
    remember(address)
    await (await load()).confirm(address, code)
    if (password === '') return 'out'
    return (await signIn(address, password)) === 'done' ? 'in' : 'out'
  }

  async function resend(address: string): Promise<void> {
    remember(address)
    await (await load()).resend(address)
  }

  async function requestReset(address: string): Promise<void> {
    remember(address)
    await (await load()).requestReset(address)
  }

  async function confirmReset(address: string, code: string, secret: string): Promise<Step> {
    await (await load()).confirmReset(address, code, secret)
    return signIn(address, secret)
  }

  async function signOut(): Promise<void> {
    localStorage.removeItem(KEY)
    account.value = undefined
    password = ''
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, PATIENCE)))
      await Promise.race([load().then((module) => module.leave()), late])
    } catch {
      // Offline the lazy chunk may be missing; the tokens must go from this device all the same.
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith('CognitoIdentityServiceProvider.')) localStorage.removeItem(key)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async function token(uid: string, fresh: boolean) {
    return (await load()).token(uid, fresh)
  }

  // Another tab signed in or out: this one follows by starting anew.
  addEventListener('storage', (event) => {
    if (event.key === KEY && remembered()?.uid !== account.value?.uid) location.assign('/')
  })

  return { account, email, asked, signIn, answer, signUp, confirm, resend, requestReset, confirmReset, signOut, token }
})
