/** The single edits that a mutant is made by: each a mistake that somebody could have made. */
import { closing, type Token, tokensOf } from './tokens.ts'

/** One edit: `source[start..end)` becomes `text`. */
export interface Edit {
  readonly operator: string
  readonly start: number
  readonly end: number
  readonly text: string
}

const relations: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
  '&&': '||',
  '||': '&&',
}

const arithmetic: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '<<': '>>',
  '>>': '<<',
  '&': '|',
  '|': '&',
  '^': '&',
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
  '++': '--',
  '--': '++',
}

const operators = { swaps, constants, sides, conditions, statements }

/** Every edit of `source`, in the order of the operators and then of the text. */
export function editsOf(source: string): readonly Edit[] {
  const tokens = tokensOf(source)
  return Object.values(operators).flatMap((operator) =>
    tokens.flatMap((token, at) => operator(tokens, at, token, source)),
  )
}

/** `source` with `edit` made. */
export function mutated(source: string, edit: Edit): string {
  return source.slice(0, edit.start) + edit.text + source.slice(edit.end)
}

const replace = (operator: string, { start, end }: Token, text: string): Edit => ({
  operator,
  start,
  end,
  text,
})

/** A relation or an operation for its neighbour, and a negation left out. */
function swaps(tokens: readonly Token[], at: number, token: Token): Edit[] {
  if (token.kind !== 'sign' || !token.isCode) return []
  const relation = relations[token.text]
  if (relation !== undefined) return [replace('relation', token, relation)]
  if (token.text === '!') return [replace('negation', token, '')]
  const other = arithmetic[token.text]
  if (other === undefined || (isSign(token) && !endsValue(tokens[at - 1]))) return []
  return [replace('arithmetic', token, other)]
}

/** What is a sign of its operand when no value stands before it. */
const isSign = ({ text }: Token): boolean => text === '-'

const endsValue = (token: Token | undefined): boolean =>
  token !== undefined &&
  (token.kind === 'number' ||
    (token.kind === 'word' && token.text !== 'return') ||
    [')', ']'].includes(token.text))

/** A number one more and one less, and the other truth value; also in constants of a contract. */
function constants(_tokens: readonly Token[], _at: number, token: Token): Edit[] {
  if (token.text === 'true') return [replace('constant', token, 'false')]
  if (token.text === 'false') return [replace('constant', token, 'true')]
  if (token.kind !== 'number' || /[.e]/.test(token.text.replace(/^0x.*/, ''))) return []
  const value = BigInt(token.text.replaceAll('_', ''))
  const less = value > 0n ? [replace('constant', token, String(value - 1n))] : []
  return [replace('constant', token, String(value + 1n)), ...less]
}

const otherSides: Readonly<Record<string, string>> = {
  left: 'right',
  Left: 'Right',
  right: 'left',
  Right: 'Left',
}

/** Left for right in a name, and back. */
function sides(_tokens: readonly Token[], _at: number, token: Token): Edit[] {
  if (token.kind !== 'word' || !token.isCode) return []
  const text = token.text.replace(/^(?:left|right)|Left|Right/g, (side) => otherSides[side] ?? side)
  return text === token.text ? [] : [replace('side', token, text)]
}

/** A condition negated, or never true: what stands in it stays used, so that it still compiles. */
function conditions(tokens: readonly Token[], at: number, token: Token, source: string): Edit[] {
  if (token.text !== 'if' || !token.isCode) return []
  const open = tokens[at + 1]
  const close = tokens[closing(tokens, at + 1)]
  if (open === undefined || close === undefined) return []
  const inner = source.slice(open.end, close.start)
  const edit = (text: string): Edit => ({
    operator: 'condition',
    start: open.end,
    end: close.start,
    text,
  })
  return [edit(`!(${inner})`), edit(`false && (${inner})`)]
}

/** A statement left out, or its arithmetic unchecked. */
function statements(tokens: readonly Token[], at: number, token: Token, source: string): Edit[] {
  if (!token.isCode || !beginsStatement(tokens, at)) return []
  const end = endOfStatement(tokens, at)
  const parts = tokens.slice(at, end)
  const last = tokens[end]
  if (last?.text !== ';' || !isRemovable(parts)) return []
  const edit = { start: token.start, end: last.end }
  const removed = { ...edit, operator: 'statement', text: '{}' }
  if (!parts.some(({ text }) => ['+', '-', '*', '+=', '-='].includes(text))) return [removed]
  const text = `unchecked { ${source.slice(edit.start, edit.end)} }`
  return [removed, { ...edit, operator: 'unchecked', text }]
}

function beginsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text ?? ''
  if (['{', '}', 'else'].includes(before)) return true
  if (before === ';') return !isInHead(tokens, at)
  return before === ')' && endsCondition(tokens, at - 1)
}

/** The three parts of `for (…; …; …)` are no statements. */
function isInHead(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1, depth = 0; i >= 0; i--) {
    const text = tokens[i]?.text
    if (text === ')') depth++
    if (text === '(' && depth-- === 0) return true
    if (text === '{' || text === '}') return false
  }
  return false
}

function endsCondition(tokens: readonly Token[], at: number): boolean {
  for (let i = at, depth = 0; i >= 0; i--) {
    const text = tokens[i]?.text
    if (text === ')') depth++
    if (text === '(' && --depth === 0) {
      return ['if', 'for', 'while'].includes(tokens[i - 1]?.text ?? '')
    }
  }
  return false
}

/** The `;` of the statement at `at`; brackets within it (arguments by name, too) are passed over. */
function endOfStatement(tokens: readonly Token[], at: number): number {
  for (let i = at; i < tokens.length; i++) {
    const text = tokens[i]?.text ?? ''
    if (text === ';' || text === '{' || text === '}') return i
    if (text === '(' || text === '[') i = closing(tokens, i)
  }
  return tokens.length
}

const kept = ['return', 'if', 'for', 'while', 'do', 'else', 'unchecked', 'break', 'continue', 'try']

/** Calls, emits, reverts, deletes and assignments; not declarations, which others need. */
function isRemovable(parts: readonly Token[]): boolean {
  const first = parts[0]
  if (first === undefined || kept.includes(first.text)) return false
  if (['emit', 'delete', 'revert', '++', '--'].includes(first.text)) return true
  return (first.text === '(' || first.kind === 'word') && !declares(parts)
}

/** Whether two words follow one another before the `=`: a type, or where it lies, and a name. */
function declares(parts: readonly Token[]): boolean {
  const assigned = parts.findIndex(({ text }) => text === '=')
  return parts
    .slice(0, assigned)
    .some(({ kind }, i) => kind === 'word' && parts[i + 1]?.kind === 'word')
}
