// Message text to a small tree. No HTML is ever made: the components turn the tree into VNodes.

export type Inline =
  { is: 'text'; text: string } | { is: 'code'; text: string } | { is: 'link'; text: string; href: string }

export type Block =
  { is: 'text'; parts: Inline[] } | { is: 'code'; text: string; lang: string }

const FENCE = /^[ \t]*```([\w+#.-]*)[ \t]*\n([\s\S]*?)(?:\n?[ \t]*```[ \t]*(?:\n|$)|$(?![\s\S]))/gmu
const INLINE = /`([^`\n]+)`|(https?:\/\/[^\s<>"`]+)/giu

export function parseBody(body: string): Block[] {
  const blocks: Block[] = []
  let end = 0
  for (const match of body.matchAll(FENCE)) {
    pushText(blocks, body.slice(end, match.index))
    blocks.push({ is: 'code', lang: match[1] ?? '', text: match[2] ?? '' })
    end = match.index + match[0].length
  }
  pushText(blocks, body.slice(end))
  return blocks
}

function pushText(blocks: Block[], text: string): void {
  // The line ends that border a code block belong to its frame, not to the text.
  const trimmed = blocks.length > 0 ? text.replace(/^\n+/u, '') : text
  if (trimmed.trim() === '') return
  blocks.push({ is: 'text', parts: parseInline(trimmed.replace(/\n+$/u, '')) })
}

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let end = 0
  const plain = (to: number) => {
    if (to > end) parts.push({ is: 'text', text: text.slice(end, to) })
  }
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, address] = match
    if (code !== undefined) {
      plain(match.index)
      parts.push({ is: 'code', text: code })
      end = match.index + whole.length
      continue
    }
    const shown = withoutTail(address!)
    const href = safeHref(shown)
    if (href === undefined) continue
    plain(match.index)
    parts.push({ is: 'link', text: shown, href })
    end = match.index + shown.length
  }
  plain(text.length)
  return parts
}

const PUNCTUATION = '.,;:!?\'*_'
const BRACKETS = ['()', '[]', '{}'] as const

/**
 * Punctuation after an address ends the sentence, not the address; matched brackets stay. Counts
 * once: a text of 16,000 brackets must not hold up everybody who has the room open.
 */
function withoutTail(address: string): string {
  const count = (mark: string) => address.split(mark).length
  const spare = new Map(BRACKETS.map(([open, close]) => [close!, count(close!) - count(open!)]))
  let end = address.length
  for (; end > 0; end--) {
    const last = address[end - 1]!
    if (PUNCTUATION.includes(last)) continue
    const left = spare.get(last) ?? 0
    if (left <= 0) break
    spare.set(last, left - 1)
  }
  return address.slice(0, end)
}

/** Only what a browser itself reads as http or https becomes a link. */
export function safeHref(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined
}
