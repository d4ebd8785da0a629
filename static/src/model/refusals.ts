import type { WireErrorCode } from './protocol'

const WORDS: Partial<Record<WireErrorCode, string>> = {
  denied: 'you are not a member of this room.',
  notfound: 'this room does not exist any more.',
  toobig: 'it is too long for one message.',
  conflict: 'the server has another message in its place. Edit it to send it anew.',
  readonly: 'this room is closed.',
  invalid: 'the server does not accept it.',
}

/** Why a message was not sent, to follow the words "Not sent". The server's own text is a last resort. */
export function refusal(code: WireErrorCode, text: string | undefined): string {
  return WORDS[code] ?? text ?? code
}
