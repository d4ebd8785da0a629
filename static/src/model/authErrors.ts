// Cognito's refusals in words for the person at the form, and the field they belong to.

import type { Words } from '../i18n'

export type Field = 'email' | 'name' | 'password' | 'code'

export type Sayings = Words['auth']['errors']

export interface FormError {
  field?: Field
  text: string
}

type Saying = keyof Sayings

const BY_NAME: Record<string, { field?: Field; say: Saying }> = {
  UsernameExistsException: { field: 'email', say: 'exists' },
  AliasExistsException: { field: 'email', say: 'alias' },
  UserNotFoundException: { field: 'email', say: 'unknown' },
  CodeMismatchException: { field: 'code', say: 'wrongCode' },
  EnableSoftwareTokenMFAException: { field: 'code', say: 'wrongCode' },
  ExpiredCodeException: { field: 'code', say: 'expired' },
  LimitExceededException: { say: 'tooMany' },
  TooManyRequestsException: { say: 'tooMany' },
  TooManyFailedAttemptsException: { say: 'tooMany' },
  CodeDeliveryFailureException: { say: 'notDelivered' },
  UnknownStep: { say: 'unknownStep' },
  SiteAway: { say: 'siteAway' },
  NotSignedIn: { say: 'notSignedIn' },
  NetworkError: { say: 'unreachable' },
}

/** NotAuthorizedException says everything by its text. */
const NOT_AUTHORIZED: [RegExp, { field?: Field; say: Saying }][] = [
  [/incorrect username or password/iu, { field: 'password', say: 'wrongPassword' }],
  [/attempts exceeded/iu, { say: 'tooMany' }],
  [/disabled/iu, { say: 'disabled' }],
  [/current status is CONFIRMED/iu, { say: 'confirmed' }],
]

const INVALID: [RegExp, { field?: Field; say: Saying }][] = [
  [/password/iu, { field: 'password', say: 'badPassword' }],
  [/email|username/iu, { field: 'email', say: 'notEmail' }],
  [/code/iu, { field: 'code', say: 'badCode' }],
]

function refusedByTrigger(message: string): FormError {
  // "PreSignUp failed with error <what the lab's own function says>."
  const reason = /failed with error (.+)$/su.exec(message)?.[1] ?? message
  return { field: 'email', text: withStop(reason) }
}

function withStop(text: string): string {
  return text.replace(/\.*$/u, '.')
}

export function explain(error: unknown, words: Sayings): FormError {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (name === 'UserLambdaValidationException') return refusedByTrigger(message)
  if (name === 'InvalidPasswordException') {
    return { field: 'password', text: withStop(message.replace(/^Password did not conform with policy:\s*/iu, '')) }
  }
  const list = { NotAuthorizedException: NOT_AUTHORIZED, InvalidParameterException: INVALID }[name] ?? []
  const found = list.find(([pattern]) => pattern.test(message))?.[1] ?? BY_NAME[name]
  if (found === undefined) return { text: message || words.other }
  return { ...(found.field && { field: found.field }), text: words[found.say] }
}
