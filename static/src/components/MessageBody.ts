import { h, shallowRef, type FunctionalComponent, type VNode } from 'vue'

import type { Named } from '../model/mentions'
import { parseBody, type Block, type Inline } from '../model/text'

type Markdown = typeof import('../rich/markdown').markdown

/** There once it is loaded, right after the first paint; texts with marks are then shown anew. */
const rich = shallowRef<Markdown>()

export async function loadMarkdown(): Promise<void> {
  rich.value ??= (await import('../rich/markdown')).markdown
}

/** Whether there is anything in a text that Markdown would read as a mark, or somebody's name. */
const MARKS = /[*_`~#>|$\\[\]@]|^\s*(?:[-+]|\d+[.)])\s|^-{3}/mu
/** Up to eight emoji and nothing else. */
const PICTURES = /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{200D}\u{1F3FB}-\u{1F3FF}]*\s*){1,8}$/u

function inline(part: Inline): VNode | string {
  switch (part.is) {
    case 'text':
      return part.text
    case 'code':
      return h('code', part.text)
    case 'link':
      return h('a', { href: part.href, target: '_blank', rel: 'noopener noreferrer' }, part.text)
  }
}

function block(part: Block): VNode {
  if (part.is === 'code') return h('pre', { tabindex: 0, role: 'group' }, h('code', part.text))
  // `dir` per paragraph: a right-to-left mark in one text cannot turn the rest of the page.
  return h('p', { dir: 'auto' }, part.parts.map(inline))
}

/** Message text as VNodes: Vue escapes every text, and no HTML string exists on the way. */
export const MessageBody: FunctionalComponent<{ body: string; mentions?: Named[] | undefined }> = ({ body, mentions }) => {
  const marked = MARKS.test(body) ? rich.value?.(body, mentions ?? []) : undefined
  if (PICTURES.test(body)) return h('div', { class: 'body pictures' }, [h('p', body)])
  return h('div', { class: 'body' }, marked ?? parseBody(body).map(block))
}

MessageBody.props = ['body', 'mentions']
