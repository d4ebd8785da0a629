// Colours for code, as a tree; loaded when the first code block is shown.

import bash from 'highlight.js/lib/languages/bash'
import cpp from 'highlight.js/lib/languages/cpp'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import julia from 'highlight.js/lib/languages/julia'
import latex from 'highlight.js/lib/languages/latex'
import matlab from 'highlight.js/lib/languages/matlab'
import python from 'highlight.js/lib/languages/python'
import r from 'highlight.js/lib/languages/r'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import { createLowlight } from 'lowlight'
import { h, type VNode } from 'vue'

const lowlight = createLowlight({ bash, cpp, diff, go, java, javascript, json, julia, latex, matlab, python, r, rust, sql, typescript, xml, yaml })
/** Longer code is shown without colours: a grammar may take its time. */
const MOST = 12_000

type Node = ReturnType<typeof lowlight.highlight>['children'][number]

export function highlight(code: string, lang: string): (VNode | string)[] {
  if (code.length > MOST || !lowlight.registered(lang)) return [code]
  return lowlight.highlight(lang, code).children.map(node)
}

function node(from: Node): VNode | string {
  if (from.type === 'text') return from.value
  if (from.type !== 'element') return ''
  return h('span', { class: from.properties['className'] as string[] }, (from.children as Node[]).map(node))
}
