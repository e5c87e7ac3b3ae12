/** What is fuzzed: something that reads from outside, valid inputs to begin with, and its laws. */
import { bytesToHex, equalBytes } from '@xln/shared/bytes.ts'
import { mutateRlp } from './mutate/bytes.ts'
import { mutateJson } from './mutate/text.ts'
import { Random } from './random.ts'
import { watchReader } from './readerWatch.ts'

/** What became of an input. Inputs of an outcome that was not there before are kept and changed further. */
export interface Verdict {
  readonly accepted: boolean
  readonly outcome: string
}

export interface TargetOptions<Input> {
  readonly name: string
  /** How many inputs it gets, beside the others. Default: 100. */
  readonly share?: number
  readonly samples: () => readonly Input[] | Promise<readonly Input[]>
  readonly mutate: (random: Random, input: Input, other: Input) => Input
  /** Throws when a law is broken; whatever else it throws breaks one too. */
  readonly judge: (input: Input) => Verdict | Promise<Verdict>
  readonly show: (input: Input) => string
  /** Lets go of what `samples` opened. */
  readonly close?: () => void | Promise<void>
}

/** A target of any kind of input. */
export interface Target {
  readonly name: string
  readonly share: number
  /** The inputs that `seed` leads to, one after another. */
  start(seed: number): Promise<Inputs>
}

export interface Inputs {
  /** Makes the next input and judges it. */
  next(): Verdict | Promise<Verdict>
  /** The newest input, as text that a test can hold. */
  shown(): string
  close(): void | Promise<void>
}

/** Inputs that a target keeps besides its samples. */
const KEPT_MAX = 256

export function target<Input>(options: TargetOptions<Input>): Target {
  const { name, share = 100 } = options
  return { name, share, start: (seed) => start(options, seed) }
}

async function start<Input>(options: TargetOptions<Input>, seed: number): Promise<Inputs> {
  const { mutate, judge, show } = options
  const random = new Random(seed)
  const samples = await options.samples()
  const corpus = [...samples]
  const outcomes = new Set<string>()
  let given = 0
  let input = samples[0] as Input

  const keep = (verdict: Verdict): Verdict => {
    if (!outcomes.has(verdict.outcome)) {
      if (outcomes.size < 8 * KEPT_MAX) outcomes.add(verdict.outcome)
      const place =
        samples.length +
        (corpus.length - samples.length < KEPT_MAX
          ? corpus.length - samples.length
          : random.below(KEPT_MAX))
      corpus[place] = input
    }
    return verdict
  }
  return {
    next() {
      // Each sample as it is first: it must be accepted.
      const isSample = given < samples.length
      input = isSample
        ? (samples[given] as Input)
        : mutate(random, random.pick(corpus), random.pick(corpus))
      given++
      const verdict = judge(input)
      return verdict instanceof Promise ? verdict.then(keep) : keep(verdict)
    },
    shown: () => show(input),
    close: () => options.close?.(),
  }
}

/** A law did not hold. */
export class Broken extends Error {}

export const showBytes = (bytes: Uint8Array): string => bytesToHex(bytes)
export const showText = (text: string): string => JSON.stringify(text)

export const refused = (outcome: string): Verdict => ({ accepted: false, outcome })
export const accepted = (outcome: string): Verdict => ({ accepted: true, outcome })

export interface CodecTarget<Value> {
  readonly name: string
  readonly share?: number
  readonly samples: () => readonly Value[]
  readonly encode: (value: Value) => Uint8Array
  /** `undefined`, or a throw of `throws`, for what is not accepted. */
  readonly decode: (bytes: Uint8Array) => Value | undefined
  /** The one error by which it refuses, when it does not give `undefined`. */
  readonly throws?: new (
    message: string,
  ) => Error
  readonly mutate?: (random: Random, bytes: Uint8Array, other: Uint8Array) => Uint8Array
  /** A word on what was accepted, as an outcome. */
  readonly kind?: (value: Value) => string
}

/** What reads bytes and takes one encoding of each value. */
export function codecTarget<Value>(options: CodecTarget<Value>): Target {
  const { name, share = 100, encode, kind = () => 'accepted', mutate = mutateRlp } = options
  const decode = decoderOf(options)
  const samples = () => options.samples().map(encode)
  const judge = (bytes: Uint8Array): Verdict => {
    const before = bytes.slice()
    const watch = watchReader()
    const value = decode(bytes)
    if (!equalBytes(before, bytes)) throw new Broken('it changes what it reads')
    if (watch.readsAfterFailure > 64 + bytes.length) throw new Broken('it reads on after a failure')
    const outcome = `${watch.readsAfterFailure}/${watch.failedAt >> 3}`
    const again = decode(bytes)
    if (value === undefined) {
      if (again !== undefined) throw new Broken('it refuses now and accepts then')
      return refused(outcome)
    }
    const encoded = encode(value)
    if (!equalBytes(encoded, bytes)) throw new Broken(`it takes these for ${showBytes(encoded)}`)
    if (again === undefined || !equalBytes(encode(again), bytes)) {
      throw new Broken('it reads the same bytes in two ways')
    }
    return accepted(`${kind(value)}/${bytes.length >> 5}`)
  }
  return target({ name, share, samples, mutate, judge, show: showBytes })
}

function decoderOf<Value>({
  decode,
  throws,
}: CodecTarget<Value>): (bytes: Uint8Array) => Value | undefined {
  if (throws === undefined) return decode
  return (bytes) => {
    try {
      return decode(bytes)
    } catch (error) {
      if (error instanceof throws && error.constructor === throws) return undefined
      throw error
    }
  }
}

/** What reads JSON, as text. */
export function jsonTarget(
  options: Omit<TargetOptions<string>, 'mutate' | 'show' | 'samples'> & {
    readonly samples: () => readonly unknown[] | Promise<readonly unknown[]>
  },
): Target {
  const samples = async () => (await options.samples()).map((value) => JSON.stringify(value))
  return target({ ...options, samples, mutate: mutateJson, show: showText })
}
