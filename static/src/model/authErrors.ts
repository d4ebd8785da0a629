// Cognito's refusals in words for the person at the form, and the field they belong to.

export type Field = 'email' | 'name' | 'password' | 'code'

export interface FormError {
  field?: Field
  text: string
}

const BY_NAME: Record<string, FormError> = {
  UsernameExistsException: {
    field: 'email',
    text: 'There is already an account with this address. Sign in, or reset the password.',
  },
  AliasExistsException: { field: 'email', text: 'This address belongs to another account.' },
  UserNotFoundException: { field: 'email', text: 'There is no account with this address.' },
  CodeMismatchException: { field: 'code', text: 'This is not the right code. Check it and try again.' },
  ExpiredCodeException: { field: 'code', text: 'This code has expired. Ask for a new one.' },
  LimitExceededException: { text: 'Too many attempts. Wait some minutes, then try again.' },
  TooManyRequestsException: { text: 'Too many attempts. Wait some minutes, then try again.' },
  TooManyFailedAttemptsException: { text: 'Too many attempts. Wait some minutes, then try again.' },
  CodeDeliveryFailureException: { text: 'The code could not be sent. Try again later.' },
  NetworkError: { text: 'The sign-in service cannot be reached. Check the connection and try again.' },
}

function refusedByTrigger(message: string): FormError {
  // "PreSignUp failed with error <what the lab's own function says>."
  const reason = /failed with error (.+)$/su.exec(message)?.[1] ?? message
  return { field: 'email', text: reason.replace(/\.+$/u, '.').replace(/([^.])$/u, '$1.') }
}

function notAuthorized(message: string): FormError {
  if (/incorrect username or password/iu.test(message)) {
    return { field: 'password', text: 'The address or the password is not right.' }
  }
  if (/attempts exceeded/iu.test(message)) return BY_NAME['LimitExceededException']!
  if (/disabled/iu.test(message)) return { text: 'This account is disabled. Ask an administrator.' }
  if (/current status is CONFIRMED/iu.test(message)) {
    return { text: 'This address is confirmed already. Sign in.' }
  }
  return { text: message }
}

function invalidParameter(message: string): FormError {
  if (/password/iu.test(message)) {
    return { field: 'password', text: 'The password is too short or has characters that are not allowed.' }
  }
  if (/email|username/iu.test(message)) return { field: 'email', text: 'This is not an email address.' }
  if (/code/iu.test(message)) return { field: 'code', text: 'The code has six digits.' }
  return { text: message }
}

export function explain(error: unknown): FormError {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (name === 'UserLambdaValidationException') return refusedByTrigger(message)
  if (name === 'NotAuthorizedException') return notAuthorized(message)
  if (name === 'InvalidParameterException') return invalidParameter(message)
  if (name === 'InvalidPasswordException') {
    return { field: 'password', text: `${message.replace(/^Password did not conform with policy:\s*/iu, '').replace(/\.?$/u, '.')}` }
  }
  return BY_NAME[name] ?? { text: message || 'Something went wrong. Try again.' }
}
