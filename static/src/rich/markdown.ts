// Markdown as a tree of tokens, by marked's lexer; its HTML renderer is never used. Loaded after the
// first paint: until then, and for plain texts always, model/text.ts does.

import { Marked, type Token, type Tokens } from 'marked'
import { h, type VNode } from 'vue'

import CodeBlock from '../components/CodeBlock.vue'
import MathText from '../components/MathText.vue'
import { safeHref } from '../model/text'
import type { Named } from '../model/mentions'

/** Nested deeper than people write, text stays text: a stack is finite. */
const DEEP = 12

const marked = new Marked({ gfm: true, breaks: true })
marked.use({
  extensions: [
    {
      name: 'formula',
      level: 'block',
      start: (text) => text.indexOf('$$'),
      tokenizer(text) {
        const found = /^\$\$\s*([^$]{1,4000}?)\s*\$\$(?:\n|$)/u.exec(text)
        return found ? { type: 'formula', raw: found[0], text: found[1]! } : undefined
      },
    },
    {
      name: 'math',
      level: 'inline',
      start: (text) => text.indexOf('$'),
      // As Pandoc: no space inside the marks, no digit after, so that prices stay prices.
      tokenizer(text) {
        const found = /^\$(?!\s)([^$\n]{1,1000}?)(?<![\s\\])\$(?!\d)/u.exec(text)
        return found ? { type: 'math', raw: found[0], text: found[1]! } : undefined
      },
    },
  ],
})

type Child = VNode | string

/** Undefined for a text that would hold up, or bring down, the page of everybody in the room. */
export function markdown(body: string, mentions: readonly Named[]): Child[] | undefined {
  return heavy(body) ? undefined : blocks(marked.lexer(body), mentions, 0)
}

/** More than people write: the lexer recurses for each level, and looks ahead from each mark. */
function heavy(body: string): boolean {
  const count = (mark: string) => body.split(mark).length
  return count('$') > 200 || count('[') > 1000 || NESTED.test(body)
}

const NESTED = /^[ \t]*(?:(?:[-+*>]|\d{1,9}[.)])[ \t]*){20}/mu

function blocks(tokens: readonly Token[], mentions: readonly Named[], deep: number): Child[] {
  if (deep > DEEP) return tokens.map((token) => token.raw)
  return tokens.flatMap((token) => block(token, mentions, deep + 1))
}

function block(token: Token, mentions: readonly Named[], deep: number): Child[] {
  switch (token.type) {
    case 'space':
    case 'def':
      return []
    case 'code':
      return [h(CodeBlock, { code: (token as Tokens.Code).text, lang: ((token as Tokens.Code).lang ?? '').split(/\s/u)[0] })]
    case 'formula':
      return [h(MathText, { tex: (token as Tokens.Generic)['text'] as string, block: true })]
    case 'heading':
      return [h('p', { class: 'heading', dir: 'auto' }, inlines((token as Tokens.Heading).tokens, mentions, deep))]
    case 'hr':
      return [h('hr')]
    case 'blockquote':
      return [h('blockquote', blocks((token as Tokens.Blockquote).tokens, mentions, deep))]
    case 'list':
      return [list(token as Tokens.List, mentions, deep)]
    case 'table':
      return [table(token as Tokens.Table, mentions, deep)]
    case 'paragraph':
      return [h('p', { dir: 'auto' }, inlines((token as Tokens.Paragraph).tokens, mentions, deep))]
    case 'text':
      return inlines((token as Tokens.Text).tokens ?? [token], mentions, deep)
    default:
      // Raw HTML is text like any other.
      return [h('p', { dir: 'auto' }, token.raw.replace(/\n+$/u, ''))]
  }
}

function list(token: Tokens.List, mentions: readonly Named[], deep: number): VNode {
  const items = token.items.map((item) =>
    h('li', { dir: 'auto' }, [
      ...(item.task ? [h('input', { type: 'checkbox', disabled: true, checked: item.checked === true })] : []),
      ...blocks(item.tokens.filter((each) => each.type !== 'checkbox'), mentions, deep),
    ]),
  )
  if (!token.ordered) return h('ul', items)
  return h('ol', token.start === '' || token.start === 1 ? {} : { start: token.start }, items)
}

function table(token: Tokens.Table, mentions: readonly Named[], deep: number): VNode {
  const row = (cells: readonly Tokens.TableCell[], tag: 'td' | 'th') =>
    h('tr', cells.map((cell) => h(tag, tag === 'th' ? { scope: 'col' } : {}, inlines(cell.tokens, mentions, deep))))
  const head = h('thead', [row(token.header, 'th')])
  const rows = h('tbody', token.rows.map((cells) => row(cells, 'td')))
  return h('div', { class: 'table', tabindex: 0, role: 'group' }, [h('table', [head, rows])])
}

function inlines(tokens: readonly Token[], mentions: readonly Named[], deep: number): Child[] {
  if (deep > DEEP) return tokens.map((token) => token.raw)
  return tokens.flatMap((token) => inline(token, mentions, deep + 1))
}

function inline(token: Token, mentions: readonly Named[], deep: number): Child[] {
  const inner = () => inlines(('tokens' in token && token.tokens) || [], mentions, deep)
  switch (token.type) {
    case 'strong':
      return [h('strong', inner())]
    case 'em':
      return [h('em', inner())]
    case 'del':
      return [h('s', inner())]
    case 'br':
      return [h('br')]
    case 'codespan':
      return [h('code', (token as Tokens.Codespan).text)]
    case 'math':
      return [h(MathText, { tex: (token as Tokens.Generic)['text'] as string })]
    case 'escape':
      return [(token as Tokens.Escape).text]
    case 'link':
      return link(token as Tokens.Link, inner())
    case 'image':
      // Never fetched: it would tell a stranger who reads this.
      return link({ ...(token as Tokens.Image), type: 'link', tokens: [] }, [(token as Tokens.Image).text || (token as Tokens.Image).href])
    case 'text':
      return 'tokens' in token && token.tokens ? inner() : withMentions((token as Tokens.Text).text, mentions)
    default:
      return [token.raw]
  }
}

/** A link shows where it leads when its text is something else. */
function link(token: Tokens.Link, inner: Child[]): Child[] {
  const href = safeHref(token.href)
  if (href === undefined) return [token.raw]
  const { host } = new URL(href)
  const anchor = h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, inner)
  return token.text.includes(host) ? [anchor] : [anchor, h('span', { class: 'host' }, ` (${host})`)]
}

/** The names of who is mentioned, set apart. */
export function withMentions(text: string, mentions: readonly Named[]): Child[] {
  const names = mentions.map(({ name }) => name).filter((name) => text.includes(`@${name}`))
  if (names.length === 0) return [text]
  const quoted = names.sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'))
  return text
    .split(new RegExp(`(@(?:${quoted.join('|')}))(?![\\p{L}\\p{N}])`, 'u'))
    .map((part, i) => (i % 2 === 1 ? h('span', { class: 'mention' }, part) : part))
    .filter((part) => part !== '')
}
