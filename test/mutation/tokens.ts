/**
 * A light tokeniser of Solidity: enough to find what can be changed, without a parser. Comments and
 * NatSpec, strings, assembly, pragmas and imports give no token, so nothing in them is ever changed.
 */

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'sign'
  readonly text: string
  /** Where it begins in the source, and where it ends (exclusive). */
  readonly start: number
  readonly end: number
  /** Whether it stands in the body of a function: outside are declarations. */
  readonly isCode: boolean
}

type Plain = Omit<Token, 'isCode'>

const pattern = new RegExp(
  [
    String.raw`(?<skip>\s+|//[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<string>(?:hex|unicode)?"(?:[^"\\\n]|\\.)*"|(?:hex|unicode)?'(?:[^'\\\n]|\\.)*')`,
    String.raw`(?<number>0x[0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)`,
    String.raw`(?<word>[A-Za-z_$][\w$]*)`,
    String.raw`(?<sign>>>>=|>>>|<<=|>>=|\*\*|=>|->|[-+*/%&|^<>=!]=|&&|\|\||<<|>>|\+\+|--|[^\s\w"'])`,
  ].join('|'),
  'y',
)
const kinds = ['string', 'number', 'word', 'sign'] as const

/** The tokens of `source`, in order; throws on a character that no token begins with. */
export function tokensOf(source: string): readonly Token[] {
  return markCode(withoutAside(plainTokens(source)))
}

function plainTokens(source: string): Plain[] {
  const tokens: Plain[] = []
  for (let start = 0; start < source.length; start = pattern.lastIndex) {
    pattern.lastIndex = start
    const groups = pattern.exec(source)?.groups
    if (groups === undefined) throw new Error(`No token begins at offset ${start}.`)
    const kind = kinds.find((name) => groups[name] !== undefined)
    if (kind === undefined) continue
    const text = groups[kind] ?? ''
    tokens.push({ kind, text, start, end: start + text.length })
  }
  return tokens
}

/** Leaves out assembly blocks, pragmas and imports. */
function withoutAside(tokens: readonly Plain[]): Plain[] {
  const kept: Plain[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { text } = tokens[i] as Plain
    if (text === 'assembly') i = closing(tokens, indexOf(tokens, '{', i))
    else if (text === 'pragma' || text === 'import') i = indexOf(tokens, ';', i)
    else kept.push(tokens[i] as Plain)
  }
  return kept
}

function markCode(tokens: readonly Plain[]): Token[] {
  const marked: Token[] = []
  let bodyEnd = -1
  tokens.forEach((token, i) => {
    marked.push({ ...token, isCode: i < bodyEnd })
    if (i > bodyEnd && beginsFunction(tokens, i)) bodyEnd = closing(tokens, i)
  })
  return marked
}

const functionWords = ['function', 'constructor', 'modifier', 'receive', 'fallback']

/** At the brace that opens a body, the head before it begins with one of the words above. */
function beginsFunction(tokens: readonly Plain[], i: number): boolean {
  if (tokens[i]?.text !== '{') return false
  for (let at = i - 1; at >= 0; at--) {
    const { text } = tokens[at] as Plain
    if ([';', '{', '}'].includes(text)) return false
    if (functionWords.includes(text)) return true
  }
  return false
}

function indexOf(tokens: readonly Plain[], text: string, from: number): number {
  const found = tokens.findIndex((token, i) => i >= from && token.text === text)
  return found === -1 ? tokens.length : found
}

const pairs: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' }

/** The index of what closes the bracket at `from`; `tokens.length` when nothing does. */
export function closing(tokens: readonly { readonly text: string }[], from: number): number {
  const open = tokens[from]?.text ?? ''
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (tokens[i]?.text === open) depth++
    if (tokens[i]?.text === pairs[open] && --depth === 0) return i
  }
  return tokens.length
}
