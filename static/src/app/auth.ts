// The lazy chunk around Amplify. Nothing that is needed to paint may import this statically.

import { Amplify } from 'aws-amplify'
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
} from 'aws-amplify/auth'

import type { Site } from '../model/config'
import { SignedOut, type Token } from '../net/ports'

export interface Account {
  uid: string
  email: string
  name: string
}

/** What is left to do before somebody is signed in. */
export type Step = 'done' | 'confirm' | 'reset' | 'totp' | 'password'

export function configure(site: Site): void {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: site.userPoolId,
        userPoolClientId: site.userPoolClientId,
        userPoolEndpoint: site.cognito,
      },
    },
  })
}

export async function register(email: string, name: string, password: string): Promise<void> {
  const options = { userAttributes: { email, name } }
  await signUp({ username: email, password, options })
}

export async function confirm(email: string, code: string): Promise<void> {
  await confirmSignUp({ username: email, confirmationCode: code })
}

export async function resend(email: string): Promise<void> {
  await resendSignUpCode({ username: email })
}

export async function enter(email: string, password: string): Promise<Step> {
  // Amplify refuses to sign in over a session that is still there, for example an expired one.
  await signOut().catch(() => undefined)
  return stepOf(await signIn({ username: email, password }))
}

/** Answers what a sign-in asked for: the code of an authenticator app, or a new password. */
export async function answer(response: string): Promise<Step> {
  return stepOf(await confirmSignIn({ challengeResponse: response }))
}

function stepOf({ nextStep }: Awaited<ReturnType<typeof signIn>>): Step {
  switch (nextStep.signInStep) {
    case 'DONE':
      return 'done'
    case 'CONFIRM_SIGN_UP':
      return 'confirm'
    case 'RESET_PASSWORD':
      return 'reset'
    case 'CONFIRM_SIGN_IN_WITH_TOTP_CODE':
      return 'totp'
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return 'password'
    default:
      throw Object.assign(new Error(nextStep.signInStep), { name: 'UnknownStep' })
  }
}

export async function requestReset(email: string): Promise<void> {
  await resetPassword({ username: email })
}

export async function confirmReset(email: string, code: string, password: string): Promise<void> {
  await confirmResetPassword({ username: email, confirmationCode: code, newPassword: password })
}

export async function leave(): Promise<void> {
  await signOut()
}

/** Who is signed in here; undefined when nobody is. Throws when that cannot be found out now. */
export async function account(): Promise<Account | undefined> {
  const { tokens } = await fetchAuthSession()
  const claims = tokens?.idToken?.payload
  if (claims === undefined) return undefined
  const text = (claim: unknown) => (typeof claim === 'string' ? claim : '')
  const email = text(claims['email'])
  const name = text(claims['name']) || email.split('@')[0]!
  return { uid: text(claims.sub), email, name }
}

/** The access token of this user. Another user signed in in another tab does not count. */
export async function token(uid: string, fresh: boolean): Promise<Token> {
  const { tokens } = await fetchAuthSession({ forceRefresh: fresh })
  const access = tokens?.accessToken
  if (access === undefined || access.payload.sub !== uid) throw new SignedOut('There is no session on this device.')
  return { jwt: access.toString(), exp: (access.payload.exp ?? 0) * 1000 }
}
