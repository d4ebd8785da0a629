import { h, type FunctionalComponent, type VNode } from 'vue'

import { parseBody, type Block, type Inline } from '../model/text'

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
  if (part.is === 'code') return h('pre', { tabindex: 0, 'aria-label': 'Code' }, h('code', part.text))
  // `dir` per paragraph: a right-to-left mark in one text cannot turn the rest of the page.
  return h('p', { dir: 'auto' }, part.parts.map(inline))
}

/** Message text as VNodes: Vue escapes every text, and no HTML string exists on the way. */
export const MessageBody: FunctionalComponent<{ body: string }> = ({ body }) =>
  h('div', { class: 'body' }, parseBody(body).map(block))

MessageBody.props = ['body']
